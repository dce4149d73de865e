"""Levels and rotation: what a picture means, whatever it is written in."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from nasreid.data.decode import decode, pixels
from nasreid.data.upright import ORIENTATION, TURN, upright
from nasreid.errors import NasreidError
from tests.data.miniature import tiff

GREY = np.tile(np.arange(256, dtype=np.uint8), (3, 1))
CORNERS = np.array([[0, 60, 120], [180, 240, 255]], np.uint8).repeat(16, 0).repeat(16, 1)  # told apart in JPEG, too


@pytest.mark.parametrize("name", ["deep.png", "deep.tif", "deep.jp2", "deep.pgm"])
def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("pgm"):
        path.write_bytes(b"P5 256 3 65535\n" + (GREY.astype(">u2") * 257).tobytes())
    else:
        Image.fromarray(GREY.astype(np.uint16) * 257).save(path)
    for found in (pixels(str(path)), np.asarray(decode(str(path)))):
        assert np.array_equal(found, np.repeat(GREY[..., None], 3, 2))


@given(st.integers(0, 65535))
def test_a_level_of_sixteen_bits_is_the_nearest_of_eight(level: int) -> None:
    image = Image.fromarray(np.full((1, 1), level, np.uint16))
    assert upright(image, "level").getpixel((0, 0)) == (round(level / 257),) * 3


def test_a_white_zero_and_twelve_bits_are_known_from_the_file(tmp_path: Path) -> None:
    image = Image.fromarray(GREY.astype(np.uint16) * 257)
    image.save(tmp_path / "white.tif", tiffinfo={262: 0})
    assert np.array_equal(pixels(str(tmp_path / "white.tif"))[..., 0], 255 - GREY)
    values = np.array([0, 4095, 2048, 16])
    packed = bytes([0x00, 0x0F, 0xFF, 0x80, 0x00, 0x10])  # two values in three bytes
    tags = {256: 4, 257: 1, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 6}
    (tmp_path / "twelve.tif").write_bytes(tiff(packed + b"\0\0", tags))
    assert pixels(str(tmp_path / "twelve.tif"))[0, :, 0].tolist() == [round(v * 255 / 4095) for v in values]


@pytest.mark.parametrize(("mode", "words"), [("F", "floating-point"), ("I", "32-bit")])
def test_levels_without_a_range_are_refused(tmp_path: Path, mode: str, words: str) -> None:
    path = str(tmp_path / "a.tif")
    Image.new(mode, (2, 2), 1).save(path)
    for read in (decode, pixels):
        with pytest.raises(NasreidError, match=rf"a\.tif: a picture of {words} levels, .*; expected 8 or 16 bits$"):
            read(path)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("number", range(1, 9))
def test_what_the_camera_noted_is_carried_out(tmp_path: Path, suffix: str, number: int) -> None:
    path = str(tmp_path / f"a.{suffix}")
    exif = Image.Exif()
    exif[ORIENTATION] = number
    options = {"quality": 95} if suffix == "jpg" else {"lossless": True} if suffix == "webp" else {}
    stored = Image.fromarray(CORNERS)
    back = {6: 8, 8: 6}.get(number, number)  # the others undo themselves
    (stored.transpose(TURN[back]) if number > 1 else stored).save(path, exif=exif, **options)
    for found in (pixels(path), pixels(path, "pillow"), np.asarray(decode(path))):
        assert found.shape == (32, 48, 3)
        assert np.abs(found[8::16, 8::16, 0].astype(int) - CORNERS[8::16, 8::16]).max() <= 3


def test_a_rotation_in_xmp_is_carried_out(tmp_path: Path) -> None:
    note = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    Image.fromarray(CORNERS).save(tmp_path / "a.jpg", xmp=note)
    assert pixels(str(tmp_path / "a.jpg")).shape == (48, 32, 3)


def test_only_what_comes_from_a_file_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.fromarray(CORNERS).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as opened:
        assert isinstance(opened, ImageFile.ImageFile)
        once = upright(opened, "a")
    assert once.size == (32, 48)
    assert upright(once, "a").size == (32, 48)
    assert upright(Image.fromarray(CORNERS).transpose(TURN[3]), "a").size == (48, 32)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(note=st.binary(max_size=40))
@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow says that a note is torn
def test_a_torn_note_costs_no_picture(tmp_path: Path, note: bytes) -> None:
    for suffix in ("jpg", "png"):
        path = str(tmp_path / f"a.{suffix}")
        Image.fromarray(CORNERS).save(path, exif=b"Exif\0\0II*\0\x08\0\0\0" + note)
        assert sorted(pixels(path).shape) == [3, 32, 48]
