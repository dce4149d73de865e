import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nasreid.data.batches.resize import resize_all

SIZES = st.tuples(st.integers(1, 90), st.integers(1, 60))


def _picture(size: tuple[int, int], seed: int) -> np.ndarray:
    """Coarse noise under fine noise."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, size=(4, 3, 3), dtype=np.uint8)).resize(size[::-1])
    return np.clip(np.asarray(coarse, dtype=int) + rng.integers(-40, 40, (*size, 3)), 0, 255).astype(np.uint8)


def _pillow(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


@settings(max_examples=60)
@given(st.lists(SIZES, min_size=1, max_size=6), SIZES, st.integers(0, 99))
def test_fast_is_within_one_level_of_pillow(sizes: list[tuple[int, int]], target: tuple[int, int], seed: int) -> None:
    pictures = [_picture(size, seed) for size in sizes]
    wanted = np.stack([_pillow(picture, *target) for picture in pictures]).astype(int)
    assert np.array_equal(resize_all(pictures, *target, decoder="pillow"), wanted)
    assert np.abs(resize_all(pictures, *target) - wanted).max() <= 1


@settings(max_examples=60)
@given(st.lists(SIZES, min_size=1, max_size=4), SIZES, st.integers(0, 99))
def test_a_picture_does_not_depend_on_its_company(sizes: list[tuple[int, int]], target: tuple[int, int], seed: int):
    pictures = [_picture(size, seed + number) for number, size in enumerate(sizes + sizes)]
    together = resize_all(pictures, *target)
    alone = np.concatenate([resize_all([picture], *target) for picture in pictures])
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("decoder", ["fast", "pillow"])
def test_what_fits_is_left_alone(decoder: str) -> None:
    picture = _picture((32, 16), 0)
    assert np.array_equal(resize_all([picture], 32, 16, decoder)[0], picture)
    assert resize_all([], 32, 16, decoder).shape == (0, 32, 16, 3)


def test_resize_averages_what_it_shrinks() -> None:
    board = np.zeros((64, 64, 3), dtype=np.uint8)
    board[::2] = 255
    shrunk = resize_all([board], 16, 16)[0, 2:-2]
    assert abs(shrunk.astype(int) - 127).max() < 20
