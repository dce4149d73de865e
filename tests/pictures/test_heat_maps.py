import numpy as np
import pytest
from PIL import Image

from nasreid.errors import NasreidError
from nasreid.pictures.heat_maps import margins, overlay, side_by_side


@pytest.fixture
def paths(tmp_path):
    for i in range(3):
        Image.new("RGB", (20, 40), (120, 120, 120)).save(tmp_path / f"{i}.png")
    return [str(tmp_path / f"{i}.png") for i in range(3)]


def test_what_is_strong_is_red_and_what_is_weak_is_blue():
    activation = np.zeros((4, 2), np.float32)
    activation[:2] = 1
    mixed = overlay(Image.new("RGB", (20, 40), (120, 120, 120)), activation)
    assert mixed.shape == (40, 20, 3)
    assert mixed[2, 10, 0] > mixed[2, 10, 2]
    assert mixed[37, 10, 0] < mixed[37, 10, 2]
    hidden = overlay(Image.new("RGB", (20, 40), (0, 0, 0)), activation, share=0)
    assert hidden.max() == 0


def test_networks_are_drawn_below_each_other(paths, tmp_path):
    maps = np.random.default_rng(0).random((3, 4, 2), dtype=np.float32)
    heights = []
    for names in (["A"], ["A", "B"]):
        side_by_side(paths, dict.fromkeys(names, maps), tmp_path / "a.png", (40, 20))
        with Image.open(tmp_path / "a.png") as image:
            heights.append(image.height)
    assert 1.4 < heights[1] / heights[0] < 1.6
    with pytest.raises(NasreidError, match="'A': 2 for 3 pictures"):
        side_by_side(paths, {"A": maps[:2]}, tmp_path / "b.png")


def test_margins_are_drawn_one_column_wide(tmp_path):
    rng = np.random.default_rng(0)
    margins({"A": rng.normal(0.5, 0.1, 50), "B": rng.normal(0.8, 0.1, 50)}, tmp_path / "m.png")
    margins({"alike": np.ones(3)}, tmp_path / "one.png")
    with Image.open(tmp_path / "m.png") as image:
        assert image.width == 1005
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert len(np.unique(pixels, axis=0)) > 50
