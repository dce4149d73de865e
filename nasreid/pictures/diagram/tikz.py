"""A diagram as TikZ, for a paper: from the same DOT source as the other kinds, whose words LaTeX sets itself."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nasreid.pictures.diagram.dot import parsed
from nasreid.pictures.fonts import fontconfig
from nasreid.pictures.words import JOINER

# what LaTeX reads as a command, and letters that its old fonts lack
LETTERS = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
           "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
           "<": r"\textless{}", ">": r"\textgreater{}",
           "×": r"$\times$", "½": r"$\frac12$", "→": r"$\rightarrow$", "–": "--", "…": r"\dots{}"}
BOLD = "\\bfseries "
EVEN = r"\vphantom{Ay}"  # words stand on one line in boxes beside each other, whatever letters they have
LINE = re.compile(r'<font point-size="([\d.]+)">(<b>)?(.*?)(?:</b>)?</font>')
HEAD = """% nasreid draw: \\usepackage{tikz} and \\usetikzlibrary{arrows.meta} in the preamble, and \\input of this file
\\begin{tikzpicture}[x=1bp, y=1bp, inner sep=0pt, >={Latex[length=3bp, width=2.4bp]},
  line width=0.6bp, font=\\sffamily, every node/.style={anchor=center}]
"""


def tikz(source: str, scale: float = 1.0) -> str:
    """DOT source of `nasreid.pictures.diagram.dot` -> a tikzpicture of the same boxes, arrows and words.

    scale: of all of it, letters too.
    """
    with fontconfig():
        found = parsed(source)
    parts = [*(line for frame in found.subgraphs() for line in _frame(frame.graph_attr)),
             *(_arrow(edge.attr) for edge in found.edges()), *(_box(node.attr) for node in found.nodes())]
    colours = sorted({colour for part in parts for colour in re.findall(r"c([0-9A-F]{6})\b", part)})
    named = "\n".join(f"\\definecolor{{c{colour}}}{{HTML}}{{{colour}}}" for colour in colours)
    head = HEAD if scale == 1 else HEAD.replace("[x=1bp", f"[scale={scale:.4g}, transform shape, x=1bp")
    begin = head.replace("\\begin", f"{named}\n\\begin", 1).rstrip()
    return "\n".join([begin, *parts, "\\end{tikzpicture}", ""])


def escaped(words: str) -> str:
    """Words as LaTeX shows them.

    >>> escaped("50 % of a_b")
    '50 \\\\% of a\\\\_b'
    """
    return "".join(LETTERS.get(letter, letter) for letter in words.replace(JOINER, ""))


def _frame(look: Mapping[str, Any]) -> Iterator[str]:
    if look.get("style") == "invis" or not look.get("bb"):  # what no frame has, the graph does not know
        return
    left, bottom, right, top = look["bb"].split(",")
    yield (f"\\path[draw={_colour(look['color'])}, fill={_colour(look['fillcolor'])}, rounded corners=6bp] "
           f"({left},{bottom}) rectangle ({right},{top});")
    if look.get("label") and look.get("lp"):
        words = re.sub(r"</?b>", "", look["label"]).strip("<>")
        yield f"\\node[{_font(float(look['fontsize']), True)}] at ({look['lp']}) {{{escaped(html.unescape(words))}}};"


def _arrow(look: Mapping[str, Any]) -> str:
    tip = re.match(r"e,(\S+) ", look["pos"])
    start, *points = look["pos"][tip.end() if tip else 0:].split()
    curves = "".join(f" .. controls ({a}) and ({b}) .. ({c})" for a, b, c in zip(*[iter(points)] * 3, strict=False))
    end, to = ("->", f" -- ({tip[1]})") if tip and look["arrowhead"] != "none" else ("-", "")
    return f"\\draw[{end}, {_colour(look['color'])}] ({start}){curves}{to};"


def _box(look: Mapping[str, Any]) -> str:
    style, shape = look["style"] or "", look["shape"]
    width, height = (72 * float(look[size] or 0) for size in ("width", "height"))
    kind = [f"minimum width={width:.1f}bp", f"minimum height={height:.1f}bp"]
    if shape == "circle":
        kind = ["circle", f"minimum size={height:.1f}bp"]
    if "rounded" in style:
        kind.append(f"rounded corners={min(3.0, height / 3):.1f}bp")
    if "filled" in style:
        kind.append(f"fill={_colour(look['fillcolor'])}")
    if shape != "plain" and look["penwidth"] != "0":
        kind += [f"draw={_colour(look['color'])}", f"line width={float(look['penwidth'] or 1):g}bp"]
    if "dashed" in style:
        kind.append("dashed")
    kind += ["align=center", f"text={_colour(look['fontcolor'])}"]
    if sizes := [float(size) for size, _, _ in LINE.findall(look["label"] or "")]:
        kind.append(_font(max(sizes), False))  # LaTeX takes the distance of lines from it
    return f"\\node[{', '.join(kind)}] at ({look['pos']}) {{{_words(look)}}};"


def _words(look: Mapping[str, Any]) -> str:
    label = look["label"] or ""
    if not label.startswith("<"):
        plain = escaped(html.unescape(label).replace("\\\\", "\\"))
        return f"{_size(float(look['fontsize'] or 7))}{EVEN}{plain}" if label else ""
    lines = [_size(float(size)) + (BOLD if bold else "") + EVEN + escaped(html.unescape(words))
             for size, bold, words in LINE.findall(label)]
    return r"\\ ".join(f"{{{line}}}" for line in lines)


def _font(size: float, bold: bool) -> str:
    return f"font=\\sffamily{BOLD.rstrip() if bold else ''}{_size(size).rstrip()}"


def _size(size: float) -> str:
    return f"\\fontsize{{{size:g}bp}}{{{1.05 * size:.3g}bp}}\\selectfont "


def _colour(found: str | None) -> str:
    return f"c{found[1:].upper()}" if found and found.startswith("#") else "black"
