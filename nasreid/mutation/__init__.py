"""Open decisions and the supernet: the one door to NNI for mutation and export."""

from nasreid.mutation.choices import choice
from nasreid.mutation.door import ModelSpace
from nasreid.mutation.mixed_value import Unmixable
from nasreid.mutation.settle import decide, decisions, freeze, opened, places, shared, spoken, validate, within
from nasreid.mutation.supernet import Supernet, relax
from nasreid.mutation.tree import Decisions
from nasreid.mutation.values import layer, value

__all__ = ["Decisions", "ModelSpace", "Supernet", "Unmixable", "choice", "decide", "decisions", "freeze", "layer",
           "opened", "places", "relax", "shared", "spoken", "validate", "value", "within"]
