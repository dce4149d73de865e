"""The decisions of a table of truth, and where each of them exists, read from its gaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from nasreid.experiments.truth import Truth
from nasreid.mutation.tree import Decisions, Way

Row = dict[str, str]


def tree(truth: Truth) -> Decisions:
    """{label: candidates} of a table, with the ways in which decisions with gaps are reached.

    What a decision needs is the smallest set of others that tells, in every row, whether it is there; one that is never
    there without it is none of those. Of a whole table that is the parents that it has in its space, or others that say
    the same: then there are as many architectures as rows, and else not.
    """
    rows, names = truth.architectures(), truth.candidates()
    gaps = [label for label in names if any(label not in row for row in rows)]
    ways = {label: _ways(label, names, rows) for label in gaps}
    return Decisions(names, {label: _whole(label, ways) for label in gaps})


def _ways(label: str, names: dict[str, list[str]], rows: Sequence[Row]) -> list[Way]:
    others = [other for other in names if any(other in row for row in rows if label not in row)]
    for size in range(1, len(others) + 1):
        for parents in combinations(others, size):
            there = {_key(row, parents) for row in rows if label in row}
            if there.isdisjoint(_key(row, parents) for row in rows if label not in row):
                return [{parent: frozenset([name]) for parent, name in zip(parents, key, strict=True) if name}
                        for key in sorted(there)]
    return []


def _whole(label: str, ways: dict[str, list[Way]], below: Sequence[str] = ()) -> list[Way]:
    """The ways to a decision, with all that its parents need themselves."""
    found: list[Way] = []
    for way in ways.get(label, []):
        wider = [way]
        for parent in [parent for parent in way if parent in ways and parent not in below]:
            wider = [both for one in wider for up in _whole(parent, ways, [*below, label])
                     if (both := _both(one, up)) is not None]
        found += wider
    return found


def _both(one: Way, two: Way) -> Way | None:
    """What both ways ask for; None where that cannot be."""
    joined = {**two, **{parent: names & two.get(parent, names) for parent, names in one.items()}}
    return joined if all(joined.values()) else None


def _key(row: Row, parents: Sequence[str]) -> tuple[str, ...]:
    return tuple(row.get(parent, "") for parent in parents)
