"""Which gallery images a query may not meet: the definition, and that every form of the question has one answer."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nasreid.evaluation.asked import Asked
from nasreid.evaluation.distances import distances
from nasreid.evaluation.ranking import counted, hits
from nasreid.evaluation.removal import NOTHING, OWN_CAMERA, Removal, friends

RULES = [NOTHING, OWN_CAMERA, Removal(blind=((3, 2),)), Removal(True, ((3, 2), (3, 1), (1, 3)))]


def forbidden(rule, q_id, g_id, q_cam, g_cam):
    """The definition, one pair at a time."""
    return (rule.same_camera and q_id == g_id and q_cam == g_cam != -1) or (q_cam, g_cam) in rule.blind


@st.composite
def labels(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    queries, gallery = draw(st.integers(1, 6)), draw(st.integers(1, 9))
    return [rng.integers(low, high, size) for low, high, size in
            ((0, 3, queries), (0, 3, gallery), (-1, 4, queries), (-1, 4, gallery))]


@given(labels(), st.sampled_from(RULES))
def test_matrix_pairs_groups_and_counts_say_what_the_definition_says(given_labels, rule):
    q_ids, g_ids, q_cams, g_cams = given_labels
    expected = [[forbidden(rule, *pair[:2], *pair[2:]) for pair in
                 ((q_ids[i], g_ids[j], q_cams[i], g_cams[j]) for j in range(len(g_ids)))] for i in range(len(q_ids))]
    removed = rule.removed(*given_labels)
    assert removed.tolist() == expected
    q, g = friends(q_ids, g_ids)
    assert rule.pairs(True, q_cams[q], g_cams[g]).tolist() == removed[q, g].tolist()
    own = q_ids[:, None] == g_ids
    assert rule.answers(*given_labels).tolist() == (own & ~removed).sum(1).tolist()
    seen = np.zeros_like(removed)
    for rows, columns in rule.groups(q_cams, g_cams):
        seen[np.ix_(rows, columns)] = True
    assert (seen[~own] == ~removed[~own]).all()


@given(labels(), st.sampled_from(RULES), st.integers(0, 99))
def test_counting_ranking_and_blocks_remove_the_same(given_labels, rule, seed):
    rng = np.random.default_rng(seed)
    query, gallery = (rng.integers(-1, 2, (len(ids), 3)).astype(float) for ids in given_labels[:2])
    expected = [at.tolist() for at in hits(distances(query, gallery), *given_labels, rule)]
    assert [at.tolist() for at in counted(query, gallery, *given_labels, rule)] == expected
    asked = Asked(query, gallery, *given_labels, rule)
    for rows, columns, found in asked.blocks():
        assert (np.isinf(found) == rule.removed(*given_labels)[np.ix_(rows, columns)]).all()


def test_a_camera_that_is_not_known_is_nobodys_own():
    assert not OWN_CAMERA.removed([1], [1], [-1], [-1]).any()
    assert OWN_CAMERA.removed([1], [1], [4], [4]).all()


def test_the_rule_is_said():
    assert [str(rule) for rule in RULES[:3]] == ["nothing removed", "same identity and camera removed",
                                                 "camera 3 does not see camera 2"]


def test_friends_are_all_pairs_of_an_identity():
    q, g = friends(np.array([3, 1, 9]), np.array([1, 3, 1, 3]))
    assert list(zip(q.tolist(), g.tolist(), strict=True)) == [(0, 1), (0, 3), (1, 0), (1, 2)]
