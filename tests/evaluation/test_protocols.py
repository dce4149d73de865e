"""Every protocol on small frames: who asks whom, what is removed, what is drawn, and what the table says."""

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from nasreid.errors import NasreidError
from nasreid.evaluation.distances import distances
from nasreid.evaluation.draws import sysu
from nasreid.evaluation.protocol import Protocol, given
from nasreid.evaluation.protocols import PROTOCOLS, rows_of
from nasreid.evaluation.ranking import rank
from nasreid.evaluation.removal import Removal
from nasreid.evaluation.reranking import Rerank
from nasreid.evaluation.scores import average


def frame(rows, modality="visible"):
    """Rows (identity, camera, split), in random order of paths."""
    table = pd.DataFrame(rows, columns=["identity", "camera", "split"])
    return table.assign(path=[f"{i:04d}.jpg" for i in range(len(rows))], modality=modality, role="")


def features(table, noise=1.0, size=12):
    rng = np.random.default_rng(3)
    centres = rng.standard_normal((int(table["identity"].max()) + 1, size))
    return centres[table["identity"]] + noise * rng.standard_normal((len(table), size))


@pytest.fixture
def people():
    splits = ("query", "gallery", "gallery", "train")
    return frame([(i, c, split) for i in range(8) for c in (1, 2) for split in splits])


@pytest.mark.parametrize("name", ["market", "cuhk03", "veri"])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_query_asks_gallery_without_its_camera(people, name, metric):
    vectors, (protocol,) = features(people), rows_of(name)
    query, gallery = ((people["split"] == split).to_numpy() for split in ("query", "gallery"))
    labels = [people[c].to_numpy()[rows] for c in ("identity", "camera") for rows in (query, gallery)]
    expected = rank(distances(vectors[query], vectors[gallery], metric), *labels, max_rank=50)
    found = protocol.score(people, vectors, metric=metric)
    assert found.cmc.tolist() == expected.cmc.tolist()
    assert (found.map, found.minp, found.trials) == (expected.map, expected.minp, ())
    assert found.protocol.startswith(f"{name}")
    assert "identity and camera removed" in found.protocol
    assert found.protocol.endswith(f"{metric}, normalised vectors; ties by gallery order")


def test_vehicleid_draws_one_gallery_image_of_each():
    table = frame([(i, -1, "test") for i in (7, 3, 9, 3, 7, 9, 9, 4)] + [(1, -1, "train")])
    (protocol,) = rows_of("vehicleid")
    trials = list(protocol.draw(table))
    assert len(trials) == 10
    for trial in trials:
        assert sorted(table["identity"][trial.gallery]) == [3, 4, 7, 9]
        assert sorted([*trial.query, *trial.gallery]) == list(range(8))
    assert len({tuple(trial.gallery) for trial in trials}) > 1
    again = list(rows_of("vehicleid")[0].draw(table))
    assert all((a.gallery == b.gallery).all() for a, b in zip(trials, again, strict=True))
    shuffled = table.sample(frac=1, random_state=0).reset_index(drop=True)
    for trial, other in zip(trials, rows_of("vehicleid")[0].draw(shuffled), strict=True):
        assert set(table["path"][trial.gallery]) == set(shuffled["path"][other.gallery])
    scores = protocol.score(table, features(table))
    assert len(scores.trials) == 10
    assert scores.map == pytest.approx(np.mean([trial.map for trial in scores.trials]))
    assert "no camera rule; mean of 10 draws" in scores.protocol
    assert {"mAP std", "rank-1 std", "trials"} <= set(scores.table())


@pytest.fixture
def night():
    """Everybody in cameras 1, 2, 4, 5 (visible) and 3, 6 (infrared), 12 images each; person 2 is not in camera 2."""
    rows = [(i, c, "query" if c in (3, 6) else "gallery") for i in range(1, 5) for c in range(1, 7) for _ in range(12)
            if (i, c) != (2, 2)]
    table = frame(rows)
    return table.assign(modality=np.where(table["camera"].isin([3, 6]), "infrared", "visible"))


def test_sysu_draws_by_camera_and_does_not_look_into_its_own_room(night):
    rows = {row.label: row for row in rows_of("sysu")}
    assert list(rows) == ["all-search, single-shot", "all-search, multi-shot", "indoor-search, single-shot",
                          "indoor-search, multi-shot"]
    counts = [[len(trial.gallery) for trial in row.draw(night)] for row in rows.values()]
    assert counts == [[15] * 10, [150] * 10, [7] * 10, [70] * 10]
    scores = rows["indoor-search, single-shot"].score(night, features(night, 0.1), max_rank=20)
    assert (len(scores.trials), scores.queries, scores.skipped) == (10, 4 * 24, 0)
    assert "camera 3 does not see camera 2; CMC over identities; mean of 10 draws" in scores.protocol
    only = night[(night["camera"] != 1) | (night["identity"] != 3)].reset_index(drop=True)
    scores = rows["indoor-search, single-shot"].score(only, features(only, 0.1))
    assert scores.skipped == 12  # person 3 in camera 3: its only image is in camera 2


