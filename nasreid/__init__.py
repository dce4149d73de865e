"""Compose search spaces for object re-identification, search them, and trust the comparison.

Importing this package loads neither torch nor NNI; its modules do.
"""

__version__ = "0.1.0"
