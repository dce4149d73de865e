"""Data sets to frames to batches."""
