"""k-reciprocal re-ranking of N = 4,000 images against the dense algorithm in numpy; compare the two rows."""

import numpy as np
import pytest

from benchmarks.data import people
from nasreid.evaluation.reranking import Rerank

QUERIES, GALLERY = 700, 3300


def dense(query, gallery, k1=20, k2=6, weight=0.3, power=2, normalise=True, every=False):
    """The algorithm of Zhong et al. (CVPR 2017) on whole matrices, one image after the other; ties by position.

    every: of queries against queries, where there is no gallery.
    """
    vectors = np.concatenate([query, gallery]).astype(float)
    if normalise:
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths = np.square(vectors).sum(1)
    squared = lengths[:, None] + lengths - 2 * vectors @ vectors.T
    step = 2.0 ** (np.ceil(np.log2(lengths.max()) - 1e-6) - 36)
    squared = np.maximum(np.round(squared / step) * step, 0)
    original = (squared / np.maximum(squared.max(1, keepdims=True), 1e-30)) ** (power / 2)
    order = np.argsort(squared, axis=1, kind="stable")
    count, half = len(vectors), round(k1 / 2)
    encoded = np.zeros((count, count), np.float32)
    for at in range(count):
        near = _mutual(order, at, k1)
        wide = [near]
        for other in near:
            theirs = _mutual(order, other, half)
            if len(np.intersect1d(theirs, near)) > 2 / 3 * len(theirs):
                wide.append(theirs)
        members = np.unique(np.concatenate(wide))
        weights = np.exp(-original[at, members])
        encoded[at, members] = weights / weights.sum()
    if k2 > 1:
        encoded = np.stack([encoded[order[at, :k2]].mean(0) for at in range(count)])
    first = 0 if every else len(query)
    result = np.empty((len(query), count - first), np.float32)
    holders = [np.flatnonzero(encoded[:, at]) for at in range(count)]
    for at in range(len(query)):
        shared = np.zeros(count)
        for member in np.flatnonzero(encoded[at]):
            rows = holders[member]
            shared[rows] += np.minimum(encoded[at, member], encoded[rows, member])
        result[at] = (1 - shared / (2 - shared))[first:] * (1 - weight) + weight * original[at, first:]
    return result


def _mutual(order, at, k):
    near = order[at, : k + 1]
    return near[(order[near, : k + 1] == at).any(1)]


@pytest.mark.parametrize("way", [dense, Rerank()], ids=["dense numpy", "ours"])
def bench_rerank(benchmark, way):
    benchmark.group = f"re-ranking of {QUERIES} queries and {GALLERY} gallery images, 512 values"
    query, gallery, *_ = people(QUERIES, GALLERY, 200)
    benchmark.pedantic(way, (query, gallery), rounds=2)
