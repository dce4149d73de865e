"""From the graph of a genotype to DOT, with every position in it, and from DOT to SVG, PNG and PDF."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx

from nasreid.errors import NasreidError
from nasreid.pictures.colours import ink
from nasreid.pictures.diagram.geometry import Point, spline
from nasreid.pictures.diagram.paint import CHANGED, LEAST, look, rows, shade
from nasreid.pictures.diagram.sketch import GREY
from nasreid.pictures.fonts import embed, few_colours, fontconfig
from nasreid.pictures.words import html, plain, written

if TYPE_CHECKING:
    import graphviz

FONT = "DejaVu Sans,Verdana,Helvetica,sans-serif"  # the first two are alike in width, so SVG viewers agree with us
DPI = 300  # what journals ask for


def dot(graph: nx.DiGraph) -> str:
    """The DOT source of a graph of `nasreid.pictures.diagram.graph`, engine nop2: clusters, and a legend."""
    import graphviz

    frames = graph.graph["frames"]
    ids, clusters = _ids(graph), _ids(frames)
    looks = {name: look(data, graph.graph["colours"], graph.graph["compared"]) for name, data in graph.nodes.items()}
    source = graphviz.Digraph("genotype", graph_attr={"layout": "nop2", "fontname": FONT, "pad": "0.04",
                                                      "outputorder": "edgesfirst"})
    source.attr("node", fontname=FONT, margin="0", fixedsize="shape", label="", shape="box", style="rounded,filled")
    source.attr("edge", color=GREY, penwidth="0.8", arrowsize="0.4")
    parts = {name: graphviz.Digraph(f"cluster {clusters[name]}", graph_attr=_frame(frame))
             for name, frame in frames.items()}
    for name, data in graph.nodes.items():
        style = looks[name]
        if style is not None:
            place = {"pos": _pos(data["at"]), **_size(data["size"]), "tooltip": plain(name),
                     "fontsize": f"{data['font']:g}"}
            parts.get(data["frame"], source).node(ids[name], **{**place, **style})
    for part in parts.values():
        source.subgraph(part)
    for tail, head, data in graph.edges(data=True):
        look_of_line = {} if data["tip"] else {"arrowhead": "none"}
        source.edge(ids[tail], ids[head], pos=spline(data["path"], data["tip"]), **look_of_line)
    if graph.graph.get("legend", True):
        _legend(source, graph.graph)
    return source.source


def parsed(source: str) -> Any:
    """The graph of DOT source, as pygraphviz has it; within `fontconfig`: Graphviz looks for fonts when it is loaded.

    Example: `nasreid.pictures.diagram.dot.render`.

    Raises:
        NasreidError: it cannot be loaded.
    """
    try:
        import pygraphviz
    except ImportError as error:
        raise NasreidError(f"pygraphviz cannot be loaded ({error}); expected the libraries of the system that its "
                           "wheel asks for (on Debian: libglib2.0-0 libxext6 libxrender1), or --no-draw") from error
    try:
        return pygraphviz.AGraph(string=source)  # by way of a temporary file
    except OSError as error:
        raise OSError(error.errno, error.strerror, tempfile.gettempdir()) from error


def render(source: str, kind: str, width: float | None = None) -> bytes:
    """The picture ("svg", "png" or "pdf") of DOT source from `dot`; it brings its own fonts.

    width: in centimetres, to which all of it is scaled.

    >>> render('digraph { a [pos="0,0"] }', "svg").count(b"<ellipse")
    1
    """
    with fontconfig():
        drawing = parsed(source)
        if kind == "png":
            drawing.graph_attr["dpi"] = str(DPI)
        if width is not None:
            drawing.graph_attr["size"] = f"{width / 2.54:.4f},400!"
        if kind == "pdf":
            drawing.graph_attr["margin"] = "0"  # half an inch of white around a page is a page's, not a picture's
        data = bytes(drawing.draw(format=kind, prog="nop2") or b"")
    return embed(written(data)) if kind == "svg" else few_colours(data, DPI) if kind == "png" else data


def _frame(frame: Mapping[str, Any]) -> dict[str, str]:
    (left, bottom, right, top), font = frame["corners"], frame["font"]
    place = {"bb": f"{left:.2f},{bottom:.2f},{right:.2f},{top:.2f}"}
    pale = {"style": "rounded,filled", "fillcolor": "#F3F3F3", "color": "#C9C9C9", "penwidth": "0.6"}
    if not frame["title"]:
        return {**place, **pale} if frame["bare"] else {**place, "style": "invis"}
    title = {"label": f"<<b>{html(frame['title'])}</b>>", "fontsize": f"{font:g}", "fontname": FONT,
             "lp": _pos((left + 0.36 * font * len(frame["title"]) + 4, top - 0.8 * font))}
    return {**place, **title, **pale}


def _legend(source: graphviz.Digraph, about: Mapping[str, Any]) -> None:
    """Under it all: the candidates, what a change looks like, and the scale of the shades."""
    entries: list[tuple[str, str, dict[str, str]]] = [
        (name, name, {"fillcolor": colour, "color": colour, "fontcolor": ink(colour)})
        for name, colour in about["colours"].items()]
    if about["compared"]:
        entries.append(("changed", "changed", {"fillcolor": "#FFFFFF", "color": CHANGED, "penwidth": "1.6"}))
    if about["hollow"]:
        entries.append(("not here", "not here", {"fillcolor": "#FFFFFF", "color": "#9A9A9A", "penwidth": "0.6",
                                                 "style": "rounded,filled,dashed"}))
    widths = [0.66 * 7 * len(words) + 8 for _, words, _ in entries]
    left, bottom, right, _ = about["corners"]
    scale = 96.0 if about["shaded"] else 0.0
    at, y = (left + right - sum(widths) - 5 * (len(widths) - 1) - scale) / 2, bottom - 14
    ids = _ids(name for name, *_ in entries)
    for (name, words, style), width in zip(entries, widths, strict=True):
        place = {"pos": _pos((at + width / 2, y)), **_size((width, 13))}
        source.node(f"(legend) {ids[name]}", plain(words), fontsize="7", **place, **style)
        at += width + 5
    if about["shaded"]:
        _scale(source, at + 6, y)


def _scale(source: graphviz.Digraph, x: float, y: float) -> None:
    for i, words in enumerate(("undecided", "sure")):
        width = 0.62 * LEAST * len(words)
        place = {"pos": _pos((x + width / 2 if i == 0 else x + 77 + width / 2, y)), **_size((width, 9))}
        source.node(f"(scale) {words}", label=rows([(words, LEAST, False)]), shape="plain", style="", **place)
    for i in range(4):
        place = {"pos": _pos((x + 50 + 7 * i, y)), **_size((7, 9))}
        source.node(f"(scale) {i}", fillcolor=shade("#444444", i / 3, 1000), color="#444444", penwidth="0.3",
                    style="filled", **place)


def _ids(words: Iterable[str]) -> dict[str, str]:
    """Names that DOT takes whatever the words (a colon would name a port in an edge); none is like the legend's."""
    found: dict[str, str] = {}
    for word in words:
        name = re.sub(r"^\((?=legend|scale)|[^\w.() -]", "_", word) or "_"
        while name in found.values():
            name += "'"
        found[word] = name
    return found


def _pos(point: Point) -> str:
    return f"{point[0]:.2f},{point[1]:.2f}"


def _size(size: tuple[float, float]) -> dict[str, str]:
    return {"width": f"{size[0] / 72:.4f}", "height": f"{size[1] / 72:.4f}"}
