"""What the boxes of a sketch look like for a genotype: colours of the choices, shades of probabilities, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nasreid.pictures.colours import NOTHING, ink, tint
from nasreid.pictures.diagram.sketch import GREY
from nasreid.pictures.words import html

CHANGED, EMPTY, PART = "#000000", "#FFFFFF", "#FFFFFF"
LEAST = 7.0  # points: what journals ask of letters, where a box has room for them
WIDE = 0.66  # of a letter, as a share of its size
FAINT = 0.12  # what is left of a colour where a probability says nothing


def look(data: Mapping[str, Any], palette: Mapping[str, str], compared: bool) -> dict[str, str] | None:
    """Graphviz attributes of one box of `nasreid.pictures.diagram.diagram.graph`; None when it is not drawn."""
    if data["decision"] is None:
        return _part(data)
    if data["role"] == "mark":
        mark = {"label": "", "fillcolor": CHANGED, "color": CHANGED, "penwidth": "0"}
        return mark if data["before"] else None
    if data["role"] == "tile":
        return _tile(data, palette, compared) if data["choice"] in data["only"] else None
    return _hollow(data, palette, compared) if data["only"] else _slot(data, palette, compared)


def shade(colour: str, share: float, candidates: int) -> str:
    """`colour` for a probability: almost white where all candidates are alike, pure where one has it all.

    >>> shade("#336699", 0.5, 2), shade("#336699", 1.0, 2)
    ('#E7EDF3', '#336699')
    """
    alike = 1 / max(2, candidates)
    certain = min(1.0, max(0.0, (share - alike) / (1 - alike)))
    return tint(colour, FAINT + (1 - FAINT) * certain)


def fitted(words: str, font: float, size: tuple[float, float]) -> float:
    """The size of letters in a box (width, height): `font`, raised to `LEAST` as far as there is room.

    >>> fitted("3×3", 5.0, (40.0, 12.0)), fitted("attention", 5.0, (40.0, 12.0))
    (7.0, 6.5)
    """
    room = min((size[0] - 1) / (WIDE * max(1, len(words))), size[1] / 1.1)
    return max(font, min(LEAST, round(2 * room - 0.5) / 2))


def rows(lines: Sequence[tuple[str, float, bool]]) -> str:
    """Lines (words, size in points, bold) as an HTML-like label of Graphviz.

    >>> rows([("attention", 7.0, True)]).count("<b>")
    1
    """
    cells = "".join(f"<tr><td>{_font(words, size, bold)}</td></tr>" for words, size, bold in lines)
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{cells}</table>>'


def _part(data: Mapping[str, Any]) -> dict[str, str]:
    font = max(data["font"], LEAST) if data["role"] == "text" else fitted(data["words"], data["font"], data["size"])
    words = {"label": rows([(data["words"], font, data["bold"])]) if data["words"] else ""}
    if data["role"] == "line":
        return {"label": "", "style": "filled", "fillcolor": GREY, "color": GREY, "penwidth": "0"}
    if data["role"] == "absent":
        return {**words, "fillcolor": EMPTY, "color": NOTHING, "fontcolor": "#9A9A9A", "style": "rounded,filled,dashed",
                "penwidth": "0.6"}
    if data["role"] == "text":
        return {**words, "shape": "plain", "style": "", "fontcolor": "#222222"}
    if data["shape"] == "point":
        return {**words, "fillcolor": GREY, "color": GREY, "shape": "circle", "style": "filled"}
    style = {"shape": "circle", "style": "filled"} if data["shape"] == "circle" else {}
    return {**words, "fillcolor": PART, "color": "#9A9A9A", "penwidth": "0.6", "fontcolor": "#222222", **style}


def _slot(data: Mapping[str, Any], palette: Mapping[str, str], compared: bool) -> dict[str, str]:
    chances, choice = data["probabilities"], data["choice"]
    fill = NOTHING if data["faint"] else palette.get(choice, EMPTY)
    line = fill if fill != EMPTY else "#6E6E6E"
    if data["faint"]:
        fill = EMPTY
    elif chances and fill != EMPTY:
        fill = shade(fill, chances.get(choice, 0.0), len(chances))
    elif compared and not data["before"]:
        fill = tint(fill, 0.25)
    lines = [(data["words"] or choice, data["font"], True)]
    if data["before"]:
        lines.insert(0, _small(f"{data['before']} →", data))
    if data["slot"]:
        lines.insert(0, _small(data["slot"], data))
    if chances and not data["before"]:
        lines.append(_small(f"{chances.get(choice, 0.0):.2f}", data))
    font = NOTHING if data["faint"] else ink(fill)
    return {"label": rows(lines), "fillcolor": fill, "fontcolor": font, **_line(data, line)}


def _small(words: str, data: Mapping[str, Any]) -> tuple[str, float, bool]:
    """A line beside the choice, in what is left of the height of its box."""
    lines = bool(data["slot"]) + bool(data["probabilities"] or data["before"])
    left = (data["size"][1] - 1.15 * data["font"]) / max(1, lines)
    return words, fitted(words, max(5.0, 0.7 * data["font"]), (data["size"][0], left)), False


def _hollow(data: Mapping[str, Any], palette: Mapping[str, str], compared: bool) -> dict[str, str]:
    """A box that is there for some candidates only; undecided, it has the sum of their probabilities."""
    chances, here = data["probabilities"], data["choice"] in data["only"]
    was = data["before"] in data["only"] if data["before"] else here
    colour = palette[data["choice"]] if here else _first(data["only"], chances, palette)
    words = [(data["words"], data["font"], True)]
    if chances:
        share = sum(chances.get(name, 0.0) for name in data["only"])
        fill = tint(colour, share)
        words = [(f"{data['words']} {share:.2f}", 0.85 * data["font"], False)]
    else:
        fill = EMPTY if not here else tint(colour, 0.25) if compared and not data["before"] else colour
    words = words if here or was or chances else []
    line = _line(data, colour) if here else {"color": "#9A9A9A", "penwidth": "0.6"}
    line |= {"color": CHANGED, "penwidth": "1.6"} if here != was else {}
    line |= {} if here or chances else {"style": "rounded,filled,dashed"}
    font = ink(fill) if here or chances else GREY
    return {"label": rows(words) if words else "", "fillcolor": fill, "fontcolor": font, **line}


def _tile(data: Mapping[str, Any], palette: Mapping[str, str], compared: bool) -> dict[str, str]:
    chances, fill = data["probabilities"], palette[data["choice"]]
    if chances:
        fill = shade(fill, chances.get(data["choice"], 0.0), len(chances))
    elif compared and not data["before"]:
        fill = tint(fill, 0.3)
    line = {"color": palette[data["choice"]], "penwidth": "0.3"} if chances else {"color": fill, "penwidth": "0"}
    return {"label": "", "fillcolor": fill, "style": "filled", **line}


def _first(names: Sequence[str], chances: Mapping[str, float], palette: Mapping[str, str]) -> str:
    known = [name for name in names if name in palette]
    return palette[max(known, key=lambda name: chances.get(name, 0.0))] if known else NOTHING


def _line(data: Mapping[str, Any], fill: str) -> dict[str, str]:
    return {"color": CHANGED, "penwidth": "1.6"} if data["before"] else {"color": fill, "penwidth": "0.6"}


def _font(words: str, size: float, bold: bool) -> str:
    content = html(words) or " "
    return f'<font point-size="{size:g}">{f"<b>{content}</b>" if bold else content}</font>'
