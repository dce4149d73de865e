"""Who of the training identities asks and who answers, with cameras and without."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation.held_out import first_asks, hold_out, protocol
from nasreid.evaluation.protocols import rows_of
from nasreid.evaluation.unmatched import check_queries

RULE = protocol()
images = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([-1, 1, 2, 3])), min_size=1, max_size=25)


def frame(rows: list[tuple[int, int]], modality: str = "visible") -> pd.DataFrame:
    return pd.DataFrame([{"path": f"{n}.jpg", "identity": i, "camera": c, "modality": modality, "split": "train"}
                         for n, (i, c) in enumerate(rows)])


def people(identities=10, cameras=(1, 2, 3), shots=2, infrared=False):
    rows = [(f"{i}-{c}-{s}", i, c, "infrared" if infrared and c == 1 else "visible", "train")
            for i in range(identities) for c in cameras for s in range(shots)]
    return pd.DataFrame(rows, columns=["path", "identity", "camera", "modality", "split"])


@given(images)
def test_every_query_of_a_validation_has_an_answer(rows):
    # the first of each identity and camera asks; the others answer from another camera, or from one that is not known
    seen, answers = set(), set()
    for pair in rows:
        (answers if pair in seen else seen).add(pair)
    if not any(i == j and (c != d or c == -1) for i, c in seen for j, d in answers):
        with pytest.raises(NasreidError, match="seen twice by two cameras"):
            first_asks(frame(rows), RULE)
        return
    found = first_asks(frame(rows), RULE)
    check_queries(found, RULE.removal)
    assert set(found["path"]) <= set(frame(rows)["path"])
    assert not found.loc[found["split"] == "query"].duplicated(["identity", "camera"]).any()


def test_infrared_images_ask_for_visible_ones():
    both = pd.concat([frame([(1, 1), (1, 2)]), frame([(1, 3), (2, 3)], "infrared")], ignore_index=True)
    found = first_asks(both, RULE)
    assert list(found[found["split"] == "query"]["identity"]) == [1]
    assert set(found[found["split"] == "gallery"]["modality"]) == {"visible"}


@given(st.floats(0.2, 0.8), st.integers(0, 99), st.sampled_from([(1, 2, 3), (-1,)]), st.booleans())
def test_nobody_is_in_both_parts_and_every_query_has_an_answer(share, seed, cameras, infrared):
    infrared = infrared and 1 in cameras
    train, held = hold_out(people(cameras=cameras, infrared=infrared), share, seed, RULE)
    assert not set(train["identity"]) & set(held["identity"])
    assert set(train["identity"]) | set(held["identity"]) == set(range(10))
    assert held["identity"].nunique() == round(10 * share)
    query, gallery = held[held["split"] == "query"], held[held["split"] == "gallery"]
    assert not query.duplicated(["identity", "camera"]).any()
    assert set(query["modality"]) == ({"infrared"} if infrared else {"visible"})
    check_queries(held, RULE.removal)
    unknown = set(query.loc[query["camera"] == -1, "path"])
    assert not unknown & set(gallery["path"])  # nothing would keep them from finding themselves


def test_the_seed_says_who():
    held = [set(hold_out(people(), 0.3, seed, RULE)[1]["identity"]) for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


@pytest.mark.parametrize(("infrared", "digest"), [(False, "9e1e7f99"), (True, "bfb09797")])
def test_who_is_held_out_with_known_cameras_stays_as_it_was(infrared, digest):
    made = [part.to_csv(index=False) for seed in range(3)
            for part in hold_out(people(infrared=infrared), 0.4, seed, RULE)]
    made.append(first_asks(people(infrared=infrared), RULE).to_csv(index=False))
    assert hashlib.sha256("".join(made).encode()).hexdigest()[:8] == digest


@pytest.mark.parametrize(("share", "cameras", "shots", "words"), [
    (0.0, (1, 2), 2, "expected a share between 0 and 1"), (1.0, (1, 2), 2, "expected a share"),
    (0.1, (1, 2), 2, "holds 1 out"), (0.5, (1,), 2, "none of 5 identities held out was seen by two cameras"),
    (0.5, (-1,), 1, "none of 5 identities held out was seen by two cameras .or twice")])
def test_what_cannot_be_held_out_is_refused(share, cameras, shots, words):
    with pytest.raises(NasreidError, match=words):
        hold_out(people(cameras=cameras, shots=shots), share, 0, RULE)


def test_cameras_that_may_not_meet_in_the_data_sets_own_protocol_do_not_meet_here():
    night = pd.concat([frame([(1, 2), (2, 1)]), frame([(1, 3), (2, 3)], "infrared")], ignore_index=True)
    assert first_asks(night, RULE)["split"].eq("query").sum() == 2
    found = first_asks(night, protocol(rows_of("sysu")[0]))
    assert found.loc[found["split"] == "query", "identity"].tolist() == [2]
    assert "camera 3 does not see camera 2" in protocol(rows_of("sysu")[0]).rule
