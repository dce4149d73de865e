import hashlib
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nasreid.data.checked import verify
from nasreid.data.datasets import read
from nasreid.data.frame import check_batches
from nasreid.data.layouts.market import FOLDER
from nasreid.data.people import synthesize as people
from nasreid.data.people.camera import camera
from nasreid.data.people.fabric import SIZE, fabrics
from nasreid.data.people.figure import Pose
from nasreid.data.people.person import FAMILY, TEXTURES, person
from nasreid.data.people.synthesize import synthesize
from nasreid.data.people.wear import draw
from nasreid.drafts import Unwritable
from nasreid.errors import NasreidError
from nasreid.evaluation.unmatched import check_queries
from tests.full_disk import room

SMALL = {"identities": 4, "test_identities": 3, "cameras": 2, "shots": 2, "height": 32, "width": 16}


def _digest(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_writes_the_real_layout(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    folder = synthesize(tmp_path, **SMALL, progress=lambda done, total: seen.append((done, total)))
    frame = read("market1501", tmp_path)
    assert folder == tmp_path / FOLDER
    assert len(frame) == 4 * 4 + 3 * 2 + 3 * 2 + 2  # train, query, gallery, distractors
    assert list((folder / "bounding_box_test").glob("-1_*"))
    assert seen[-1] == (len(frame) + 2, len(frame) + 2)
    check_queries(frame)
    check_batches(frame[frame["split"] == "train"], p=4, k=4)
    assert verify(frame)[1] == []
    with Image.open(frame["path"][0]) as image:
        assert (image.format, image.size) == ("JPEG", (16, 32))


def test_same_arguments_same_bytes_and_a_second_call_does_nothing(tmp_path: Path) -> None:
    one = synthesize(tmp_path / "one", **SMALL, infrared=True)
    other = synthesize(tmp_path / "other", **SMALL, infrared=True)
    before = {path: path.stat().st_mtime_ns for path in one.rglob("*")}
    assert _digest(one) == _digest(other)
    assert synthesize(tmp_path / "one", **SMALL, infrared=True) == one
    assert {path: path.stat().st_mtime_ns for path in one.rglob("*")} == before


def test_what_a_killed_call_left_goes_with_the_next_one(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        synthesize(tmp_path, **SMALL, progress=lambda done, total: os.kill(os.getpid(), signal.SIGKILL))
    os.waitpid(child, 0)
    assert len(list(tmp_path.iterdir())) == 1

    def running(done: int, total: int) -> None:
        assert len(list(tmp_path.iterdir())) == 1  # its own: that of the killed one is gone

    synthesize(tmp_path, **SMALL, progress=running)
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]


def test_two_calls_at_once_end_with_one_copy(tmp_path: Path) -> None:
    def other(done: int, total: int) -> None:
        if done == total:
            synthesize(tmp_path, **SMALL)

    synthesize(tmp_path, **SMALL, progress=other)
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]
    with pytest.raises(NasreidError, match="drawn with seed 0; expected 1"):
        synthesize(tmp_path / "x", **SMALL, seed=1,
                   progress=lambda done, total: done == total and synthesize(tmp_path / "x", **SMALL))


@pytest.mark.parametrize("size", [0, 100, 500])
def test_no_picture_is_torn_where_the_disk_is_full(tmp_path: Path, size: int) -> None:
    with room(size), pytest.raises(Unwritable, match="File too large"):
        synthesize(tmp_path, **SMALL)
    assert not (tmp_path / FOLDER).exists()


def test_other_arguments_are_refused_by_name(tmp_path: Path) -> None:
    synthesize(tmp_path, **SMALL)
    with pytest.raises(NasreidError, match=r"drawn with seed 0; expected 1"):
        synthesize(tmp_path, **SMALL, seed=1)
    for content in (b"[]", b"null", b"{", b"\xff", b"[" * 10_000, None):
        (tmp_path / FOLDER / people.MANIFEST).unlink()
        if content is not None:
            (tmp_path / FOLDER / people.MANIFEST).write_bytes(content)
        with pytest.raises(NasreidError, match="not drawn by nasreid"):
            synthesize(tmp_path, **SMALL)
    with pytest.raises(NasreidError, match=r"cameras 7: expected 2 to 6"):
        synthesize(tmp_path / "new", cameras=7)
    assert not (tmp_path / "new").exists()


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path, **SMALL, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_more_identities_or_cameras_leave_the_others_alone(tmp_path: Path) -> None:
    few = _digest(synthesize(tmp_path / "few", **SMALL) / "bounding_box_train")
    many = _digest(synthesize(tmp_path / "many", **{**SMALL, "identities": 6, "cameras": 3}) / "bounding_box_train")
    assert few.items() < many.items()


def test_seed_and_domain_change_every_picture(tmp_path: Path) -> None:
    plain = _digest(synthesize(tmp_path / "plain", **SMALL) / "query")
    for name, options in (("seed", {"seed": 1}), ("domain", {"domain": 1})):
        changed = _digest(synthesize(tmp_path / name, **SMALL, **options) / "query")
        assert changed.keys() == plain.keys()
        assert not set(changed.values()) & set(plain.values())


def test_infrared_adds_grey_pictures_of_the_same_people(tmp_path: Path) -> None:
    plain = _digest(synthesize(tmp_path / "plain", **SMALL) / "query")
    folder = synthesize(tmp_path / "both", **SMALL, infrared=True)
    assert _digest(folder / "query") == plain
    frame = read("market1501", folder, modalities="both")
    infrared = frame[frame["modality"] == "infrared"]
    assert set(infrared["identity"]) == set(frame["identity"])
    assert set(infrared["camera"]) == {3, 4}
    for path in infrared["path"]:
        red, green, blue = np.moveaxis(np.asarray(Image.open(path)).astype(int), 2, 0)
        assert max(abs(red - green).max(), abs(green - blue).max()) <= 3


def test_family_shares_colours_but_neither_texture_nor_reflectance() -> None:
    members = [person(0, FAMILY * 3 + member) for member in range(FAMILY)]
    assert len({(who.visible["top"], who.visible["top2"], who.visible["bottom"]) for who in members}) == 1
    assert len({who.texture for who in members}) == FAMILY
    assert len({who.infrared["top"] for who in members}) > 1
    assert person(0, 7) == person(0, 7) != person(1, 7)


def test_infrared_follows_the_visible_luminance_as_far_as_it_is_told() -> None:
    def clothes(correlation: float) -> float:
        crowd = [person(0, number, correlation) for number in range(400)]
        pairs = [(np.dot((0.299, 0.587, 0.114), who.visible[name]), who.infrared[name][0]) for who in crowd
                 for name in ("top", "bottom", "load")]
        return float(np.corrcoef(np.array(pairs).T)[0, 1])

    assert abs(clothes(0.0)) < 0.1
    assert 0.5 < clothes(0.6) < 0.7
    assert clothes(1.0) > 0.99
    one, other = person(0, 5), person(0, 5, 0.9)
    assert (one.visible, one.texture, one.gait) == (other.visible, other.texture, other.gait)
    assert max(map(max, other.infrared.values())) <= 255


def test_pictures_that_were_drawn_before_correlations_are_still_the_same(tmp_path: Path) -> None:
    small = {"identities": 2, "test_identities": 2, "cameras": 2, "shots": 2, "height": 16, "width": 8}
    folder = synthesize(tmp_path, **small)
    manifest = json.loads((folder / "nasreid.json").read_text())
    assert manifest.pop("infrared_correlation") == 0
    (folder / "nasreid.json").write_text(json.dumps(manifest))
    assert synthesize(tmp_path, **small) == folder
    with pytest.raises(NasreidError, match=r"drawn with infrared_correlation 0.0; expected 0.5"):
        synthesize(tmp_path, **small, infrared_correlation=0.5)
    (folder / "nasreid.json").write_text("[]")
    with pytest.raises(NasreidError, match="not drawn by nasreid"):
        synthesize(tmp_path, **small)


def test_crowd_uses_every_texture_and_load() -> None:
    crowd = [person(0, number) for number in range(200)]
    assert {who.texture for who in crowd} == set(TEXTURES)
    assert len({who.load for who in crowd}) == 6
    assert all(min(who.infrared[name]) == max(who.infrared[name]) for who in crowd for name in who.infrared)


@pytest.mark.parametrize("yaw", [0.0, 1.6, 3.1, 4.7])
def test_figure_stands_in_its_canvas(yaw: float) -> None:
    for number in range(1, 30):
        who = person(2, number)
        figure = draw(who, Pose(yaw=yaw, phase=1.0), fabrics(who))
        cover = np.asarray(figure)[..., 3]
        assert figure.mode == "RGBA"
        assert figure.size == SIZE
        assert set(np.unique(cover)) == {0, 255}
        assert 0.05 < (cover > 0).mean() < 0.5


def test_cameras_differ_and_infrared_ones_see_grey() -> None:
    one, other = camera(0, 0, 1), camera(0, 0, 2)
    assert not np.allclose(one.response, other.response)
    assert not np.allclose(one.response, camera(0, 1, 1).response)
    assert np.array_equal(one.response, camera(0, 0, 1).response)
    night = camera(0, 0, 7, infrared=True)
    assert (night.response == night.response[0]).all()
    assert (night.gamma == night.gamma[0]).all()


def test_manifest_tells_the_arguments(tmp_path: Path) -> None:
    found = json.loads((synthesize(tmp_path, **SMALL) / people.MANIFEST).read_text())
    assert {name: found[name] for name in SMALL} == SMALL
    assert (found["seed"], found["domain"], found["infrared"]) == (0, 0, False)
