"""The embedded people: who, how dressed, how seen, written in which layout."""
