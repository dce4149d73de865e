"""A backbone with a neck: built from a genotype, filled with weights, measured, exported."""
