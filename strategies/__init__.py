"""Search strategies: how decisions are relaxed, which images each step sees, and its loss. One file, one strategy."""
