import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nasreid.errors import NasreidError
from nasreid.pictures import ranked_lists as gallery


@pytest.fixture
def frame(tmp_path):
    rows = [(1, 1, "query"), (2, 1, "query")]
    rows += [(identity, camera, "gallery") for identity, camera in ((1, 1), (1, 2), (2, 2), (2, 3))]
    paths = [tmp_path / f"{i}.png" for i in range(len(rows))]
    for path, (identity, _, _) in zip(paths, rows, strict=True):
        Image.new("RGB", (16, 32), (200, 80 * identity, 0)).save(path)
    frame = pd.DataFrame(rows, columns=["identity", "camera", "split"])
    return frame.assign(path=[str(path) for path in paths], modality="visible")


DISTANCES = np.array([[0.0, 0.4, 0.3, 0.2], [0.5, 0.4, 0.3, 0.2]])


def titles(monkeypatch):
    found = []
    monkeypatch.setattr(gallery, "_crop", lambda axes, path, camera, colour, words: found.append((colour, words)))
    return found


def test_draws_a_row_per_query(frame, tmp_path):
    gallery.ranked_list(frame, DISTANCES, [0, 1], tmp_path / "out/ranked.png")
    pixels = np.asarray(Image.open(tmp_path / "out/ranked.png").convert("RGB")).reshape(-1, 3)
    for colour in (gallery.RIGHT, gallery.WRONG):
        assert (pixels == [int(colour[i : i + 2], 16) for i in (1, 3, 5)]).all(1).sum() > 100
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ranked.png"]


def test_ranks_like_the_evaluation(frame, tmp_path, monkeypatch):
    found = titles(monkeypatch)
    gallery.ranked_list(frame, DISTANCES[:1], [0], tmp_path / "a.png", top=3)
    right, wrong = gallery.RIGHT, gallery.WRONG
    assert found == [
        (gallery.QUERY, "query 1"), (wrong, "✗ 0.200"), (wrong, "✗ 0.300"), (right, "✓ 0.400")
    ]  # fmt: skip
    found.clear()
    gallery.ranked_list(frame, DISTANCES[1:], [1], tmp_path / "a.png", top=2)
    assert found[1:] == [(right, "✓ 0.200"), (right, "✓ 0.300")]
    found.clear()
    gallery.ranked_list(frame, DISTANCES[:1], [0], tmp_path / "a.png", top=1, same_camera_rule=False)
    assert found[1:] == [(right, "✓ 0.000")]


def test_bad_input_is_named(frame, tmp_path):
    with pytest.raises(NasreidError, match=r"\(2, 4\): expected \(1, 4\)"):
        gallery.ranked_list(frame, DISTANCES, [0], tmp_path / "a.png")
    with pytest.raises(NasreidError, match=r"queries \[0, 2\]: expected places from 0 to 1"):
        gallery.ranked_list(frame, DISTANCES, [0, 2], tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()
