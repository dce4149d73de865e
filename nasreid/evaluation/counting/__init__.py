"""Exact places in ranked lists without a matrix of distances."""
