"""Retrieval on stored features: arrays cmc*, map*, dist of MSINet, {metric}_{dist|cmc|map} of torchreid."""

import re
from typing import Any

import numpy as np
import pandas as pd

from nasreid.evaluation.distances import distances
from nasreid.evaluation.protocols import rows_of
from nasreid.evaluation.ranking import rank, score
from nasreid.evaluation.removal import Removal
from nasreid.evaluation.reranking import Rerank
from tests.oracle_adapters.oracle import Oracle

RERANK = (("default", 20, 6, 0.3), ("alt", 10, 3, 0.5))


MEAN = "cuhk03_cmc_mean"


def msinet(oracle: Oracle) -> None:
    """Normalised features, with (cam1) and without (cam0) the same-camera rule."""
    vectors, labels = _given(oracle)
    found = distances(*vectors)
    oracle.check("dist", found[: len(oracle.arrays["dist"])])
    for camera in (0, 1):
        length = len(oracle.arrays[f"cmc_cam{camera}"])
        scores = score(*vectors, *labels, Removal(bool(camera)), max_rank=length)
        oracle.check(f"cmc_cam{camera}", scores.cmc)
        oracle.check(f"map_cam{camera}", scores.map)


def torchreid(oracle: Oracle) -> None:
    """Raw features, both metrics; CUHK03's single gallery shots; re-ranking of squared distances, squared again."""
    vectors, labels = _given(oracle)
    for metric in ("euclidean", "cosine"):
        found = distances(*vectors, metric=metric, normalise=False)
        oracle.check(f"{metric}_dist", found[: len(oracle.arrays[f"{metric}_dist"])])
        length = len(oracle.arrays[f"{metric}_cmc"])
        scores = score(*vectors, *labels, metric=metric, normalise=False, max_rank=length)
        oracle.check(f"{metric}_cmc", scores.cmc)
        oracle.check(f"{metric}_map", scores.map)
        oracle.check("no_match", scores.skipped)
    _cuhk03(oracle, vectors, labels)
    for name, k1, k2, weight in RERANK:
        k1, k2, weight = _settings(oracle, name, (k1, k2, weight))
        found = Rerank(int(k1), int(k2), weight, power=4, normalise=False)(*vectors)
        oracle.check(f"rerank_{name}", found)
        scores = rank(found, *labels, max_rank=len(oracle.arrays[f"rerank_{name}_cmc"]))
        oracle.check(f"rerank_{name}_cmc", scores.cmc)
        oracle.check(f"rerank_{name}_map", scores.map)


def _settings(oracle: Oracle, name: str, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    """(k1, k2, weight) as the words say: `defaults (20, 6, .3) and with (10, 3, .5)`."""
    found = re.findall(r"\((\d+), (\d+), ([\d.]+)\)", oracle.what)
    at = [row[0] for row in RERANK].index(name)
    return tuple(float(value) for value in found[at]) if at < len(found) else otherwise


def _cuhk03(oracle: Oracle, vectors: list[Any], labels: list[Any]) -> None:
    """The single gallery shots of seed 0, and the mean over the seeds from 1 to as many as the arrays' names say."""
    (q_ids, g_ids, q_cams, g_cams), split = labels, np.repeat(["query", "gallery"], [len(v) for v in vectors])
    frame = pd.DataFrame({"identity": np.append(q_ids, g_ids), "camera": np.append(q_cams, g_cams), "split": split})
    features, length = np.concatenate(vectors), len(oracle.arrays["cuhk03_cmc_seed0"])
    many = next(int(name[len(MEAN):]) for name in oracle.arrays if name.startswith(MEAN))
    every = [rows_of("cuhk03-single-shot", seed=seed)[0].score(frame, features, normalise=False, max_rank=length)
             for seed in range(1 + many)]
    oracle.check("cuhk03_cmc_seed0", every[0].cmc)
    oracle.check("cuhk03_map", every[0].map)
    curves = [scores.cmc for scores in every[1:]]
    oracle.check(f"{MEAN}{many}", np.mean(curves, 0))
    oracle.check(f"cuhk03_cmc_sem{many}", np.std(curves, 0, ddof=1) / np.sqrt(len(curves)))


def _given(oracle: Oracle) -> tuple[list[Any], list[Any]]:
    """(query and gallery vectors, query and gallery identities and cameras), all stored."""
    vectors = [oracle.given(name) for name in ("qf", "gf")]
    labels = [oracle.given(name) for name in ("q_pids", "g_pids", "q_camids", "g_camids")]
    for name, found in zip(("nq", "ng", "dim"), (*map(len, vectors), vectors[0].shape[1]), strict=True):
        oracle.params.agree(name, found)
    oracle.params.agree("ids", len(np.unique(labels[1])))  # some queries show people whom nobody else has seen
    return vectors, labels
