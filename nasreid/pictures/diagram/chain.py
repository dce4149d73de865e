"""A genotype of which nothing is known but its labels, as a sketch: boxes in the order of the labels, no arrows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nasreid.pictures.diagram.geometry import arrange
from nasreid.pictures.diagram.sketch import Sketch


def chain(choices: Mapping[str, str]) -> Sketch:
    """{label: candidate} in columns: slots of one group share one, a label without a dot has its own.

    >>> sorted(chain({"cell1.a": "conv", "depth": "2"}).graph)
    ['cell1.a', 'depth']
    """
    groups = grouped(choices)
    slots = {label: label.rpartition(".")[2] for label in choices}
    width = max([46.0, *(0.68 * 7 * len(name) + 6 for name in choices.values()),
                 *(0.62 * 5 * len(slot) + 6 for slot in slots.values()), *(0.74 * 8 * len(g) - 2 for g in groups)])
    layout = arrange(groups, (width, 28.0))
    sketch = Sketch()
    for group, labels in groups.items():
        sketch.frame(group, layout.groups[group], "" if labels == [group] else group)
    for group, labels in groups.items():
        for label in labels:
            sketch.box(f"{label}", layout.boxes[label], (width, 28.0), decision=label, font=7, frame=group,
                       slot=slots[label])
    return sketch


def grouped(labels: Iterable[str]) -> dict[str, list[str]]:
    """{group: labels}; the group is the part of a label before its last dot, or all of it.

    >>> grouped(["cell1.a", "cell1.b", "depth"])
    {'cell1': ['cell1.a', 'cell1.b'], 'depth': ['depth']}
    """
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(label.rpartition(".")[0] or label, []).append(label)
    return groups
