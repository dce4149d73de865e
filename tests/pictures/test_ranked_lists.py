import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nasreid.errors import NasreidError
from nasreid.evaluation.protocol import Trial
from nasreid.evaluation.ranked import ranked
from nasreid.evaluation.removal import OWN_CAMERA
from nasreid.pictures import ranked_lists as gallery

FEATURES = np.array([[0.0], [1.0], [0.0], [0.4], [0.3], [0.2]])
TRIAL = Trial(np.array([0, 1]), np.array([2, 3, 4, 5]))


@pytest.fixture
def frame(tmp_path):
    rows = [(1, 1, "query"), (2, 1, "query")]
    rows += [(identity, camera, "gallery") for identity, camera in ((1, 1), (1, 2), (2, 2), (2, 3))]
    paths = [tmp_path / f"{i}.png" for i in range(len(rows))]
    for path, (identity, _, _) in zip(paths, rows, strict=True):
        Image.new("RGB", (16, 32), (200, 80 * identity, 0)).save(path)
    frame = pd.DataFrame(rows, columns=["identity", "camera", "split"])
    return frame.assign(path=[str(path) for path in paths], modality="visible")


def lists(frame, queries, top=10):
    return ranked(frame, TRIAL, FEATURES, queries, OWN_CAMERA, top, normalise=False)


def test_draws_a_row_per_query(frame, tmp_path):
    gallery.draw_lists(lists(frame, [0, 1]), tmp_path / "out/ranked.png")
    pixels = np.asarray(Image.open(tmp_path / "out/ranked.png").convert("RGB")).reshape(-1, 3)
    for colour in (gallery.RIGHT, gallery.WRONG):
        assert (pixels == [int(colour[i : i + 2], 16) for i in (1, 3, 5)]).all(1).sum() > 100
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ranked.png"]


def test_shows_plain_distances_and_cameras_as_they_are_called(frame, tmp_path, monkeypatch):
    found = []
    monkeypatch.setattr(gallery, "_crop", lambda axes, path, camera, colour, words: found.append((camera, words)))
    gallery.draw_lists(lists(frame.assign(camera=[1, 1, 1, -1, 2, 3]), [0]), tmp_path / "a.png")
    assert found == [(1, "query 1"), (3, "✗ 0.200"), (2, "✗ 0.300"), ("–", "✓ 0.400")]


def test_a_name_with_dollars_is_no_formula(frame, tmp_path):
    names = frame.assign(identity_name="$\\x_{$", camera_name="$a$b$")
    gallery.draw_lists(lists(names, [0]), tmp_path / "a.png")
    assert (tmp_path / "a.png").is_file()


def test_lists_without_a_row_are_refused(frame, tmp_path):
    with pytest.raises(NasreidError, match="ranked lists of no image"):
        gallery.draw_lists(lists(frame, [0]).iloc[:0], tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()
