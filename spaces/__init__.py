"""Search spaces: backbones in which some decisions are still open. One file, one space."""
