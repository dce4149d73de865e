"""Genotypes as pictures: genotype -> networkx graph -> DOT -> SVG, PNG, PDF; and as text, and their difference.

Slots of one group (the part of a label before its last dot) share a column; arrows follow the order of the decisions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from nasreid.colours import colours, ink, tint
from nasreid.errors import NasreidError
from nasreid.files import write
from nasreid.layout import Layout, arrange, spline

if TYPE_CHECKING:
    import pandas as pd

    from nasreid.genotype import Genotype

SUFFIXES = (".svg", ".png", ".pdf", ".dot")
FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"
CHANGED = "#000000"
PILL = (58.0, 26.0)
BOX = {"shape": "box", "style": "rounded,filled"}


def graph(
    genotype: Genotype,
    candidates: Mapping[str, Sequence[str]] | None = None,
    probabilities: Mapping[str, Mapping[str, float]] | None = None,
    before: Genotype | None = None,
) -> nx.DiGraph:
    """Decisions as nodes, in the order in which they follow each other, between the ends "(input)" and "(output)".

    candidates {label: names} makes the legend name also what was not chosen; probabilities {label: {name: p}} are
    shown in the slots; with `before`, the slots in which the two genotypes differ are marked.
    """
    names = {name for options in (candidates or probabilities or {}).values() for name in options}
    changes = {} if before is None else _changes(before, genotype)
    found = nx.DiGraph(space=genotype.space, compared=before is not None)
    found.add_node("(input)", kind="end")
    for group, labels in _groups(genotype.choices).items():
        for label in labels:
            found.add_node(label, kind="slot", group=group, slot=label.rpartition(".")[2])
            found.nodes[label].update(choice=genotype.choices[label], before=changes.get(label))
            found.nodes[label]["probabilities"] = dict((probabilities or {}).get(label, {}))
    found.add_node("(output)", kind="end")
    order = list(found)
    found.add_edges_from(zip(order, order[1:], strict=False))
    chosen = {*genotype.choices.values(), *(change for change in changes.values())}
    found.graph["colours"] = colours(names | chosen)
    return found


def dot(graph: nx.DiGraph) -> str:
    """The DOT source of a graph of `graph`, with every position in it (layout engine nop2)."""
    import graphviz

    slots = {label: data for label, data in graph.nodes.items() if data["kind"] == "slot"}
    groups: dict[str, list[str]] = {}
    for label, data in slots.items():
        groups.setdefault(data["group"], []).append(label)
    box = _box(slots, groups)
    layout = arrange(groups, box, PILL)
    source = graphviz.Digraph("genotype", graph_attr={"layout": "nop2", "fontname": FONT, "pad": "0.1"})
    source.attr("node", fontname=FONT, margin="0", fixedsize="shape", label="")
    source.attr("edge", color="#444444", penwidth="1.4", arrowsize="0.7")
    for group, labels in groups.items():
        with source.subgraph(name=f"cluster {group}", graph_attr=_frame(group, layout)) as cluster:
            for label in labels:
                _slot(cluster, label, slots[label], layout.boxes[label], box, graph.graph)
    for name, at in (("(input)", layout.start), ("(output)", layout.end)):
        look = {"fillcolor": "#FFFFFF", "color": "#444444", "fontsize": "12"}
        source.node(name, name.strip("()"), pos=_pos(at), **BOX, **look, **_size(PILL))
    for (tail, head), path in zip(nx.utils.pairwise(graph), layout.paths, strict=True):
        source.edge(_id(tail), _id(head), pos=spline(path))
    _legend(source, graph.graph, layout)
    return source.source


def draw(
    genotype: Genotype,
    path: str | Path,
    candidates: Mapping[str, Sequence[str]] | None = None,
    probabilities: Mapping[str, Mapping[str, float]] | None = None,
    before: Genotype | None = None,
) -> None:
    """Write the diagram; the suffix (.svg, .png, .pdf, .dot) decides the kind. The other arguments are `graph`'s."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise NasreidError(f"diagram {str(path)!r}: expected a name that ends in {', '.join(SUFFIXES)}")
    source = dot(graph(genotype, candidates, probabilities, before))
    data = source.encode() if suffix == ".dot" else _render(source, suffix[1:])
    write(path, lambda draft: draft.write_bytes(data))


def difference(a: Genotype, b: Genotype) -> pd.DataFrame:
    """One row per decision: label, first, second, changed. The two genotypes must have the same labels."""
    import pandas as pd

    changes = _changes(a, b)
    rows = [(label, a.choices[label], name, label in changes) for label, name in b.choices.items()]
    return pd.DataFrame(rows, columns=pd.Index(["label", "first", "second", "changed"]))


def text(genotype: Genotype) -> str:
    """A compact table for the terminal, one line per group."""
    groups = _groups(genotype.choices)
    cells = [[group, *(f"{s.rpartition('.')[2]}={genotype.choices[s]}" for s in labels)] for group, labels in groups.items()]
    columns = max((len(row) for row in cells), default=0)
    widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(columns)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in cells]
    return "\n".join([f"{genotype.space}, {len(genotype.choices)} decisions", *lines])


