import numpy as np
import pytest

from nasreid.data.batches.jitter import jitter


@pytest.mark.parametrize("which", range(4))
def test_jitter_moves_one_property(which: int) -> None:
    picture = np.random.default_rng(0).integers(1, 256, size=(32, 16, 3), dtype=np.uint8)
    strength = tuple(0.3 if index == which else 0.0 for index in range(4))
    moved = jitter(picture, np.random.default_rng(1), strength)
    assert moved.shape == picture.shape
    assert moved.dtype == np.uint8
    assert not np.array_equal(moved, picture)
    grey = np.full((4, 4, 3), 100, dtype=np.uint8)
    unmoved = jitter(grey, np.random.default_rng(1), strength)
    assert (unmoved == 100).all() == (which != 0)


def test_brightness_and_contrast_are_what_they_say() -> None:
    picture = np.random.default_rng(0).integers(0, 256, size=(32, 16, 3), dtype=np.uint8)
    rng = np.random.default_rng(5)
    rng.permutation(4)
    factor = 1 + rng.uniform(-0.3, 0.3)
    brighter = np.clip(picture * factor, 0, 255)
    assert np.abs(jitter(picture, np.random.default_rng(5), (0.3, 0, 0, 0)) - brighter).max() < 0.51
    mean = (picture @ np.array([0.299, 0.587, 0.114])).mean()
    sharper = np.clip(mean + (picture - mean) * factor, 0, 255)
    assert np.abs(jitter(picture, np.random.default_rng(5), (0, 0.3, 0, 0)) - sharper).max() < 0.51
