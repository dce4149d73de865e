import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nasreid.data.decode import decode, pixels
from nasreid.errors import NasreidError


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
    with pytest.raises(NasreidError, match=r"words\.jpg: truncated or not a picture; expected a complete JPEG file$"):
        pixels(str(path), decoder)
    with pytest.raises(NasreidError, match=r"gone\.jpg: no such file; expected a picture$"):
        pixels(str(tmp_path / "gone.jpg"), decoder)
    with pytest.raises(NasreidError, match=r"expected a picture$"):
        pixels(str(tmp_path), decoder)
