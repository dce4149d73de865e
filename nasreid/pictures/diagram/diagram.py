"""Genotypes as pictures: genotype -> networkx graph -> DOT -> SVG, PNG, PDF; and as text, and their difference.

A space draws itself as a `nasreid.pictures.diagram.sketch`, and so it looks like its paper; of whatever else is a
genotype the decisions are drawn, with arrows between them where their flow was traced. The natural size is that of
print: one or two columns of a paper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx

from nasreid.errors import NasreidError
from nasreid.files import write
from nasreid.pictures.colours import colours
from nasreid.pictures.diagram.chain import chain, grouped
from nasreid.pictures.diagram.dot import dot, render
from nasreid.pictures.diagram.flowing import flowing, traced
from nasreid.pictures.diagram.paint import LEAST
from nasreid.pictures.diagram.sketch import Sketch, sketch_of
from nasreid.pictures.diagram.spelling import spelled
from nasreid.pictures.diagram.tikz import tikz

if TYPE_CHECKING:
    import pandas as pd

    from nasreid.genotype import Genotype

__all__ = ["graph", "dot", "draw", "difference", "text"]

NONE = "–"  # in the place of the choice of a decision that does not exist
SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".tex")


def graph(
    genotype: Genotype,
    candidates: Mapping[str, Sequence[str]] | None = None,
    probabilities: Mapping[str, Mapping[str, float]] | None = None,
    before: Genotype | None = None,
    space: str = "",
) -> nx.DiGraph:
    """The picture as a graph: boxes with positions as nodes, arrows as edges; in `graph.graph` what holds for all.

    Our spaces draw themselves. Of any other genotype the decisions are boxes, with arrows where their flow is known: a
    search leaves it in the genotype, and it is traced where `space` names the space again, without which nothing is
    executed. candidates {label: names} makes the legend name also what was not chosen; probabilities
    {label: {name: p}} are shown as shades; with `before`, the decisions in which the two genotypes differ are marked.
    """
    options = {n for names in [*(candidates or {}).values(), *(probabilities or {}).values()] for n in names}
    changed = {} if before is None else changes(before, genotype)
    sketch = _sketch(genotype, space)
    found = sketch.graph
    for data in found.nodes.values():
        label = data["decision"]
        if label is not None:
            data.update(choice=genotype.choices[label], before=changed.get(label))
            data["probabilities"] = dict((probabilities or {}).get(label, {}))
    shown = [genotype.choices[label] for label in sketch.decisions()]
    before_it = [name for label in sketch.decisions() if (name := changed.get(label, NONE)) != NONE]
    tiles = {name for data in found.nodes.values() if data["role"] == "tile" for name in data["only"]}
    names = options.union(shown, before_it)
    taken = colours({*names, *_offered(genotype), *(() if before is None else _offered(before))}, tiles & names)
    palette = {name: taken[name] for name in taken if name in names}
    hollow = any(data["only"] and data["role"] == "part" and data["choice"] not in data["only"]
                 for data in found.nodes.values() if data["decision"] is not None)
    found.graph.update(space=genotype.space, compared=before is not None, shaded=bool(probabilities), colours=palette,
                       hollow=hollow and not probabilities, frames=sketch.frames, corners=sketch.corners())
    return found


def _sketch(genotype: Genotype, space: str) -> Sketch:
    """What the space draws, and over it what it leaves to us: boxes, with arrows where the flow was traced."""
    made = sketch_of(genotype.space, genotype.arguments, genotype.choices, space)
    if made is not None and not made.others:
        return made
    labels = [label for label in genotype.choices if made is None or label in made.others]
    flow = traced(genotype.provenance.get("flow"))
    if space and (flow is None or flow["choices"] != genotype.choices):
        from nasreid.network.flow import flow_of

        flow = flow_of(genotype, space)
    ours = {label: genotype.choices[label] for label in labels}
    sketch = (None if flow is None else flowing(flow, genotype.choices, ours)) or chain(ours)
    if made is not None:
        left, bottom, right, _ = sketch.corners()
        own = made.corners()
        sketch.put(made, ((left + right - own[0] - own[2]) / 2, bottom - 16 - own[3]))
    return sketch


def needs_flow(genotype: Genotype, space: str = "") -> bool:
    """Whether the picture is better for a flow: the space draws not all of its decisions itself."""
    made = sketch_of(genotype.space, genotype.arguments, genotype.choices, space)
    return made is None or bool(made.others)


def draw(
    genotype: Genotype | str | Path,
    path: str | Path,
    candidates: Mapping[str, Sequence[str]] | None = None,
    probabilities: Mapping[str, Mapping[str, float]] | None = None,
    before: Genotype | str | Path | None = None,
    space: str = "",
    width: float | None = None,
) -> float:
    """Write the diagram; the suffix (.svg, .png, .pdf, .dot, .tex) decides the kind. The others are `graph`'s.

    genotype, before: or its file, its run folder, or a published name.
    width: of a paper's column, in centimetres, to which all of it is scaled, letters too; default: its natural size.
    A viewer of an SVG may have more fonts than we; in PNG and PDF the characters that ours lack are spelt.
    Gives the size of the smallest letters, in points.
    """
    suffix_of(path)
    found = _found(genotype, space)
    return put(graph(found, candidates, probabilities, None if before is None else _found(before, space), space), path,
               width)


def _found(genotype: Genotype | str | Path, space: str) -> Genotype:
    if not isinstance(genotype, str | Path):
        return genotype
    from nasreid.network.catalogue import find

    return find(genotype, space or None)


def put(found: nx.DiGraph, path: str | Path, width: float | None = None) -> float:
    """Write the graph of a picture, as `draw` does; gives the size of its smallest letters, in points."""
    suffix = suffix_of(path)
    source = dot(spelled(found) if suffix in (".png", ".pdf") else found)
    left, _, right, _ = found.graph["corners"]
    scale = 1.0 if width is None else width / 2.54 * 72 / (right - left)
    if suffix in (".dot", ".tex"):
        data = (source if suffix == ".dot" else tikz(source, scale)).encode()
    else:
        data = render(source, suffix[1:], width)
    write(path, lambda draft: draft.write_bytes(data))
    return scale * min((float(size) for size in re.findall(r'point-size="([\d.]+)"', source)), default=LEAST)


def suffix_of(path: str | Path) -> str:
    """The suffix of a diagram's file, or NasreidError where it is none of ours.

    >>> suffix_of("net.SVG")
    '.svg'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise NasreidError(f"diagram {str(path)!r}: expected a name that ends in {', '.join(SUFFIXES)}")
    return suffix


