import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.evaluation.curves import identity_places, single_gallery_shot


@st.composite
def problems(draw):
    """Distances with ties and removed (infinite) images; identities with and without images."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    q, g = draw(st.integers(1, 6)), draw(st.integers(1, 14))
    d = rng.integers(0, draw(st.integers(2, 9)), (q, g)).astype(float)
    d[rng.random((q, g)) < 0.2] = np.inf
    return d, rng.integers(0, 6, q), rng.integers(0, 5, g)


@given(problems())
def test_identities_rank_where_their_nearest_image_does(problem):
    d, q_ids, g_ids = problem
    for row, identity, found in zip(d, q_ids, identity_places(d, q_ids, g_ids), strict=True):
        ranked = [g_ids[at] for _, at in sorted((x, at) for at, x in enumerate(row) if x < np.inf)]
        once = list(dict.fromkeys(ranked))
        assert found.tolist() == ([once.index(identity)] if identity in once else [])


@given(problems(), st.integers(0, 99))
def test_single_gallery_shots_follow_the_order_of_appearance(problem, seed):
    d, q_ids, g_ids = problem
    found, valid = single_gallery_shot(d, q_ids, g_ids, np.random.RandomState(seed), 3, 14)
    random, total, asked = np.random.RandomState(seed), np.zeros(14), 0
    for row, identity in zip(d, q_ids, strict=True):
        kept = [g_ids[at] for _, at in sorted((x, at) for at, x in enumerate(row) if x < np.inf)]
        lists = {i: [at for at, other in enumerate(kept) if other == i] for i in dict.fromkeys(kept)}
        if identity not in lists:
            continue
        asked += 1
        for _ in range(3):
            drawn = {i: random.choice(places) for i, places in lists.items()}
            place = sum(at < drawn[identity] for at in drawn.values())
            total += (np.arange(14) >= place) / 3
    assert valid == asked
    assert found == pytest.approx(total)
