"""Open decisions and the supernet: the one door to NNI for mutation and export."""

from nasreid.mutation.choices import choice
from nasreid.mutation.door import ModelSpace
from nasreid.mutation.settle import decide, decisions, freeze, opened, places, validate, within
from nasreid.mutation.supernet import Supernet, relax

__all__ = ["ModelSpace", "Supernet", "choice", "decide", "decisions", "freeze", "opened", "places", "relax",
           "validate", "within"]
