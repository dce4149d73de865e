"""Checkpoints of others (.pth), read without running what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nasreid.errors import NasreidError
from nasreid.files import ordinary

# numbers of numpy that trainings keep beside their weights (rank1, mAP), as numpy 1 and 2 pickle them
NUMBERS = ("numpy.dtype", "numpy.ndarray", "_codecs.encode", *(
    f"numpy.{core}.{name}" for core in ("core", "_core")
    for name in ("multiarray.scalar", "multiarray._reconstruct", "numeric._frombuffer")))  # fmt: skip
INSIDE = ("state_dict", "model")  # where weights are kept, one in the other perhaps
WRAPPED = re.compile(r"^(module\.|_orig_mod\.)+")  # what training on several devices and compiling put before a name


class _Left:
    """Stands for a number beside the weights: it takes whatever it is made of, and does nothing with it."""

    def __new__(cls, *_: object) -> _Left:
        return object.__new__(cls)

    def __setstate__(self, state: object) -> None:
        """Dropped."""


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """{official key: tensor} of a .pth file, out of `state_dict` or `model`, without `WRAPPED`; runs no code.

    Numbers of numpy beside the tensors are not made, but left out: not even numpy's own code runs.

    Raises:
        NasreidError: the file is missing, is no checkpoint, or holds more than tensors and numbers.
    """
    import torch

    place = ordinary(path, "checkpoint")
    try:
        with _numbers_left_out():
            state = torch.load(place, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise NasreidError(f"checkpoint {str(path)!r} does not exist; expected a .pth file") from error
    except OSError as error:
        raise NasreidError(f"checkpoint {str(path)!r} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # what unpickling raises has no common base but this
        raise NasreidError(f"checkpoint {str(path)!r} {_refusal(error)}") from error
    for entry in (*INSIDE, *INSIDE):
        state = state[entry] if isinstance(state, dict) and isinstance(state.get(entry), dict) else state
    if not isinstance(state, dict):
        raise NasreidError(f"checkpoint {str(path)!r} holds a {type(state).__name__}; expected a dict of tensors")
    return {WRAPPED.sub("", str(key)): value for key, value in state.items()}


@contextmanager
def _numbers_left_out() -> Iterator[None]:
    import torch

    allowed: list[Any] = [_stand_in(name) for name in NUMBERS]
    inside = getattr(torch.serialization, "safe_globals", None)
    if inside is None:  # torch 2.4 can allow them for good only
        torch.serialization.add_safe_globals(allowed)
        yield
        return
    with inside(allowed):
        yield


def _stand_in(name: str) -> type:
    module, _, last = name.rpartition(".")
    return type(last, (_Left,), {"__module__": module, "__qualname__": last})


def _refusal(error: Exception) -> str:
    found = re.search(r"GLOBAL ([\w.]+)", str(error))
    if found is None:
        return "is none that torch can read as plain tensors; expected a whole .pth file"
    return (f"holds {found.group(1)}, which loading would execute; expected plain tensors: save its state_dict alone, "
            "where you trust it")
