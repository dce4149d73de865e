"""From the graph of a genotype to DOT, with every position in it, and from DOT to SVG, PNG and PDF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import networkx as nx

from nasreid.colours import ink, tint
from nasreid.fonts import fontconfig
from nasreid.layout import Layout, Point, arrange, spline

FONT = "DejaVu Sans,Verdana,Helvetica,sans-serif"  # the first two are alike in width, so SVG viewers agree with us
CHANGED, LINE = "#000000", "#444444"
PILL = (58.0, 26.0)
BOX = {"shape": "box", "style": "rounded,filled"}


def dot(graph: nx.DiGraph) -> str:
    """The DOT source of a graph of `nasreid.diagram.graph` (layout engine nop2): a cluster per group, and a legend."""
    import graphviz

    slots = {label: data for label, data in graph.nodes.items() if data["kind"] == "slot"}
    groups: dict[str, list[str]] = {}
    for label, data in slots.items():
        groups.setdefault(data["group"], []).append(label)
    box = _box(slots, groups)
    layout = arrange(groups, box, PILL)
    ids, clusters = _ids(graph), _ids(groups)
    source = graphviz.Digraph("genotype", graph_attr={"layout": "nop2", "fontname": FONT, "pad": "0.1"})
    source.attr("node", fontname=FONT, margin="0", fixedsize="shape", label="", **BOX)
    source.attr("edge", color=LINE, penwidth="1.4", arrowsize="0.7")
    for group, labels in groups.items():
        look = _frame(group, labels, layout)
        cluster = graphviz.Digraph(f"cluster {clusters[group]}", graph_attr=look)
        for label in labels:
            place = {"pos": _pos(layout.boxes[label]), **_size(box), "tooltip": graphviz.escape(label)}
            cluster.node(ids[label], **place, **_slot(slots[label], box[0], graph.graph))
        source.subgraph(cluster)
    for name, at in (("(input)", layout.start), ("(output)", layout.end)):
        look = {"fillcolor": "#FFFFFF", "color": LINE, "fontsize": "12"}
        source.node(ids[name], name.strip("()"), pos=_pos(at), **look, **_size(PILL))
    for (tail, head), path in zip(nx.utils.pairwise(graph), layout.paths, strict=True):
        source.edge(ids[tail], ids[head], pos=spline(path))
    _legend(source, graph.graph, layout)
    return source.source


def render(source: str, kind: str) -> bytes:
    """The picture ("svg", "png" or "pdf") of DOT source from `dot`."""
    with fontconfig():
        import pygraphviz  # Graphviz looks for fonts, once per process, when it is loaded

        drawing = pygraphviz.AGraph(string=source)
        if kind == "png":
            drawing.graph_attr["dpi"] = "200"
        return bytes(drawing.draw(format=kind, prog="nop2") or b"")


def _box(slots: Mapping[str, Mapping[str, Any]], groups: Iterable[str]) -> tuple[float, float]:
    texts = [(data["slot"], 9) for data in slots.values()] + [(data["choice"], 14) for data in slots.values()]
    texts += [(f"{data['before']} →", 9) for data in slots.values() if data["before"]]
    width = max([84.0, *(0.62 * size * len(word) + 16 for word, size in texts)])
    width = max([width, *(0.66 * 12 * len(group) - 4 for group in groups)])
    return width, 60.0 if any(data["probabilities"] for data in slots.values()) else 40.0


def _frame(group: str, labels: Sequence[str], layout: Layout) -> dict[str, str]:
    left, bottom, right, top = layout.groups[group]
    place = {"bb": f"{left:.2f},{bottom:.2f},{right:.2f},{top:.2f}", "lp": _pos(((left + right) / 2, top - 11))}
    if list(labels) == [group]:
        return {**place, "style": "invis"}
    look = {"style": "rounded,filled", "fillcolor": "#F3F3F3", "color": "#C9C9C9", "fontsize": "12", "fontname": FONT}
    return {**place, **look, "label": f"<<b>{escape(group)}</b>>"}


def _slot(data: Mapping[str, Any], width: float, look: Mapping[str, Any]) -> dict[str, str]:
    fill = look["colours"][data["choice"]]
    fill = tint(fill, 0.25) if look["compared"] and not data["before"] else fill
    rows = [_row(f"{data['before']} →" if data["before"] else data["slot"], 9), _row(data["choice"], 14, bold=True)]
    rows += _bar(data, width - 16, look["colours"]) if data["probabilities"] else []
    table = f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{"".join(rows)}</table>>'
    line = {"color": CHANGED, "penwidth": "3"} if data["before"] else {"color": fill, "penwidth": "1"}
    return {"label": table, "fillcolor": fill, "fontcolor": ink(fill), **line}


def _row(words: str, size: int, bold: bool = False) -> str:
    content = escape(words) or " "
    content = f"<b>{content}</b>" if bold else content
    return f'<tr><td><font point-size="{size}">{content}</font></td></tr>'


def _bar(data: Mapping[str, Any], width: float, palette: Mapping[str, str]) -> list[str]:
    shares = {name: round(p * (width - len(data["probabilities"]) - 1)) for name, p in data["probabilities"].items()}
    parts = "".join(
        f'<td fixedsize="true" width="{share}" height="5" bgcolor="{palette[name]}"></td>'
        for name, share in shares.items() if share > 0
    )  # fmt: skip
    bar = f'<table border="0" cellborder="0" cellspacing="1" cellpadding="0" bgcolor="#FFFFFF"><tr>{parts}</tr></table>'
    return [_row(f"{data['probabilities'].get(data['choice'], 0):.2f}", 9), f"<tr><td>{bar}</td></tr>"]


def _legend(source: Any, look: Mapping[str, Any], layout: Layout) -> None:
    import graphviz

    looks = [(name, {"fillcolor": colour, "color": colour}, ink(colour)) for name, colour in look["colours"].items()]
    if look["compared"]:
        looks.append(("changed", {"fillcolor": "#FFFFFF", "color": CHANGED, "penwidth": "3"}, CHANGED))
    widths = [0.6 * 12 * len(name) + 20 for name, *_ in looks]
    left = layout.start[0] - PILL[0] / 2 + max(0.0, layout.size[0] - sum(widths) - 8 * (len(looks) - 1)) / 2
    ids = _ids(name for name, *_ in looks)
    for (name, style, words), width in zip(looks, widths, strict=True):
        style |= {"pos": _pos((left + width / 2, -layout.size[1] - 26)), "fontcolor": words, **_size((width, 22))}
        source.node(f"(legend) {ids[name]}", graphviz.escape(name), fontsize="12", **style)
        left += width + 8


def _ids(words: Iterable[str]) -> dict[str, str]:
    """Names that DOT takes whatever the words (a colon, for one, would name a port in an edge)."""
    found: dict[str, str] = {}
    for word in words:
        name = re.sub(r"[^\w.() -]", "_", word) or "_"
        while name in found.values():
            name += "'"
        found[word] = name
    return found


def _pos(point: Point) -> str:
    return f"{point[0]:.2f},{point[1]:.2f}"


def _size(size: tuple[float, float]) -> dict[str, str]:
    return {"width": f"{size[0] / 72:.4f}", "height": f"{size[1] / 72:.4f}"}
