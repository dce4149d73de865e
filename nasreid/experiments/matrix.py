"""Tables of what fits what: a row and a column for each part, in each cell a refusal, or what was run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nasreid.arguments import Options
from nasreid.available import complete
from nasreid.experiments.laws.fits import maker, own_objectives, refused_objective, refused_space
from nasreid.training.search import Search

FITS, RECIPE, OWN = "+", "r", "o"
LEGEND = (f"{FITS} fits, {RECIPE} a recipe of ours says it, {OWN} the strategy's own loss where none is asked for; a "
          "number: refused, by what stands below")
Recipes = Mapping[str, Mapping[str, Options]]  # {name: {section: options}}


@dataclass(frozen=True)
class Matrix:
    """marks {(row, column): what stands in the cell}; refusals: what its numbers, from 1 on, stand for."""

    rows: Sequence[str]
    columns: Sequence[str]
    marks: Mapping[tuple[str, str], str]
    refusals: Sequence[str] = ()

    @classmethod
    def of(cls, rows: Sequence[str], columns: Sequence[str], refused: Mapping[tuple[str, str], str],
           known: Mapping[tuple[str, str], str]) -> Matrix:
        """refused: why, of cells that do not fit; known: marks of those that do, another than that they fit."""
        why = list(dict.fromkeys(said for said in refused.values() if said))
        marks = {cell: str(why.index(refused[cell]) + 1) if refused.get(cell) else known.get(cell, FITS)
                 for cell in ((row, column) for row in rows for column in columns)}
        return cls(rows, columns, marks, why)

    def lines(self) -> list[list[str]]:
        """The cells, row by row, each behind its name."""
        return [[row, *(self.marks[row, column] for column in self.columns)] for row in self.rows]

    def text(self) -> str:
        """As a terminal shows it."""
        first = max(len(row) for row in self.rows)
        widths = [len(column) for column in self.columns]
        lines = [" ".join([row.ljust(first), *(mark.center(width) for mark, width in zip(marks, widths, strict=True))])
                 for row, *marks in [["", *self.columns], *self.lines()]]
        return "\n".join([*map(str.rstrip, lines), *(f"{at}: {why}" for at, why in enumerate(self.refusals, 1))])


@dataclass(frozen=True)
class Said:
    """What recipes search with: pairs of a space and a strategy, and of a strategy and an objective."""

    spaces: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    objectives: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @classmethod
    def by(cls, recipes: Recipes) -> Said:
        """What each recipe says of searches, and of the variants that it compares."""
        said = cls()
        for name, sections in recipes.items():
            if "search" not in sections:
                continue
            own = sections["search"]
            for variant in [own, *({**own, **one} for one in sections.get("compare", {}).get("variants", {}).values())]:
                said._add(name, variant)
        return said

    def _add(self, name: str, search: Options) -> None:
        strategy = search.get("strategy", Search.strategy)
        pairs = [(self.spaces, (search.get("space", Search.space), strategy))]
        pairs += [(self.objectives, (strategy, term["objective"])) for key in ("objectives", "architecture_objectives")
                  for term in search.get(key) or ()]
        for place, pair in pairs:
            if name not in place.setdefault(pair, []):
                place[pair].append(name)


def spaces_by_strategies(recipes: Recipes) -> Matrix:
    """Our spaces, as they are by default, and our strategies."""
    rows, columns = list(complete("spaces")), list(complete("strategies"))
    refused = {(row, column): why for row in rows for column, why in refused_space(maker(row), columns).items()}
    return Matrix.of(rows, columns, refused, dict.fromkeys(Said.by(recipes).spaces, RECIPE))


def strategies_by_objectives(recipes: Recipes) -> Matrix:
    """Our strategies and our objectives, these with their default arguments."""
    rows, columns = list(complete("strategies")), list(complete("objectives"))
    refused = {(row, column): refused_objective(row, {"objective": column}) for row in rows for column in columns}
    own = {(row, name): OWN for row in rows for name in own_objectives(row)}
    return Matrix.of(rows, columns, refused, {**own, **dict.fromkeys(Said.by(recipes).objectives, RECIPE)})
