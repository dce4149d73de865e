"""The commands, one file for each group."""

from nasreid.cli.main import main

__all__ = ["main"]
