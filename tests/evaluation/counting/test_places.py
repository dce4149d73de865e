"""Counting gives the places that a full, stable argsort of the distances gives."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation.counting import places as counting
from nasreid.evaluation.counting import ties, tiles
from nasreid.evaluation.counting.places import places
from nasreid.evaluation.distances import METRICS, distances
from nasreid.evaluation.ranking import hits
from nasreid.evaluation.removal import Removal


def plain(query, gallery, labels, metric, normalise, rule):
    return [h.tolist() for h in hits(distances(query, gallery, metric, normalise), *labels, Removal(rule))]


def counted(query, gallery, labels, *options, rule=True, tile=None):
    q_ids, g_ids, q_cams, g_cams = labels
    removed = (lambda q, g: q_cams[q] == g_cams[g]) if rule else None
    return [p.tolist() for p in places(query, gallery, q_ids, g_ids, removed, *options, tile=tile)]


@st.composite
def problems(draw):
    """Vectors with equal ones, nearly equal ones, zeros and different lengths; identities with and without matches."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    q, g, d = draw(st.integers(1, 40)), draw(st.integers(1, 90)), draw(st.integers(1, 24))
    kind = draw(st.sampled_from(["grid", "normal", "clusters", "near"]))
    if kind == "grid":  # many exact ties
        query, gallery = (rng.integers(-1, 2, (n, d)).astype(float) for n in (q, g))
    else:
        centres = rng.standard_normal((4, d))
        noise = {"normal": 3.0, "clusters": 0.1, "near": 1e-7}[kind]
        query, gallery = (centres[rng.integers(0, 4, n)] + noise * rng.standard_normal((n, d)) for n in (q, g))
    gallery[rng.integers(0, g, g // 4)] = gallery[0]
    gallery[rng.integers(0, g, g // 8)] *= 10.0 ** draw(st.integers(-3, 3))
    ids, cams = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    labels = [rng.integers(0, high, size) for high, size in ((ids, q), (ids, g), (cams, q), (cams, g))]
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    return (query * 10.0 ** draw(st.integers(-9, 9))).astype(dtype), gallery.astype(dtype), labels


@settings(max_examples=150)
@given(problems(), st.sampled_from(METRICS), st.booleans(), st.booleans(), st.integers(1, 50), st.integers(1, 40),
       st.integers(1, 100))
def test_equals_the_argsort(problem, metric, normalise, rule, rows, columns, ahead):
    query, gallery, labels = problem
    found = counted(query, gallery, labels, metric, normalise, rule=rule, tile=(rows, columns, ahead))
    assert found == plain(query, gallery, labels, metric, normalise, rule)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.3, 1.0, 3.0, 30.0]), st.sampled_from([0.0, 0.1, 1.0]))
def test_crowds_and_few_give_the_same(seed, noise, crowded):
    rng = np.random.default_rng(seed)
    ids = [rng.integers(0, 20, n) for n in (70, 900)]
    centres = rng.standard_normal((20, 48)).astype(np.float32)
    query, gallery = (centres[i] + noise * rng.standard_normal((len(i), 48)).astype(np.float32) for i in ids)
    labels = [*ids, rng.integers(0, 3, 70), rng.integers(0, 3, 900)]
    before, tiles.CROWDED = tiles.CROWDED, crowded
    try:
        found = counted(query, gallery, labels, tile=(32, 128, 256))
    finally:
        tiles.CROWDED = before
    assert found == plain(query, gallery, labels, "euclidean", True, True)


def test_many_near_ties_are_settled_in_parts(monkeypatch):
    monkeypatch.setattr(ties, "FLUSH", 3)
    rng = np.random.default_rng(0)
    query, gallery = rng.standard_normal((1, 6)), rng.standard_normal((1, 6))
    query, gallery = query + 1e-8 * rng.standard_normal((9, 6)), gallery + 1e-8 * rng.standard_normal((80, 6))
    labels = [rng.integers(0, high, size) for high, size in ((3, 9), (3, 80), (2, 9), (2, 80))]
    assert counted(query, gallery, labels, tile=(4, 16, 32)) == plain(query, gallery, labels, "euclidean", True, True)


def test_tensors_and_half_precision_are_taken():
    rng = np.random.default_rng(1)
    query, gallery = (torch.as_tensor(rng.standard_normal((n, 8))).half() for n in (6, 30))
    labels = [rng.integers(0, high, size) for high, size in ((3, 6), (3, 30), (2, 6), (2, 30))]
    assert counted(query, gallery, labels) == plain(query.double(), gallery.double(), labels, "euclidean", True, True)
    assert counted(query.numpy().tolist(), gallery, labels) == counted(query, gallery, labels)


def test_the_precision_of_the_process_is_left_as_it_was():
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        with counting.full_float32():
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize(("query", "options", "message"), [
    (np.ones((2, 4)), (), "query vectors have 4 values, gallery vectors 3"),
    (np.ones(3), (), r"query vectors have shape \(3,\): expected two dimensions"),
    (np.full((2, 3), np.nan), (), "6 of 6 query values are not finite"),
    (np.ones((2, 3)), ("manhattan",), "metric 'manhattan': expected one of euclidean, cosine"),
])
def test_bad_input_is_named(query, options, message):
    labels = [np.ones(2, int), np.ones(5, int)]
    with pytest.raises(NasreidError, match=message):
        places(query, np.ones((5, 3)), *labels, None, *options)
