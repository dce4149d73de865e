"""Open decisions and the supernet: the one door to NNI for mutation and export."""

from nasreid.mutation.choices import choice, decide, decisions, freeze, opened, validate, within
from nasreid.mutation.door import ModelSpace
from nasreid.mutation.supernet import Supernet, relax

__all__ = ["ModelSpace", "Supernet", "choice", "decide", "decisions", "freeze", "opened", "relax", "validate", "within"]
