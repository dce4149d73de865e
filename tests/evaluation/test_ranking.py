from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation import ranking
from nasreid.evaluation.distances import METRICS, distances
from nasreid.evaluation.removal import Removal

ORACLES = Path(__file__).parents[1] / "oracles"


def oracle(name):
    arrays = np.load(ORACLES / f"{name}.npz")
    return arrays, [arrays[key] for key in ("q_pids", "g_pids", "q_camids", "g_camids")]


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_equals_the_market_oracle(metric, kind):
    arrays, labels = oracle("rank_eval")
    found = distances(kind(arrays["qf"]), kind(arrays["gf"]), metric, normalise=False)
    expected = arrays[f"{metric}_dist"]
    np.testing.assert_allclose(found[:5], expected, rtol=0, atol=1e-9 * abs(expected).max())
    scores = ranking.rank(found, *labels)
    assert scores.cmc.astype(np.float32).tolist() == arrays[f"{metric}_cmc"].tolist()
    assert scores.map == pytest.approx(arrays[f"{metric}_map"], abs=3e-10)
    assert (scores.skipped, scores.queries) == (arrays["no_match"], 60 - arrays["no_match"])


@pytest.mark.parametrize("rule", [0, 1])
def test_equals_the_msinet_oracle(rule):
    arrays, labels = oracle("msinet_eval")
    found = distances(arrays["qf"], arrays["gf"], normalise=True)
    np.testing.assert_allclose(found[:5], arrays["dist"], rtol=0, atol=1e-9 * arrays["dist"].max())
    for scores in (
        ranking.rank(found, *labels, removal=Removal(bool(rule))),
        ranking.score(arrays["qf"], arrays["gf"], *labels, removal=Removal(bool(rule)), tile=(7, 11, 30)),
    ):
        assert scores.cmc.astype(np.float32).tolist() == arrays[f"cmc_cam{rule}"].tolist()
        assert scores.map == pytest.approx(arrays[f"map_cam{rule}"], abs=3e-10)


def brute(d, q_ids, g_ids, q_cams, g_cams, rule):
    """The definition, one query and one gallery image at a time."""
    firsts, precisions, penalties = [], [], []
    for q in range(len(q_ids)):
        kept = [g for g in range(len(g_ids)) if not (rule and g_ids[g] == q_ids[q] and g_cams[g] == q_cams[q])]
        kept.sort(key=lambda g: (d[q][g], g))
        true = [r for r, g in enumerate(kept, 1) if g_ids[g] == q_ids[q]]
        if true:
            firsts.append(true[0])
            precisions.append(sum((i / r) for i, r in enumerate(true, 1)) / len(true))
            penalties.append(len(true) / true[-1])
    return firsts, precisions, penalties


@st.composite
def problems(draw, ties=True):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    queries, gallery = draw(st.integers(1, 6)), draw(st.integers(1, 12))
    labels = [rng.integers(0, high, size) for high, size in ((3, queries), (3, gallery), (2, queries), (2, gallery))]
    d = rng.integers(0, 4, (queries, gallery)).astype(float) if ties else rng.permuted(
        np.tile(np.arange(gallery, dtype=float), (queries, 1)), axis=1
    )
    return d, labels, draw(st.booleans())


@given(problems(), st.integers(1, 15))
def test_equals_brute_force_with_ties(problem, max_rank):
    d, labels, rule = problem
    firsts, precisions, penalties = brute(d, *labels, rule)
    if not firsts:
        with pytest.raises(NasreidError, match=f"none of {len(d)} queries"):
            ranking.rank(d, *labels, removal=Removal(rule))
        return
    scores = ranking.rank(d, *labels, removal=Removal(rule), max_rank=max_rank)
    assert (scores.queries, scores.skipped) == (len(firsts), len(d) - len(firsts))
    assert len(scores.cmc) == min(max_rank, d.shape[1])
    assert scores.cmc == pytest.approx([np.mean([f <= r for f in firsts]) for r in range(1, len(scores.cmc) + 1)])
    assert scores.map == pytest.approx(np.mean(precisions))
    assert scores.minp == pytest.approx(np.mean(penalties))


