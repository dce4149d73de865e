"""How good: vectors to scores under a protocol, and statistics of many runs."""
