"""Distances between vectors, rounded so that equal images are equally far."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from nasreid.errors import NasreidError, one_of

if TYPE_CHECKING:
    from torch import Tensor

Vectors: TypeAlias = "np.ndarray | Tensor"  # one in each row
METRICS = ("euclidean", "cosine")
SHORTEST = 1e-12  # a shorter vector keeps its direction and stays short when it is normalised


def distances(query: Vectors, gallery: Vectors, metric: str = "euclidean", normalise: bool = True) -> np.ndarray:
    """Distances (Q, G) float64 between query (Q, D) and gallery (G, D), numpy or torch.

    "euclidean" is the *squared* distance, "cosine" one minus the cosine; `normalise` scales every vector to length one
    first. Matrix products round differently from column to column, which would order equal images at random: the
    result is therefore rounded to 2**-36 of the largest squared length.

    >>> distances(np.array([[1.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 1.0]])).tolist()
    [[0.0, 2.0]]
    """
    if metric not in METRICS:
        raise NasreidError(f"metric {one_of(metric, METRICS)}")
    q, g = _vectors(query, "query"), _vectors(gallery, "gallery")
    if q.shape[1] != g.shape[1]:
        raise NasreidError(f"query vectors have {q.shape[1]} values, gallery vectors {g.shape[1]}: expected the same")
    if normalise or metric == "cosine":
        q, g = unit(q), unit(g)
    if metric == "cosine":
        return _rounded(1 - q @ g.T, np.ones(1))
    lengths = np.square(q).sum(1)[:, None], np.square(g).sum(1)[None]
    scale = np.maximum(lengths[0], lengths[1].max(initial=0))
    return _rounded(lengths[0] + lengths[1] - 2 * (q @ g.T), scale)


def _vectors(values: Vectors, name: str) -> np.ndarray:
    import torch

    array = np.asarray(values.detach().cpu() if isinstance(values, torch.Tensor) else values, dtype=np.float64)
    if array.ndim != 2:
        raise NasreidError(f"{name} vectors have shape {array.shape}: expected two dimensions")
    if not np.isfinite(array).all():
        raise NasreidError(f"{int((~np.isfinite(array)).sum())} of {array.size} {name} values are not finite numbers")
    return array


def unit(array: np.ndarray) -> np.ndarray:
    """Rows (N, D) of length one, those below SHORTEST but for their length; in the type that they have.

    >>> unit(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    lengths = np.sqrt(np.einsum("nd,nd->n", array, array, dtype=np.float64))  # squares overflow float32 beyond 1.8e19
    by = np.maximum(lengths, SHORTEST)[:, None].astype(np.result_type(array, np.float32))
    return (array / by).astype(np.result_type(array, np.float16))


def rounding_step(scale: np.ndarray) -> np.ndarray:
    """2**-36 of the power of two above `scale`; a scale that rounding put just above one still counts as it."""
    return np.exp2(np.ceil(np.log2(np.maximum(scale, 1e-30)) - 1e-6) - 36)


def _rounded(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    step = rounding_step(scale)
    return np.maximum(np.round(values / step) * step, 0)