def test_sysu_takes_the_official_permutations(night, tmp_path):
    rng = np.random.default_rng(0)
    cells = np.empty((6, 1), object)
    for camera in range(6):
        cells[camera, 0] = np.empty((4, 1), object)
        for identity in range(4):
            many = 0 if (identity, camera) == (1, 1) else 12
            cells[camera, 0][identity, 0] = np.array([rng.permutation(many) + 1 for _ in range(10)])
    savemat(tmp_path / "rand_perm_cam.mat", {"rand_perm_cam": cells})
    *_, last = sysu(night, (1, 2, 4, 5), 3, 10, tmp_path / "rand_perm_cam.mat")
    first = night.iloc[last.gallery[:3]]
    assert (first["identity"].unique().tolist(), first["camera"].unique().tolist()) == ([1], [1])
    mine = night.index[(night["identity"] == 1) & (night["camera"] == 1)]
    assert last.gallery[:3].tolist() == mine[cells[0, 0][0, 0][9][:3] - 1].tolist()
    official = rows_of("sysu-official", permutations=str(tmp_path / "rand_perm_cam.mat"))
    assert "drawn by the official permutations" in official[0].rule
    fewer = night.drop(index=mine[:1]).reset_index(drop=True)
    with pytest.raises(NasreidError, match=r"identity 1 in camera 1 has an array .* permutation of its 11 images"):
        list(official[0].draw(fewer))
    with pytest.raises(NasreidError, match="no such file; expected rand_perm_cam"):
        list(rows_of("sysu-official", permutations=str(tmp_path / "none.mat"))[0].draw(night))
    (tmp_path / "torn.mat").write_bytes(b"MATLAB 5.0")
    with pytest.raises(NasreidError, match="expected a MATLAB file"):
        list(rows_of("sysu-official", permutations=str(tmp_path / "torn.mat"))[0].draw(night))


def test_regdb_goes_both_ways():
    table = frame([(i, c, split) for i in range(5) for c, split in ((1, "query"), (2, "gallery")) for _ in range(3)])
    table["modality"] = np.where(table["camera"] == 1, "visible", "infrared")
    there, back = (next(iter(row.draw(table))) for row in rows_of("regdb"))
    assert (there.query.tolist(), there.gallery.tolist()) == (back.gallery.tolist(), back.query.tolist())
    assert set(table["modality"][there.query]) == {"visible"}
    assert [row.score(table, features(table)).label for row in rows_of("regdb")] == ["visible to infrared",
                                                                                    "infrared to visible"]


def test_distractors_never_ask():
    rows = [(i, c, split) for i in (1, 2, 3) for c, split in ((1, "query"), (2, "gallery"))]
    table = frame([*rows, (0, 2, "gallery")])
    table.loc[6, "role"] = "distractor"
    there, back = (next(iter(row.draw(table))) for row in rows_of("grid"))
    assert (there.query.tolist(), there.gallery.tolist()) == ([0, 2, 4], [1, 3, 5, 6])
    assert (back.query.tolist(), back.gallery.tolist()) == ([1, 3, 5], [0, 2, 4, 6])
    assert [len(next(iter(row.draw(table.drop(columns="role")))).query) for row in rows_of("viper")] == [3, 4]


def test_blind_pairs_and_the_camera_rule_hold_under_reranking(night):
    matrix = np.random.default_rng(0).random((96, 15))
    row = rows_of("sysu")[0]
    trial = next(iter(row.draw(night)))
    scores = Protocol("x", lambda _: [trial], removal=Removal(blind=((3, 2),)), curve="identities").score(
        night, features(night), rerank=lambda query, gallery: matrix)
    cameras = [night["camera"].to_numpy()[rows] for rows in (trial.query, trial.gallery)]
    ids = [night["identity"].to_numpy()[rows] for rows in (trial.query, trial.gallery)]
    unseen = (cameras[0][:, None] == 3) & (cameras[1] == 2)
    places = []
    for at in range(96):
        kept = [i for _, i, u in sorted(zip(matrix[at], ids[1], unseen[at], strict=True)) if not u]
        places.append(list(dict.fromkeys(kept)).index(ids[0][at]))
    assert scores.rank1 == pytest.approx(np.mean(np.array(places) == 0))


def test_reranking_is_said(people):
    scores = rows_of("market")[0].score(people, features(people), rerank=Rerank(k1=4, k2=2))
    assert "k-reciprocal re-ranking (k1 4, k2 2, weight 0.3, distance to the power of 2)" in scores.protocol


def test_a_mean_of_trials_weighs_each_the_same(people):
    (row,) = rows_of("market")
    trials = [row.score(people, features(people, noise)) for noise in (0.5, 2.0, 4.0)]
    mean = average(trials)
    assert mean.map == pytest.approx(np.mean([trial.map for trial in trials]))
    table = mean.table()
    assert table["mAP std"] == pytest.approx(np.std([100 * trial.map for trial in trials], ddof=1), abs=0.006)
    assert (table["trials"], table["queries"]) == (3, trials[0].queries)
    with pytest.raises(NasreidError, match="mean of no trials"):
        average([])


