import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nasreid.data.decode import decode, pixels
from nasreid.errors import NasreidError
from tests.data.miniature import tiff
from tests.sources import ROOT, python_files


def _noise(seed: int = 0) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, size=(12, 6, 3), dtype=np.uint8)).resize((33, 65))


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("RGB", "JPEG", {}),
        ("RGB", "JPEG", {"progressive": True, "quality": 40}),
        ("RGB", "JPEG", {"subsampling": 1, "optimize": True}),
        ("RGB", "JPEG", {"keep_rgb": True}),
        ("L", "JPEG", {}),
        ("CMYK", "JPEG", {}),
        ("RGB", "PNG", {}),
        ("P", "PNG", {}),
        ("RGBA", "PNG", {}),
        ("RGB", "BMP", {}),
    ],
)
def test_both_decoders_give_pillows_pixels(tmp_path: Path, mode: str, kind: str, options: dict) -> None:
    path = str(tmp_path / "picture")
    _noise().convert(mode).save(path, kind, **options)
    wanted = np.asarray(decode(path))
    for decoder in ("fast", "pillow"):
        found = pixels(path, decoder)
        assert found.dtype == np.uint8
        assert np.array_equal(found, wanted)


def test_both_decoders_refuse_the_same_torn_files(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    _noise().save(buffer, "JPEG", restart_marker_rows=1)
    data = buffer.getvalue()
    path = tmp_path / "torn.jpg"

    def outcome(decoder: str) -> bytes | str:
        try:
            return pixels(str(path), decoder).tobytes()
        except NasreidError as error:
            return str(error)

    outcomes = []
    for length in [*range(0, len(data), 7), len(data) - 1, len(data)]:
        path.write_bytes(data[:length])
        outcomes.append(outcome("fast"))
        assert outcomes[-1] == outcome("pillow")
    assert isinstance(outcomes[-1], bytes)
    assert sum(isinstance(one, str) for one in outcomes) > len(outcomes) // 2


@pytest.mark.parametrize("decoder", ["fast", "pillow"])
def test_what_is_no_picture_is_named(tmp_path: Path, decoder: str) -> None:
    path = tmp_path / "words.jpg"
    path.write_bytes(b"\xff\xd8\xff but no picture")
    with pytest.raises(NasreidError, match=r"words\.jpg: truncated or not a picture; expected a whole picture file$"):
        pixels(str(path), decoder)
    with pytest.raises(NasreidError, match=r"gone\.jpg: no such file; expected a picture$"):
        pixels(str(tmp_path / "gone.jpg"), decoder)
    with pytest.raises(NasreidError, match=r"expected a picture$"):
        pixels(str(tmp_path), decoder)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.bmp", "a.webp"])
@pytest.mark.parametrize("decoder", ["fast", "pillow"])
def test_more_pixels_than_the_limit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, decoder: str
) -> None:
    Image.new("RGB", (8, 5)).save(tmp_path / name)
    monkeypatch.setattr("nasreid.data.decode.PIXELS", 40)
    assert pixels(str(tmp_path / name), decoder).shape == (5, 8, 3)
    monkeypatch.setattr("nasreid.data.decode.PIXELS", 39)
    with pytest.raises(NasreidError, match=r"a picture of 8 x 5 = 40 pixels; expected at most 39$"):
        pixels(str(tmp_path / name), decoder)


def _huge(path: Path, side: int) -> None:
    """A grey PNG of side x side pixels that says so in its head, and has none of them."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = chunk(b"IHDR", side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0]))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))


@pytest.mark.parametrize("side", [10_000, 13_000, 100_000])  # Pillow warns of the first two and refuses the third
def test_a_bomb_is_refused_before_it_is_unpacked_and_without_a_warning(tmp_path: Path, side: int) -> None:
    _huge(tmp_path / "bomb.png", side)
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(NasreidError, match=rf"bomb\.png: a picture of {side} x {side} = {side**2} pixels; expected at"):
        decode(str(tmp_path / "bomb.png"))
    assert before == Image.MAX_IMAGE_PIXELS


def test_a_piece_of_a_tiff_file_may_not_be_larger_than_a_picture(tmp_path: Path) -> None:
    tags = {256: 4, 257: 1, 258: 8, 259: 8, 262: 1, 277: 1, 322: 2**16, 323: 2**16, 324: 8, 325: 8}
    (tmp_path / "a.tif").write_bytes(tiff(bytes(8), tags))
    with pytest.raises(NasreidError, match=r"a\.tif: a picture of 65536 x 65536"):
        decode(str(tmp_path / "a.tif"))


def test_what_another_program_would_paint_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2)).save(tmp_path / "a.jpg", "EPS")
    with pytest.raises(NasreidError, match=r"a\.jpg: a picture in EPS; expected one of JPEG"):
        decode(str(tmp_path / "a.jpg"))


def test_one_place_opens_pictures() -> None:
    ours = {"nasreid/data/decode.py": "here",
            "nasreid/pictures/fonts.py": "a chart of ours, which it has just made"}
    found = {file for file in python_files("nasreid", "spaces", "strategies", "objectives")
             if "Image.open(" in (ROOT / file).read_text(encoding="utf-8")}
    assert found == set(ours)
