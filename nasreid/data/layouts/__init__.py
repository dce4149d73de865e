"""One file for each data set on disk, and what they share."""
