import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nasreid.data import transforms
from nasreid.data.transforms import MEAN, STD, Augment, Plain
from nasreid.errors import NasreidError

SEEDS = st.integers(0, 10_000)


def _picture(height: int = 32, width: int = 16, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 256, size=(height, width, 3), dtype=np.uint8)


def test_plain_is_resize_and_normalise() -> None:
    picture = _picture()
    wanted = (picture.astype(np.float64) / 255 - MEAN) / STD
    made = Plain(32, 16)(Image.fromarray(picture))
    assert made.dtype == torch.float32
    np.testing.assert_allclose(made.numpy(), wanted.transpose(2, 0, 1), rtol=0, atol=1e-6)
    assert Plain(20, 10)(picture).shape == (3, 20, 10)
    assert Plain(20, 10)(Image.fromarray(picture[..., 0])).shape == (3, 20, 10)


def test_resize_averages_what_it_shrinks() -> None:
    board = np.zeros((64, 64, 3), dtype=np.uint8)
    board[::2] = 255
    shrunk = transforms.resize(board, 16, 16)[2:-2]
    assert abs(shrunk.astype(int) - 127).max() < 20


@given(SEEDS)
def test_augment_depends_on_its_generator_alone(seed: int) -> None:
    augment = Augment(24, 12, pad=3, jitter=(0.4, 0.4, 0.3, 0.1))
    picture = _picture(seed=seed)
    kept = picture.copy()
    once = augment(picture, np.random.default_rng(seed))
    again = augment.finish(augment.resize(picture), np.random.default_rng(seed))
    assert once.shape == (3, 24, 12)
    assert torch.isfinite(once).all()
    assert torch.equal(once, again)
    assert np.array_equal(picture, kept)


def test_switched_off_augment_is_plain() -> None:
    picture = _picture()
    off = Augment(32, 16, flip=0, pad=0, erase=0)
    assert torch.equal(off(picture, np.random.default_rng(0)), Plain(32, 16)(picture))


def test_flip_mirrors_with_its_probability() -> None:
    picture = _picture()
    rng = np.random.default_rng(0)
    flipped = [np.array_equal(transforms.flip(picture, rng), picture[:, ::-1]) for _ in range(400)]
    assert 160 < sum(flipped) < 240
    assert np.array_equal(transforms.flip(picture, rng, 1.0), picture[:, ::-1])


def test_pad_crop_reaches_every_place() -> None:
    picture = _picture(8, 4)
    rng = np.random.default_rng(0)
    padded = np.pad(picture, ((2, 2), (2, 2), (0, 0)))
    places = {padded[y : y + 8, x : x + 4].tobytes() for y in range(5) for x in range(5)}
    assert {transforms.pad_crop(picture, rng, 2).tobytes() for _ in range(400)} == places


@given(SEEDS, st.sampled_from(["mean", "official"]))
def test_erase_fills_one_rectangle_of_lawful_size(seed: int, fill: str) -> None:
    image = torch.full((3, 60, 30), 9.0)
    erased = transforms.erase(image, np.random.default_rng(seed), 1.0, fill)
    assert (image == 9).all()
    rows, columns = torch.nonzero((erased[0] != 9).any(1)).ravel(), torch.nonzero((erased[0] != 9).any(0)).ravel()
    box = erased[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    wanted = torch.tensor(transforms.ERASE_FILLS[fill])[:, None, None]
    assert torch.equal(box, wanted.expand_as(box))
    assert (erased != 9).sum() == box.numel()
    share, aspect = len(rows) * len(columns) / 1800, len(rows) / len(columns)
    assert 0.015 < share < 0.42
    assert 0.22 < aspect < 4.5


def test_erase_probability_and_unknown_fill() -> None:
    image = torch.ones(3, 16, 8)
    rng = np.random.default_rng(0)
    assert 160 < sum(not torch.equal(transforms.erase(image, rng), image) for _ in range(400)) < 240
    with pytest.raises(NasreidError, match=r"erase_fill 'white': expected one of mean, official"):
        Augment(16, 8, erase_fill="white")


@pytest.mark.parametrize("which", range(4))
def test_jitter_moves_one_property(which: int) -> None:
    picture = _picture()
    strength = tuple(0.3 if index == which else 0.0 for index in range(4))
    moved = transforms.jitter(picture, np.random.default_rng(1), strength)
    assert moved.shape == picture.shape
    assert moved.dtype == np.uint8
    assert not np.array_equal(moved, picture)
    grey = np.full((4, 4, 3), 100, dtype=np.uint8)
    unmoved = transforms.jitter(grey, np.random.default_rng(1), strength)
    assert (unmoved == 100).all() == (which != 0)
