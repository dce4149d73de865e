"""One run: a search or a retraining, step by step, resumable."""