@pytest.mark.parametrize("name", sorted(set(PROTOCOLS) - {"sysu-official"}))
def test_every_rule_is_in_words(name):
    for row in rows_of(name):
        assert len(row.rule) > 30
        assert row.rule.startswith(name.split("-")[0])


@pytest.mark.parametrize(("call", "message"), [
    (lambda: rows_of("markt"), r"protocol 'markt' \(did you mean 'market'\?\): expected one of market, cuhk03"),
    (lambda: rows_of("market", seed=1), "protocol market has no argument 'seed'; expected none"),
    (lambda: rows_of("vehicleid", draws="ten"), "draws is 'ten'; expected a whole number"),
    (lambda: rows_of("vehicleid", draws=0), "draws 0: expected at least 1"),
    (lambda: rows_of("sysu-official"), "sysu-official without permutations"),
    (lambda: rows_of("no.such:function"), "no module 'no'"),
    (lambda: rows_of("json:loads", s="3"), "protocol 'json:loads' returned 3; expected a tuple"),
    (lambda: Rerank(k1=0), "k1 0 of re-ranking: expected at least 1"),
    (lambda: Rerank(weight=2.0), "weight 2.0 of re-ranking: expected 0 to 1"),
    (lambda: Protocol("", given, curve="people"), "CMC over 'people'"),
    (lambda: Protocol("", given, repeats=0), "repeats is 0"),
    (lambda: Protocol("", given, seed=-1), "seed is -1"),
])
def test_bad_options_are_named(call, message):
    with pytest.raises(NasreidError, match=message):
        call()


def test_missing_parts_are_named(people):
    with pytest.raises(NasreidError, match="no query images among 16 train: expected"):
        rows_of("market")[0].score(people[people["split"] == "train"], np.ones((16, 2)))
    with pytest.raises(NasreidError, match="3 features of 64 images"):
        rows_of("market")[0].score(people, np.ones((3, 2)))
    with pytest.raises(NasreidError, match="no infrared images"):
        rows_of("regdb")[1].score(people, np.ones((64, 2)))
    with pytest.raises(NasreidError, match="0 infrared and 48 visible test images"):
        rows_of("sysu")[0].score(people, np.ones((64, 2)))


def shots():
    """One query of person 1; the gallery has one image of person 1 and three of person 2, two of them nearer."""
    table = frame([(1, 1, "query"), (1, 2, "gallery"), (2, 2, "gallery"), (2, 2, "gallery"), (2, 2, "gallery")])
    return table, np.array([[0.0], [3.0], [1.0], [2.0], [4.0]])


@pytest.mark.parametrize(("curve", "first", "second"), [("images", 0, 0), ("identities", 0, 1)])
def test_the_curve_counts_images_or_identities(curve, first, second):
    table, vectors = shots()
    scores = Protocol("x", given, curve=curve).score(table, vectors, normalise=False, max_rank=3)
    assert scores.cmc.tolist() == [first, second, 1]
    assert (scores.map, scores.minp) == (pytest.approx(1 / 3), pytest.approx(1 / 3))  # always over images


def test_a_single_gallery_shot_draws_one_image_of_each():
    table, vectors = shots()
    scores = [Protocol("x", given, curve="single gallery shot", repeats=repeats, seed=seed).score(
        table, vectors, normalise=False, max_rank=2) for repeats, seed in ((300, 0), (300, 0), (300, 1))]
    assert scores[0].cmc[0] == pytest.approx(1 / 3, abs=0.08)  # the far image of person 2 is drawn
    assert scores[0].cmc[1] == pytest.approx(1)
    assert scores[0].cmc[0] == scores[1].cmc[0] != scores[2].cmc[0]


def test_what_a_protocol_does_unless_told_otherwise():
    table, vectors = shots()
    plain = Protocol("x", given)
    assert (plain.curve, plain.label, plain.repeats, plain.seed) == ("images", "", 10, 0)
    (trial,) = plain.trials(table)
    asked = plain.asked(table, trial, vectors)
    assert (asked.metric, asked.normalise, asked.matrix) == ("euclidean", True, None)
    turned = np.array([[1.0, 0.0], [9.0, 0.1], [1.0, 0.2], [1.0, 0.3], [1.0, 0.4]])  # nearest by its angle only
    assert plain.score(table, turned).rank1 == 1.0
    assert plain.score(table, turned, normalise=False).rank1 == 0.0
    many = frame([(1, 1, "query"), *[(1, 2, "gallery")] * 60])
    assert len(plain.score(many, np.ones((61, 2))).cmc) == 50


def test_a_curve_ends_with_the_gallery():
    table, vectors = shots()
    for curve in ("images", "identities", "single gallery shot"):
        assert len(Protocol("x", given, curve=curve).score(table, vectors).cmc) == 4
