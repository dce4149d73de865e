"""Open decisions and the supernet: the one door to NNI for mutation and export."""

from nasreid.mutation.choices import choice
from nasreid.mutation.depths import repeat
from nasreid.mutation.door import ModelSpace
from nasreid.mutation.inputs import inputs
from nasreid.mutation.mixed_value import Unmixable
from nasreid.mutation.settle import (
           decide,
           decisions,
           depths,
           freeze,
           inputs_of,
           opened,
           parts,
           places,
           shared,
           spoken,
           validate,
           within,
)
from nasreid.mutation.supernet import Supernet, relax
from nasreid.mutation.tree import Decisions
from nasreid.mutation.values import layer, value

__all__ = ["Decisions", "ModelSpace", "Supernet", "Unmixable", "choice", "decide", "decisions", "depths", "freeze",
           "inputs", "inputs_of", "layer", "opened", "parts", "places", "relax", "repeat", "shared", "spoken",
           "validate", "value", "within"]
