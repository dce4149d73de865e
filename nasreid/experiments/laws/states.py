"""The state of any object as plain values, so that two moments of it can be compared; nothing is serialised."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import FunctionType, MethodType
from typing import Any

import numpy as np
import torch

PLAIN = (str, bytes, int, float, complex, bool, type, FunctionType, MethodType, type(None))


def state_of(value: Any, seen: frozenset[int] = frozenset()) -> Hashable:
    """All that an object holds, at any depth: equal at two moments where nothing in it changed."""
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, torch.Tensor | np.ndarray):
        return str(value.dtype), tuple(value.shape), repr(value.tolist())
    if id(value) in seen:
        return "seen"
    inside = seen | {id(value)}
    if isinstance(value, Mapping):
        return tuple((state_of(key, inside), state_of(one, inside)) for key, one in value.items())
    if isinstance(value, list | tuple):
        return tuple(state_of(one, inside) for one in value)
    if isinstance(value, set | frozenset):
        return frozenset(state_of(one, inside) for one in value)
    try:
        return state_of(value.__reduce_ex__(2)[:3], inside)  # how copy takes an object apart
    except TypeError:  # it cannot be copied
        return repr(value)
