"""MATLAB files: versions 5 to 7 by scipy, and the HDF5 files of version 7.3 by h5py. Neither runs anything."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from nasreid.data.layouts.matlab_sound import TooMuch, sound
from nasreid.errors import NasreidError
from nasreid.files import read_bytes

BYTES = 2**28  # of a file: 256 MiB


class Matlab:
    """The variables of a MATLAB file."""

    def __init__(self, path: Path, variables: dict[str, np.ndarray]):
        self.path, self.variables = path, variables

    def __getitem__(self, name: str) -> np.ndarray:
        """A variable; raises NasreidError when there is none of that name."""
        if name not in self.variables:
            found = ", ".join(self.variables) or "none"
            raise NasreidError(f"{self.path}: no variable {name!r} ({found}); expected one")
        return self.variables[name]

    def integers(self, name: str) -> list[int]:
        """The whole numbers of an array, in MATLAB's order."""
        return whole(self[name], f"{self.path}: {name}")

    def texts(self, name: str) -> list[str]:
        """The texts of a cell array."""
        values = [leaf.item() for leaf in leaves(self[name]) if leaf.size == 1]
        if not values or not all(isinstance(value, str) for value in values):
            raise NasreidError(f"{self.path}: {name} is no list of texts; expected a cell array of them")
        return values


def read_mat(path: Path) -> Matlab:
    """Open a MATLAB file of version 5 to 7; raises NasreidError when it is none, or unpacks to too much."""
    from scipy.io import loadmat

    content = read_bytes(path, "a MATLAB file", BYTES)
    try:
        if not sound(content):
            raise NasreidError(f"{path}: not whole; expected a MATLAB file of version 5 to 7")
        found = loadmat(io.BytesIO(content))
    except TooMuch as error:
        raise NasreidError(f"{path}: unpacks to {error}; expected a MATLAB file of at most that") from None
    except NasreidError:
        raise
    except Exception as error:  # scipy raises whatever a torn file leads it into
        raise NasreidError(f"{path}: no MATLAB file ({type(error).__name__}); expected version 5 to 7") from None
    return Matlab(path, {name: value for name, value in found.items() if not name.startswith("__")})


def whole(value: ArrayLike, where: str) -> list[int]:
    """An array's entries in MATLAB's order, all whole numbers; raises NasreidError naming `where` otherwise."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or not array.size or not (np.isfinite(array) & (np.round(array) == array)).all():
        raise NasreidError(f"{where} holds something else; expected whole numbers")
    return [int(number) for number in array.ravel(order="F")]


def leaves(value: ArrayLike) -> Iterator[np.ndarray]:
    """The plain arrays inside cells and structs, in order."""
    array = np.asarray(value)
    if array.dtype.names:
        for record in array.ravel(order="F"):
            for name in array.dtype.names:
                yield from leaves(record[name])
    elif array.dtype == object:
        for cell in array.ravel(order="F"):
            yield from leaves(cell)
    else:
        yield array


def mat_bytes(record: dict[str, ArrayLike]) -> bytes:
    """A MATLAB file of version 5, the same bytes at any time."""
    from scipy.io import savemat

    buffer = io.BytesIO()
    savemat(buffer, record)
    return b"MATLAB 5.0 MAT-file, nasreid".ljust(116) + buffer.getvalue()[116:]  # scipy writes the hour there
