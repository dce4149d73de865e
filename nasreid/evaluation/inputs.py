"""What statistics are given: numbers, and scores in which nothing is missing; the rest is refused by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nasreid.errors import NasreidError


def numbers(values: npt.ArrayLike, what: str, dimensions: int | None = None) -> np.ndarray:
    """As float64 (..., n), or (n,) with `dimensions` 1; refuses what is no finite number, by its place."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise NasreidError(f"{what}: {error}; expected numbers") from error
    if not found.ndim or (dimensions is not None and found.ndim != dimensions):
        raise NasreidError(f"{what} of the shape {found.shape}: expected one number for each seed, (n,)")
    if not np.isfinite(found).all():
        place = np.argwhere(~np.isfinite(found))[0]
        raise NasreidError(f"{what}: number {int(place[-1]) + 1} is {found[tuple(place)]}; expected finite numbers")
    return found


def check_margin(margin: float) -> None:
    """Refuses what is no smallest difference that matters."""
    if not (np.isfinite(margin) and margin >= 0):
        raise NasreidError(f"margin {margin}: expected a number of at least 0, in the unit of the differences")


def crossed(frame: pd.DataFrame, by: Sequence[str], metric: str) -> tuple[list[list], np.ndarray]:
    """The labels of each column of `by`, and `metric` as an array with one axis for each of them.

    Every combination of labels has to have one row with a finite number. Labels are in the order of their appearance,
    those of the last column sorted where they can be.

    >>> crossed(pd.DataFrame({"variant": ["b", "a"], "seed": [0, 0], "mAP": [2.0, 1.0]}), ["variant", "seed"], "mAP")
    ([['b', 'a'], [0]], array([[2.],
           [1.]]))
    """
    absent = [column for column in (*by, metric) if column not in frame]
    if absent:
        raise NasreidError(f"no column {absent[0]!r}: expected {', '.join((*by, metric))}, "
                           f"found {', '.join(map(str, frame.columns)) or 'none'}")
    if not len(frame):
        raise NasreidError(f"no rows: expected one for each {', '.join(by)}")
    for column in by:
        if frame[column].isna().any():
            raise NasreidError(f"row {int(np.argmax(frame[column].isna())) + 1} has no {column}: expected one")
    keys = list(frame[list(by)].itertuples(index=False, name=None))
    labels = [frame[column].unique().tolist() for column in by]
    labels[-1] = _sorted(labels[-1])
    found: dict[tuple, float] = {}
    for key, value in zip(keys, frame[metric], strict=True):
        if key in found:
            raise NasreidError(f"{_named(by, key)} comes twice: expected one row")
        found[key] = float(numbers([value], f"{metric} of {_named(by, key)}")[0])
    grid = [()]
    for some in labels:
        grid = [(*key, label) for key in grid for label in some]
    missing = [key for key in grid if key not in found]
    if missing:
        others = f" and {len(missing) - 1} more" * (len(missing) > 1)
        raise NasreidError(f"no row for {_named(by, missing[0])}{others}: expected every {' with every '.join(by)}")
    return labels, np.array([found[key] for key in grid]).reshape([len(some) for some in labels])


def _named(by: Sequence[str], key: tuple) -> str:
    return ", ".join(f"{column} {value.item() if isinstance(value, np.generic) else value!r}"
                     for column, value in zip(by, key, strict=True))


def _sorted(labels: list) -> list:
    try:
        return sorted(labels)
    except TypeError:
        return labels