def _groups(labels: Mapping[str, Any]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(label.rpartition(".")[0], []).append(label)
    return groups


def _changes(a: Genotype, b: Genotype) -> dict[str, str]:
    odd = sorted(set(a.choices) ^ set(b.choices))
    if odd:
        raise NasreidError(f"choice {odd[0]!r} is in one of the two genotypes only: expected the same choices in both")
    return {label: a.choices[label] for label, name in b.choices.items() if a.choices[label] != name}


def _box(slots: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Any]) -> tuple[float, float]:
    texts = [(data["slot"], 9) for data in slots.values()] + [(data["choice"], 14) for data in slots.values()]
    texts += [(f"{data['before']} →", 9) for data in slots.values() if data["before"]]
    width = max([84.0, *(0.62 * size * len(word) + 16 for word, size in texts)])
    width = max([width, *(0.66 * 12 * len(group) - 4 for group in groups)])
    return width, 56.0 if any(data["probabilities"] for data in slots.values()) else 40.0


def _frame(group: str, layout: Layout) -> dict[str, str]:
    left, bottom, right, top = layout.groups[group]
    look = {"style": "rounded,filled", "fillcolor": "#F3F3F3", "color": "#C9C9C9", "fontsize": "12"}
    title = {"label": f"<<b>{escape(group)}</b>>" if group else "", "lp": _pos(((left + right) / 2, top - 11))}
    return {**look, **title, "bb": f"{left:.2f},{bottom:.2f},{right:.2f},{top:.2f}", "fontname": FONT}


def _slot(cluster: Any, label: str, data: Any, at: Any, box: tuple[float, float], look: Mapping[str, Any]) -> None:
    faded = look["compared"] and not data["before"]
    fill = look["colours"][data["choice"]]
    fill = tint(fill, 0.25) if faded else fill
    small = f"{data['before']} →" if data["before"] else data["slot"]
    rows = [_row(small, 9), _row(data["choice"], 14, bold=True)]
    rows += _bar(data, box[0] - 16, look["colours"]) if data["probabilities"] else []
    table = f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{"".join(rows)}</table>>'
    line = {"color": CHANGED, "penwidth": "3"} if data["before"] else {"color": fill, "penwidth": "1"}
    cluster.node(_id(label), table, pos=_pos(at), tooltip=label, fillcolor=fill, fontcolor=ink(fill), **BOX, **line, **_size(box))


def _row(words: str, size: int, bold: bool = False) -> str:
    content = escape(words) or " "
    content = f"<b>{content}</b>" if bold else content
    return f'<tr><td><font point-size="{size}">{content}</font></td></tr>'


def _bar(data: Mapping[str, Any], width: float, palette: Mapping[str, str]) -> list[str]:
    shares = {name: round(p * (width - 2)) for name, p in data["probabilities"].items()}
    parts = "".join(
        f'<td fixedsize="true" width="{share}" height="5" bgcolor="{palette[name]}"></td>'
        for name, share in shares.items() if share > 0
    )
    bar = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0" bgcolor="#FFFFFF"><tr>{parts}</tr></table>'
    return [_row(f"{data['probabilities'].get(data['choice'], 0):.2f}", 9), f"<tr><td>{bar}</td></tr>"]


def _legend(source: Any, look: Mapping[str, Any], layout: Layout) -> None:
    import graphviz

    looks = [(name, colour, colour) for name, colour in look["colours"].items()]
    looks += [("changed", "#FFFFFF", CHANGED)] if look["compared"] else []
    widths = [0.6 * 12 * len(name) + 20 for name, *_ in looks]
    left = layout.start[0] - PILL[0] / 2 + max(0.0, layout.size[0] - sum(widths) - 8 * (len(looks) - 1)) / 2
    for (name, fill, line), width in zip(looks, widths, strict=True):
        style = {"fillcolor": fill, "color": line, "fontcolor": ink(fill), "penwidth": "3" if fill != line else "1"}
        at = _pos((left + width / 2, -layout.size[1] - 26))
        source.node(f"(legend) {name}", graphviz.escape(name), pos=at, fontsize="12", **BOX, **style, **_size((width, 22)))
        left += width + 8


def _render(source: str, kind: str) -> bytes:
    import pygraphviz

    drawing = pygraphviz.AGraph(string=source)
    if kind == "png":
        drawing.graph_attr["dpi"] = "200"
    return drawing.draw(format=kind, prog="nop2")


def _id(label: str) -> str:
    import graphviz

    return graphviz.escape(label.replace(":", "\u2236"))  # a colon would name a port in an edge


def _pos(point: tuple[float, float]) -> str:
    return f"{point[0]:.2f},{point[1]:.2f}"


def _size(size: tuple[float, float]) -> dict[str, str]:
    return {"width": f"{size[0] / 72:.4f}", "height": f"{size[1] / 72:.4f}"}
