"""Genotypes as pictures: genotype -> networkx graph -> DOT -> SVG, PNG, PDF; and as text, and their difference.

Slots of one group (the part of a label before its last dot) share a column, a label without a dot has one of its own;
arrows follow the order of the decisions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from nasreid.colours import colours
from nasreid.dot import dot, render
from nasreid.errors import NasreidError
from nasreid.files import write

if TYPE_CHECKING:
    import pandas as pd

    from nasreid.genotype import Genotype

__all__ = ["graph", "dot", "draw", "difference", "text"]

SUFFIXES = (".svg", ".png", ".pdf", ".dot")


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
    options = {n for names in [*(candidates or {}).values(), *(probabilities or {}).values()] for n in names}
    changes = {} if before is None else _changes(before, genotype)
    found = nx.DiGraph(space=genotype.space, compared=before is not None)
    found.add_node("(input)", kind="end")
    for group, labels in _groups(genotype.choices).items():
        for label in labels:
            found.add_node(label, kind="slot", group=group, slot=label.rpartition(".")[2])
            found.nodes[label].update(choice=genotype.choices[label], before=changes.get(label))
            found.nodes[label]["probabilities"] = dict((probabilities or {}).get(label, {}))
    found.add_node("(output)", kind="end")
    found.add_edges_from(nx.utils.pairwise(list(found)))
    found.graph["colours"] = colours(options.union(genotype.choices.values(), changes.values()))
    return found


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
    data = source.encode() if suffix == ".dot" else render(source, suffix[1:])
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
    cells = []
    for group, labels in groups.items():
        picks = [f"{label.rpartition('.')[2]}={genotype.choices[label]}" for label in labels]
        cells.append([group if labels != [group] else "", *picks])
    columns = max((len(row) for row in cells), default=0)
    widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(columns)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in cells]
    return "\n".join([f"{genotype.space}, {len(genotype.choices)} decisions", *lines])


def _groups(labels: Mapping[str, Any]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(label.rpartition(".")[0] or label, []).append(label)
    return groups


def _changes(a: Genotype, b: Genotype) -> dict[str, str]:
    odd = sorted(set(a.choices) ^ set(b.choices))
    if odd:
        raise NasreidError(f"choice {odd[0]!r} is in one of the two genotypes only: expected the same choices in both")
    return {label: a.choices[label] for label, name in b.choices.items() if a.choices[label] != name}
