import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nasreid.data.batches import transforms
from nasreid.data.batches.packed import ERASE_FILLS, MEAN, STD, Packed
from nasreid.data.batches.transforms import Augment, Plain
from nasreid.errors import NasreidError

SEEDS = st.integers(0, 10_000)


def _picture(height: int = 32, width: int = 16, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 256, size=(height, width, 3), dtype=np.uint8)


def _draw(augment: Augment, picture: np.ndarray, seed: int = 0) -> torch.Tensor:
    """One augmented picture (3, H, W), as a batch of it would be."""
    rng = np.random.default_rng(seed)
    drawn = np.zeros((1, augment.height, augment.width, 3), dtype=np.uint8)
    box = augment.draw(augment.resize(picture), rng, lambda rng: augment.resize(_picture(seed=99)), drawn[0])
    one = torch.zeros(1, dtype=torch.int64)
    return Packed(torch.from_numpy(drawn), [box], augment.fill, one, one).to("cpu").images[0]


def _cropped(picture: np.ndarray, rng: np.random.Generator, pad: int) -> np.ndarray:
    into = np.zeros_like(picture)
    transforms.pad_crop(picture, rng, pad, into)
    return into


def test_plain_is_resize_and_normalise() -> None:
    picture = _picture()
    wanted = (picture.astype(np.float64) / 255 - MEAN) / STD
    made = Plain(32, 16)(Image.fromarray(picture))
    assert made.dtype == torch.float32
    np.testing.assert_allclose(made.numpy(), wanted.transpose(2, 0, 1), rtol=0, atol=1e-6)
    assert Plain(20, 10)(picture).shape == (3, 20, 10)
    assert Plain(20, 10)(Image.fromarray(picture[..., 0])).shape == (3, 20, 10)


@given(SEEDS)
def test_augment_depends_on_its_generator_alone(seed: int) -> None:
    augment = Augment(24, 12, pad=3, jitter=(0.4, 0.4, 0.3, 0.1), patch=0.5)
    picture = _picture(seed=seed)
    kept = picture.copy()
    once, again = _draw(augment, picture, seed), _draw(augment, picture, seed)
    assert once.shape == (3, 24, 12)
    assert torch.isfinite(once).all()
    assert torch.equal(once, again)
    assert np.array_equal(picture, kept)


def test_switched_off_augment_is_plain() -> None:
    picture = _picture()
    off = Augment(32, 16, flip=0, pad=0, erase=0)
    assert torch.equal(_draw(off, picture), Plain(32, 16)(picture))


def test_erased_augment_is_filled_after_normalisation() -> None:
    picture = _picture()
    for fill, colour in ERASE_FILLS.items():
        erased = _draw(Augment(32, 16, flip=0, pad=0, erase=1.0, erase_fill=fill), picture)
        changed = (erased != Plain(32, 16)(picture)).all(0)
        assert 0.01 < changed.float().mean() < 0.45
        assert torch.equal(erased[:, changed], torch.tensor(colour)[:, None].expand(3, int(changed.sum())))


def test_flip_mirrors_with_its_probability() -> None:
    picture = _picture()
    rng = np.random.default_rng(0)
    flipped = [np.array_equal(transforms.flip(picture, rng), picture[:, ::-1]) for _ in range(400)]
    assert 160 < sum(flipped) < 240
    assert np.array_equal(transforms.flip(picture, rng, 1.0), picture[:, ::-1])


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 15), SEEDS)
def test_pad_crop_is_a_window_of_the_padded_picture(height: int, width: int, pad: int, seed: int) -> None:
    picture = _picture(height, width)
    top, left = np.random.default_rng(seed).integers(0, 2 * pad + 1, size=2)
    padded = np.pad(picture, ((pad, pad), (pad, pad), (0, 0)))
    window = padded[top : top + height, left : left + width]
    assert np.array_equal(_cropped(picture, np.random.default_rng(seed), pad), window)


def test_pad_crop_reaches_every_place() -> None:
    picture = _picture(8, 4)
    rng = np.random.default_rng(0)
    padded = np.pad(picture, ((2, 2), (2, 2), (0, 0)))
    places = {padded[y : y + 8, x : x + 4].tobytes() for y in range(5) for x in range(5)}
    assert {_cropped(picture, rng, 2).tobytes() for _ in range(400)} == places


def test_patch_only_where_it_is_asked_for() -> None:
    picture = _picture()
    plain = Plain(32, 16)(picture)
    never, always = (Augment(32, 16, flip=0, pad=0, erase=0, patch=patch) for patch in (0.0, 1.0))
    assert all(torch.equal(_draw(never, picture, seed), plain) for seed in range(9))
    changed = [float((_draw(always, picture, seed) != plain).any(0).float().mean()) for seed in range(99)]
    assert 0 < max(changed) <= 0.51
    assert sum(share > 0 for share in changed) > 60  # a very long patch does not fit and is left out


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"erase_fill": "white"}, r"erase_fill 'white': expected one of mean, official"),
        ({"decoder": "magic"}, r"decoder 'magic': expected one of fast, pillow"),
        ({"patch": 1.5}, r"patch 1.5: expected a probability, 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused(option: dict, message: str) -> None:
    with pytest.raises(NasreidError, match=message):
        Augment(16, 8, **option)
