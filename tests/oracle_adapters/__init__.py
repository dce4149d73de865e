"""How each kind of oracle is run through the public classes of nasreid; see `tests/oracle_check.py`."""
