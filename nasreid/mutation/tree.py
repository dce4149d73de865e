"""The decisions of a space, and which of them exist for which choices: a decision inside a candidate needs its parent.

An architecture is a dict {label: candidate} of exactly the decisions that exist in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from nasreid.errors import NasreidError, one_of
from nasreid.mutation.labels import some

Way: TypeAlias = Mapping[str, frozenset[str]]  # {label of a decision around it: candidates in which it lies}


class Decisions(dict[str, list[str]]):
    """{label: names of its candidates}, in the order of construction, and the ways in which each decision is reached.

    ways {label: ways}: a decision exists where all that one of its ways asks for is chosen; an empty way, or no entry,
    says that it always exists.

    >>> ways = {"op.kernel": [{"op": frozenset(["conv"])}]}
    >>> known = Decisions({"op": ["conv", "skip"], "op.kernel": ["3", "5"]}, ways)
    >>> list(known.architectures())
    [{'op': 'conv', 'op.kernel': '3'}, {'op': 'conv', 'op.kernel': '5'}, {'op': 'skip'}]
    >>> known.count()
    3
    """

    def __init__(self, names: Mapping[str, list[str]], ways: Mapping[str, Sequence[Way]] | None = None):
        super().__init__(names)
        found = {label: _simplified(each, self) for label, each in (ways or {}).items()}
        self.ways = {label: each for label, each in found.items() if {} not in each}

    def exists(self, label: str, choices: Mapping[str, str]) -> bool:
        """Whether a decision exists in an architecture with these choices."""
        return label not in self.ways or any(all(choices.get(parent) in names for parent, names in way.items())
                                             for way in self.ways[label])

    def existing(self, choices: Mapping[str, str]) -> dict[str, str]:
        """The choices of those decisions that exist."""
        return {label: name for label, name in choices.items() if self.exists(label, choices)}

    def check(self, choices: Mapping[str, str]) -> None:
        """Refuse a missing, foreign or misspelt choice, and one of a decision that does not exist, by name."""
        for label in choices:
            if label not in self:
                raise NasreidError(f"choice {label!r} is not a decision of this space; expected one of {some(self)}")
        for label, names in self.items():
            there = self.exists(label, choices)
            if label not in choices and there:
                raise NasreidError(f"choice {label!r} is missing; expected one of {', '.join(names)}{self._why(label)}")
            if label in choices and not there:
                raise NasreidError(f"choice {label!r} is {choices[label]!r}, but there is no such decision here; "
                                   f"expected none{self._why(label)}")
            if label in choices and choices[label] not in names:
                raise NasreidError(f"choice {label!r} is {one_of(choices[label], names)}")

    def draw(self, rng: np.random.Generator) -> dict[str, str]:
        """An architecture, every decision of which is drawn uniformly."""
        return self.existing({label: str(rng.choice(names)) for label, names in self.items()})

    def count(self) -> int:
        """How many architectures there are."""
        return self._count(list(self), {})

    def architectures(self) -> Iterator[dict[str, str]]:
        """Each of them once; of the decisions that can be made next the last one changes fastest."""
        for choices in self._each(list(self), {}):
            yield {label: choices[label] for label in self if label in choices}

    def left(self, rest: Sequence[str], made: Mapping[str, str]) -> list[str]:
        """Of these decisions, those that may exist still where these choices are made."""
        return [label for label in rest if self._open_ways(label, made) != []]

    def next(self, rest: Sequence[str], made: Mapping[str, str]) -> str:
        """The first of these decisions that exists for certain where these choices are made.

        Raises:
            NasreidError: there is none, as each of them waits for another.
        """
        for label in rest:
            if self._open_ways(label, made) is None:
                return label
        raise NasreidError(f"decisions {some(rest)} each exist only where others of them are made; expected one that "
                           "is there first")

    def _why(self, label: str) -> str:
        ways = [" and ".join(f"{parent!r} is {' or '.join(sorted(names))}" for parent, names in way.items())
                for way in self.ways.get(label, [])]
        return f" (it exists where {'; or where '.join(ways)})" if ways else ""

    def _each(self, rest: list[str], made: dict[str, str]) -> Iterator[dict[str, str]]:
        rest = self.left(rest, made)
        if not rest:
            yield made
            return
        label = self.next(rest, made)
        for name in self[label]:
            yield from self._each([other for other in rest if other != label], {**made, label: name})

    def _count(self, rest: list[str], made: dict[str, str]) -> int:
        """Of what is left to decide: parts that have nothing to do with each other multiply."""
        rest = self.left(rest, made)
        return math.prod(self._count_part(part, made) for part in self._parts(rest, made))

    def _count_part(self, part: list[str], made: dict[str, str]) -> int:
        label = self.next(part, made)
        others = [other for other in part if other != label]
        if not others:
            return len(self[label])
        return sum(self._count(others, {**made, label: name}) for name in self[label])

    def _open_ways(self, label: str, made: Mapping[str, str]) -> list[set[str]] | None:
        """Of the ways that the choices made leave, the parents to be decided; None where one asks for nothing."""
        if label not in self.ways:
            return None
        left = [{parent for parent in way if parent not in made} for way in self.ways[label]
                if all(made[parent] in names for parent, names in way.items() if parent in made)]
        return None if set() in left else left

    def _parts(self, rest: list[str], made: Mapping[str, str]) -> list[list[str]]:
        """Labels that depend on each other, together."""
        parts: list[list[str]] = []
        for label in rest:
            linked = {label}.union(*(self._open_ways(label, made) or [])) & set(rest)
            mine = [part for part in parts if not linked.isdisjoint(part)]
            joined = dict.fromkeys([*(one for part in mine for one in part), *sorted(linked)])
            parts = [*(part for part in parts if part not in mine), list(joined)]
        order = {label: at for at, label in enumerate(rest)}
        return [sorted(part, key=order.__getitem__) for part in parts]


def _simplified(ways: Sequence[Way], names: Mapping[str, list[str]]) -> list[dict[str, frozenset[str]]]:
    """The same in fewer ways: two that differ in one decision become one, a decision of which any candidate will do
    is no condition."""
    left = [_conditions(way, names) for way in ways]
    while (pair := _joinable(left)) is not None:
        left = [_conditions(pair[2], names), *(way for way in left if way is not pair[0] and way is not pair[1])]
    return left


def _conditions(way: Way, names: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    return {parent: inside for parent, inside in way.items() if inside != frozenset(names[parent])}


def _joinable(ways: Sequence[dict[str, frozenset[str]]]) -> tuple[Way, Way, Way] | None:
    """Two ways, and what is both in one."""
    for at, one in enumerate(ways):
        for two in ways[at + 1:]:
            differ = [parent for parent in {*one, *two} if one.get(parent) != two.get(parent)]
            if not differ:
                return one, two, one
            if len(differ) == 1 and differ[0] in one and differ[0] in two:
                return one, two, {**one, differ[0]: one[differ[0]] | two[differ[0]]}
    return None