def same(a, b):
    return a.table() == {**b.table(), "protocol": a.protocol} and (a.cmc == b.cmc).all() and a.map == b.map


@given(problems(ties=False), st.randoms(use_true_random=False))
def test_the_order_of_the_gallery_matters_only_in_ties(problem, random):
    d, (q_ids, g_ids, q_cams, g_cams), rule = problem
    order = random.sample(range(d.shape[1]), d.shape[1])
    if any(len(found) for found in ranking.hits(d, q_ids, g_ids, q_cams, g_cams, Removal(rule))):
        before = ranking.rank(d, q_ids, g_ids, q_cams, g_cams, Removal(rule))
        after = ranking.rank(d[:, order], q_ids, g_ids[order], q_cams, g_cams[order], Removal(rule))
        assert same(before, after)


@given(problems(), st.integers(-5, 5), st.integers(1, 9))
def test_only_the_order_of_the_distances_matters(problem, constant, factor):
    d, labels, rule = problem
    assert [h.tolist() for h in ranking.hits(factor * d + constant, *labels, Removal(rule))] == [
        h.tolist() for h in ranking.hits(d, *labels, Removal(rule))
    ]


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from(METRICS), st.booleans(), st.integers(1, 9))
def test_blocks_and_equal_images_change_nothing(seed, metric, normalise, block):
    rng = np.random.default_rng(seed)
    query, gallery = rng.standard_normal((9, 40)), rng.standard_normal((101, 40))
    gallery[[31, 57, 100]] = gallery[3]
    found = distances(query, gallery, metric, normalise)
    for twin in (31, 57, 100):
        assert (found[:, twin] == found[:, 3]).all()
    assert (distances(gallery, gallery, metric, normalise).diagonal() == 0).all()
    labels = [rng.integers(0, high, size) for high, size in ((4, 9), (4, 101), (2, 9), (2, 101))]
    tile = (block, 2 * block + 1, 5 * block)
    blocks = ranking.score(query, gallery, *labels, metric=metric, normalise=normalise, tile=tile)
    assert same(blocks, ranking.rank(found, *labels))


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10))
def test_normalised_distances_ignore_length(seed, factor):
    rng = np.random.default_rng(seed)
    query, gallery = rng.standard_normal((3, 5)), rng.standard_normal((4, 5))
    once = distances(query, gallery)
    assert distances(factor * query, gallery) == pytest.approx(once, abs=1e-9)
    assert once == pytest.approx(2 * distances(query, gallery, "cosine"), abs=1e-9)
    direct = ((query[:, None] - gallery[None]) ** 2).sum(2)
    assert distances(query, gallery, normalise=False) == pytest.approx(direct, abs=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distances(np.ones((2, 3)), np.ones((2, 4))), "3 values, gallery vectors 4"),
        (lambda: distances(np.ones((2, 3)), np.ones((2, 3)), "manhattan"), "'manhattan': expected one"),
        (lambda: distances(np.full((2, 3), np.nan), np.ones((2, 3))), "6 of 6 query values"),
        (lambda: distances(np.ones(3), np.ones((2, 3))), r"shape \(3,\): expected two"),
        (lambda: ranking.rank(np.ones((1, 2)), [1], [1], [1], [2]), r"\(1, 2\): expected \(1, 1\)"),
        (lambda: ranking.rank(np.full((1, 1), np.nan), [1], [1], [1], [2]), "1 distances are NaN"),
        (lambda: ranking.rank(np.ones((1, 1)), [1], [1], [1], [2], max_rank=0), "max_rank 0"),
        (lambda: ranking.rank(np.ones((1, 1)), [1], [1], [2], [2]), "none of 1 queries"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(NasreidError, match=message):
        call()


def test_a_table_row_is_in_per_cent():
    scores = ranking.rank(np.array([[0.0, 1.0], [1.0, 0.0]]), [1, 1], [1, 2], [0, 1], [1, 1])
    assert scores.table() == {
        "mAP": 100.0, "rank-1": 100.0, "mINP": 100.0, "queries": 1, "skipped": 1,
        "protocol": "same identity and camera removed",
    }  # fmt: skip
    assert scores.rank1 == 1.0