def difference(a: Genotype, b: Genotype) -> pd.DataFrame:
    """One row per decision: label, first, second, changed. The two genotypes must have the same labels, but for those
    that are known not to exist in one of them, whose entry there is "–".

    >>> from nasreid.genotype import Genotype
    >>> difference(Genotype("Mine", {}, {"a": "x"}), Genotype("Mine", {}, {"a": "z"})).to_numpy().tolist()[0]
    ['a', 'x', 'z', True]
    """
    import pandas as pd

    changed = changes(a, b)
    labels = [*b.choices, *(label for label in a.choices if label not in b.choices)]
    rows = [(label, a.choices.get(label, NONE), b.choices.get(label, NONE),
             label in changed or label not in b.choices) for label in labels]
    return pd.DataFrame(rows, columns=pd.Index(["label", "first", "second", "changed"]))


def text(genotype: Genotype) -> str:
    """A compact table for the terminal, one line per group.

    >>> from nasreid.genotype import Genotype
    >>> print(text(Genotype("Mine", {}, {"stage.a": "gate", "stage.b": "none"})))
    Mine, 2 decisions
    stage  a=gate  b=none
    """
    groups = grouped(genotype.choices)
    cells = []
    for group, labels in groups.items():
        picks = [f"{label.rpartition('.')[2]}={genotype.choices[label]}" for label in labels]
        cells.append([group if labels != [group] else "", *picks])
    columns = max((len(row) for row in cells), default=0)
    widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(columns)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in cells]
    return "\n".join([f"{genotype.space}, {len(genotype.choices)} decisions", *lines])


def changes(a: Genotype, b: Genotype) -> dict[str, str]:
    """{label: what a chose} of the decisions of b in which a differs; they have the same labels, see `difference`.

    >>> from nasreid.genotype import Genotype
    >>> changes(Genotype("Mine", {}, {"a": "x", "b": "y"}), Genotype("Mine", {}, {"a": "x", "b": "z"}))
    {'b': 'y'}
    """
    odd = sorted((set(a.choices) - set(b.choices) - _absent(b)) | (set(b.choices) - set(a.choices) - _absent(a)))
    if odd:
        raise NasreidError(f"choice {odd[0]!r} is in some of the genotypes only: expected the same choices in all")
    return {label: a.choices.get(label, NONE) for label, name in b.choices.items() if a.choices.get(label) != name}


def _offered(genotype: Genotype) -> set[str]:
    """Candidates that its search could choose, which so have their colours whether they are in the picture or not."""
    found = genotype.provenance.get("probabilities")
    kinds = found.values() if isinstance(found, dict) else ()
    return {str(name) for kind in kinds if isinstance(kind, dict) for name in kind}


def _absent(genotype: Genotype) -> set[str]:
    """Decisions that do not exist in it, as its flow says, where that was traced."""
    flow = traced(genotype.provenance.get("flow"))
    return set(flow["absent"]) if flow is not None and flow["choices"] == genotype.choices else set()
