"""Pictures need fonts. Matplotlib brings some, so every machine draws with those and none needs fonts of its own.

Graphviz finds them through fontconfig, whose settings and cache live in a temporary folder that goes with the process.
"""

from __future__ import annotations

import atexit
import base64
import functools
import html
import importlib.util
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nasreid.files import write_text
from nasreid.names import printable

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FACES = {"normal": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}
_FONTCONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern">
    <edit name="family" mode="prepend" binding="strong"><string>DejaVu Sans</string></edit>
  </match>
</fontconfig>
"""


def figure(width: float, height: float, layout: Literal["constrained"] | None = "constrained") -> Figure:
    """An empty matplotlib figure, in inches, without pyplot and its global state; layout None: its parts stay in place.

    To fit parts together takes most of the time of a picture with many of them.
    """
    with fontconfig():
        from matplotlib.figure import Figure  # importing it looks for fonts, and keeps what it finds

    return Figure(figsize=(width, height), layout=layout, dpi=150)


def save(drawing: Figure, target: Path | io.BytesIO, **options: Any) -> None:
    """`drawing.savefig` where every word is shown as it is written ("$" begins no formula), or refused by name.

    Characters that the fonts lack are spelt (`spelt`), in an SVG as well: matplotlib draws its letters as paths.
    """
    from matplotlib.axis import Axis
    from matplotlib.text import Text
    from matplotlib.ticker import FuncFormatter

    for axis in drawing.findobj(Axis):
        if isinstance(axis, Axis) and isinstance(names := axis.get_major_formatter(), FuncFormatter):
            axis.set_major_formatter(_names(names.func))  # of ticks, whose words it sets anew
    for text in drawing.findobj(Text):
        if isinstance(text, Text) and text.get_text():
            text.set_text(spelt(printable(text.get_text())))
            text.set_parse_math(False)
    if isinstance(target, io.BytesIO):
        drawing.savefig(target, **options)
        return
    content = io.BytesIO()  # Pillow, which writes the PNG, leaves a torn file on a full disk and says nothing
    drawing.savefig(content, **{"format": target.suffix[1:], **options})
    target.write_bytes(content.getvalue())


def legend(place: Axes | Figure, lines: Mapping[str, Artist], **options: Any) -> None:
    """A legend of {name: line}, with those names that matplotlib leaves out because they begin with "_"."""
    made = place.legend(list(lines.values()), [f" {name}" for name in lines], **options)
    for text, name in zip(made.get_texts(), lines, strict=True):
        text.set_text(name)


def few_colours(png: bytes, dpi: int = 150) -> bytes:
    """The same picture in 256 colours, more than flat colours and soft edges need."""
    from PIL import Image

    made = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").quantize(256).save(made, format="png", optimize=True, dpi=(dpi, dpi))
    return made.getvalue()


def _names(given: Callable[..., str]) -> Callable[..., str]:
    return lambda value, position: spelt(given(value, position))


def spelt(words: str) -> str:
    """The words with \\u6ce8 or alike in place of the characters that the fonts have no picture of."""
    if words.isascii():
        return words
    return "".join(letter if ord(letter) in _glyphs() else letter.encode("ascii", "backslashreplace").decode()
                   for letter in words)


@contextmanager
def fontconfig() -> Iterator[None]:
    """Inside, matplotlib and Graphviz find the fonts that matplotlib brings, and no others."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(_configuration())
    try:
        with _without_warnings():
            yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


def embed(svg: bytes) -> bytes:
    """An SVG picture with the glyphs that it needs inside, so that it looks the same in every viewer."""
    text = svg.decode()
    used = {html.unescape(word) for word in re.findall(r">([^<]+)</text>", text)}
    faces = "".join(_face(weight, "".join(sorted(set("".join(used))))) for weight in FACES)
    at = text.index(">", text.index("<svg")) + 1
    return f"{text[:at]}\n<style>{faces}</style>{text[at:]}".encode()


@functools.lru_cache(maxsize=32)
def _face(weight: str, characters: str) -> str:
    from fontTools import subset  # comes with matplotlib

    options = subset.Options(flavor="woff", layout_features=[], hinting=False, notdef_outline=True)
    options.drop_tables += ["FFTM"]  # FontForge's own, of no use to a viewer
    made = io.BytesIO()
    with subset.load_font(str(_folder() / FACES[weight]), options) as font:
        font.recalcTimestamp = False  # the same bytes whenever it is made
        cutter = subset.Subsetter(options)
        cutter.populate(text=characters)
        cutter.subset(font)
        subset.save_font(font, made, options)
    data = base64.b64encode(made.getvalue()).decode()
    return (f"@font-face{{font-family:'DejaVu Sans';font-weight:{weight};"
            f"src:url(data:font/woff;base64,{data}) format('woff')}}")


@functools.cache
def _glyphs() -> frozenset[int]:
    """The characters that both weights have."""
    from fontTools.ttLib import TTFont

    found = []
    for name in FACES.values():
        with TTFont(_folder() / name) as font:
            found.append(set(font.getBestCmap() or ()))
    return frozenset(set.intersection(*found))


def _folder() -> Path:
    found = importlib.util.find_spec("matplotlib")  # importing it would already look for fonts
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"


@functools.cache
def _configuration() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="nasreid-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    fonts, cache = html.escape(str(_folder())), html.escape(f"{folder}/cache")
    write_text(folder / "fonts.conf", _FONTCONFIG.format(fonts=fonts, cache=cache))
    return folder / "fonts.conf"


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Fontconfig comments, from C, on settings of the machine that we do not use; all else on stderr is passed on."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as heard:
        os.dup2(heard.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            heard.seek(0)
            os.write(2, b"".join(line for line in heard if not line.startswith(b"Fontconfig warning")))
