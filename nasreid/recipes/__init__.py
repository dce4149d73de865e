"""Settings of papers and of demonstrations, as YAML."""
