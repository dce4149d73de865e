"""CMC, mAP and mINP from features or distances: pure functions, exact, and the same on every machine.

Protocol (Zheng et al., ICCV 2015, "Scalable person re-identification: a benchmark"): every query ranks the gallery by
distance; gallery images of the query's identity *and* camera are removed first; a query without any other image of its
identity is skipped and counted. Equal distances are ordered by position in the gallery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nasreid.errors import NasreidError

METRICS = ("euclidean", "cosine")
SHORTEST = 1e-12  # a shorter vector keeps its direction and stays short when it is normalised


@dataclass(frozen=True)
class Scores:
    """Retrieval scores, as fractions of one.

    cmc (R,): cmc[r - 1] is the share of queries with a true match among the first r. map: mean average precision,
    the mean of the precision at each true match. minp: mean inverse negative penalty, the number of true matches over
    the rank of the last one (Ye et al., "Deep learning for person re-identification: a survey and outlook", TPAMI
    2022). queries: how many were scored. skipped: how many had no match left. protocol: in words. label: of a row,
    where a data set has several. trials: what this is the mean of; queries and skipped are then those of one trial, on
    average.
    """

    cmc: np.ndarray
    map: float
    minp: float
    queries: int
    skipped: int
    protocol: str
    label: str = ""
    trials: tuple[Scores, ...] = ()

    @property
    def rank1(self) -> float:
        """Share of queries whose nearest gallery image is a true match."""
        return float(self.cmc[0])

    def table(self) -> dict[str, Any]:
        """One row for a table; mAP, mINP and the ranks in per cent, over trials with their standard deviations."""
        row = {name: round(value, 2) for name, value in self._figures().items()}
        if self.trials:
            every = [trial._figures() for trial in self.trials]
            spread = {name: float(np.std([one[name] for one in every], ddof=min(1, len(every) - 1))) for name in row}
            row = {**row, **{f"{name} std": round(value, 2) for name, value in spread.items()}, "trials": len(every)}
        head: dict[str, Any] = {"label": self.label} if self.label else {}
        return {**head, **row, "queries": self.queries, "skipped": self.skipped, "protocol": self.protocol}

    def _figures(self) -> dict[str, float]:
        ranks = {f"rank-{r}": 100 * float(self.cmc[r - 1]) for r in (1, 5, 10, 20) if r <= len(self.cmc)}
        return {"mAP": 100 * self.map, **ranks, "mINP": 100 * self.minp}


def average(trials: Sequence[Scores]) -> Scores:
    """Mean of the scores of trials, each of the same weight; a single one stays as it is.

    Standard deviations, in the table, are those of a sample (n - 1). Raises NasreidError when there is none.
    """
    if not trials:
        raise NasreidError("the mean of no trials: expected at least one")
    if len(trials) == 1:
        return trials[0]
    length = min(len(trial.cmc) for trial in trials)
    cmc = np.mean([trial.cmc[:length] for trial in trials], 0)
    means = np.mean([(trial.map, trial.minp, trial.queries, trial.skipped) for trial in trials], 0).tolist()
    counts = round(means[2]), round(means[3])
    return Scores(cmc, means[0], means[1], *counts, trials[0].protocol, trials[0].label, tuple(trials))


def distances(query: Any, gallery: Any, metric: str = "euclidean", normalise: bool = True) -> np.ndarray:
    """Distances (Q, G) float64 between query (Q, D) and gallery (G, D), numpy or torch.

    "euclidean" is the *squared* distance, "cosine" one minus the cosine; `normalise` scales every vector to length one
    first. Matrix products round differently from column to column, which would order equal images at random: the
    result is therefore rounded to 2**-36 of the largest squared length.
    """
    if metric not in METRICS:
        raise NasreidError(f"metric {metric!r}: expected one of {', '.join(METRICS)}")
    q, g = _vectors(query, "query"), _vectors(gallery, "gallery")
    if q.shape[1] != g.shape[1]:
        raise NasreidError(f"query vectors have {q.shape[1]} values, gallery vectors {g.shape[1]}: expected the same")
    if normalise or metric == "cosine":
        q, g = _unit(q), _unit(g)
    if metric == "cosine":
        return _rounded(1 - q @ g.T, np.ones(1))
    lengths = np.square(q).sum(1)[:, None], np.square(g).sum(1)[None]
    scale = np.maximum(lengths[0], lengths[1].max(initial=0))
    return _rounded(lengths[0] + lengths[1] - 2 * (q @ g.T), scale)


def hits(
    distances: np.ndarray, q_ids: Any, g_ids: Any, q_cams: Any, g_cams: Any, same_camera_rule: bool = True
) -> list[np.ndarray]:
    """For each query the places (0 = nearest) of its true matches in its ranked list, ascending; empty if it has none.

    distances (Q, G), q_ids and q_cams (Q,), g_ids and g_cams (G,).
    """
    shape, expected = np.shape(distances), (len(q_ids), len(g_ids))
    if shape != expected or len(q_cams) != expected[0] or len(g_cams) != expected[1]:
        raise NasreidError(f"distances have shape {shape}: expected {expected} and as many cameras as identities")
    if np.isnan(distances).any():
        raise NasreidError(f"{int(np.isnan(distances).sum())} distances are NaN: expected numbers")
    g_ids, g_cams = np.asarray(g_ids), np.asarray(g_cams)
    order = np.argsort(distances, axis=1, kind="stable")
    found = []
    for row, identity, camera in zip(order, q_ids, q_cams, strict=True):
        same = g_ids[row] == identity
        removed = same & (g_cams[row] == camera) & same_camera_rule
        found.append(np.flatnonzero(same[~removed]))
    return found


def summarise(found: Sequence[np.ndarray], length: int, protocol: str = "") -> Scores:
    """Scores from the places of the true matches of each query; `length` R is how far the CMC goes."""
    counts = np.array([len(places) for places in found], np.int64)
    valid = counts[counts > 0]
    if not len(valid):
        raise NasreidError(f"none of {len(found)} queries has a match in the gallery: expected at least one")
    flat, first = np.concatenate(found), np.cumsum(valid) - valid
    cmc = np.bincount(np.minimum(flat[first], length), minlength=length + 1)[:length].cumsum() / len(valid)
    nth = np.arange(len(flat)) - np.repeat(first, valid) + 1
    precision = np.add.reduceat(nth / (flat + 1), first) / valid
    penalty = valid / (flat[first + valid - 1] + 1)
    mean = float(np.mean(precision)), float(np.mean(penalty))
    return Scores(cmc, *mean, queries=len(valid), skipped=len(found) - len(valid), protocol=protocol)


def rank(
    distances: Any,
    q_ids: Any,
    g_ids: Any,
    q_cams: Any,
    g_cams: Any,
    same_camera_rule: bool = True,
    max_rank: int = 50,
) -> Scores:
    """Scores of distances (Q, G); q_ids, q_cams (Q,) and g_ids, g_cams (G,). The CMC ends at G."""
    distances = np.asarray(distances)
    found = hits(distances, q_ids, g_ids, q_cams, g_cams, same_camera_rule)
    return summarise(found, _length(max_rank, len(g_ids)), _rule(same_camera_rule))


def score(
    query: Any,
    gallery: Any,
    q_ids: Any,
    g_ids: Any,
    q_cams: Any,
    g_cams: Any,
    metric: str = "euclidean",
    normalise: bool = True,
    same_camera_rule: bool = True,
    max_rank: int = 50,
    tile: tuple[int, int, int] | None = None,
) -> Scores:
    """Scores of vectors query (Q, D) and gallery (G, D); the distances (Q, G) never exist, see `nasreid.counting`."""
    from nasreid.counting import places

    found = places(query, gallery, q_ids, g_ids, q_cams, g_cams, metric, normalise, same_camera_rule, tile)
    protocol = f"{metric}, {'normalised' if normalise else 'raw'} vectors, {_rule(same_camera_rule)}"
    return summarise(found, _length(max_rank, len(g_ids)), protocol)


def _vectors(values: Any, name: str) -> np.ndarray:
    array = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, dtype=np.float64)
    if array.ndim != 2:
        raise NasreidError(f"{name} vectors have shape {array.shape}: expected two dimensions")
    if not np.isfinite(array).all():
        raise NasreidError(f"{int((~np.isfinite(array)).sum())} of {array.size} {name} values are not finite numbers")
    return array


def _unit(array: np.ndarray) -> np.ndarray:
    return array / np.maximum(np.linalg.norm(array, axis=1, keepdims=True), SHORTEST)


def rounding_step(scale: np.ndarray) -> np.ndarray:
    """2**-36 of the power of two above `scale`; a scale that rounding put just above one still counts as it."""
    return np.exp2(np.ceil(np.log2(np.maximum(scale, 1e-30)) - 1e-6) - 36)


def _rounded(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    step = rounding_step(scale)
    return np.maximum(np.round(values / step) * step, 0)


def _length(max_rank: int, gallery: int) -> int:
    if max_rank < 1:
        raise NasreidError(f"max_rank {max_rank}: expected at least 1")
    return min(max_rank, gallery)


def _rule(same_camera_rule: bool) -> str:
    return "same identity and camera removed" if same_camera_rule else "nothing removed"
