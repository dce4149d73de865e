"""Objectives: scalars to minimise over a batch of embeddings. One file, one objective."""
