"""How the names of pictures and the lines of lists are written in a data set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Grammar:
    """How names or lines are written: a regular expression, its shape and an example for people.

    ranges: the numbers that a named group of the expression may be, e.g. {"camera": range(1, 7)}.
    """

    pattern: str
    shape: str
    example: str
    ranges: Mapping[str, range] = field(default_factory=dict)

    def match(self, text: str) -> re.Match[str] | None:
        """The groups of `text`, None when it is not in the grammar. Digits are 0 to 9 only."""
        return re.fullmatch(self.pattern, text, re.ASCII)

    def outside(self, match: re.Match[str]) -> tuple[str, str] | None:
        """The first number out of its range and what was expected: ("camera 7", "cameras 1 to 6"); None = none is."""
        for name, allowed in self.ranges.items():
            if int(match[name]) not in allowed:
                return f"{name} {match[name]}", f"{name}s {allowed[0]} to {allowed[-1]}"
        return None

    def __str__(self) -> str:
        return f"{self.shape}, e.g. {self.example}"
