"""Retrieval on stored features: arrays cmc*, map*, dist of MSINet, {metric}_{dist|cmc|map} of torchreid."""

from typing import Any

from nasreid.ranking import distances, score
from tests.oracle_adapters.oracle import Oracle


def msinet(oracle: Oracle) -> None:
    """Normalised features, with (cam1) and without (cam0) the same-camera rule."""
    vectors, labels = _given(oracle)
    found = distances(*vectors)
    oracle.check("dist", found[: len(oracle.arrays["dist"])])
    for camera in (0, 1):
        length = len(oracle.arrays[f"cmc_cam{camera}"])
        scores = score(*vectors, *labels, same_camera_rule=bool(camera), max_rank=length)
        oracle.check(f"cmc_cam{camera}", scores.cmc)
        oracle.check(f"map_cam{camera}", scores.map)


def torchreid(oracle: Oracle) -> None:
    """Raw features, both metrics; CUHK03's protocol and re-ranking come later."""
    vectors, labels = _given(oracle)
    for metric in ("euclidean", "cosine"):
        found = distances(*vectors, metric=metric, normalise=False)
        oracle.check(f"{metric}_dist", found[: len(oracle.arrays[f"{metric}_dist"])])
        length = len(oracle.arrays[f"{metric}_cmc"])
        scores = score(*vectors, *labels, metric=metric, normalise=False, max_rank=length)
        oracle.check(f"{metric}_cmc", scores.cmc)
        oracle.check(f"{metric}_map", scores.map)
        oracle.check("no_match", scores.skipped)
    oracle.skip([name for name in oracle.arrays if name.startswith("cuhk03")], "belongs to the CUHK03 protocol")
    oracle.skip([name for name in oracle.arrays if name.startswith("rerank")], "belongs to re-ranking")


def _given(oracle: Oracle) -> tuple[list[Any], list[Any]]:
    """(query and gallery vectors, query and gallery identities and cameras), all stored."""
    vectors = [oracle.given(name) for name in ("qf", "gf")]
    return vectors, [oracle.given(name) for name in ("q_pids", "g_pids", "q_camids", "g_camids")]
