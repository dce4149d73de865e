"""nasreid draw; whatever is heavy stays out: nothing of a genotype is executed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from nasreid.configuration import Place
from nasreid.errors import NasreidError
from nasreid.ranges import real

if TYPE_CHECKING:
    from nasreid.genotype import Genotype

READABLE = 4.9  # points, a little below what is printed as 5


@dataclass(frozen=True)
class Draw:
    """Draw a genotype, or the differences of up to four; nothing of them is executed."""

    genotype: Annotated[Sequence[str], "genotype.json, or a name such as msinet (nasreid list); of two to four, what "
                                       "differs is drawn side by side", Place]
    output: Annotated[str, "an .svg, .png, .pdf, .dot or .tex file (TikZ, for \\input)"] = "genotype.svg"
    against: Annotated[str | None, "another genotype.json or name: mark what differs"] = None
    probabilities: Annotated[str, "shades of them: yes (those in the genotype, if any), no, or the probabilities.csv "
                                  "of a search, of which the last epoch counts"] = "yes"
    space: Annotated[str | None, "confirms a space from outside nasreid, which is then asked for its own picture and "
                                 "genotypes"] = None

    width: Annotated[float | None, "centimetres of a paper's column, to which all of it is scaled (8.5, 17.5); "
                                   "default: its natural size"] = None

    def __post_init__(self) -> None:
        real(self, 1.0, 100.0, "width")

    def __call__(self) -> None:
        from nasreid.network.catalogue import find

        if len(self.genotype) == 1:
            letters = self._one(find(self.genotype[0], self.space))
        else:
            letters = self._several(dict(zip(_apart(self.genotype), [find(name, self.space) for name in self.genotype],
                                             strict=True)))
        print(f"drawing: {self.output}")
        if self.width is not None and letters < READABLE:
            print(f"letters of {letters:.1f} points at a width of {self.width:g} cm: journals ask for 6 or more; a "
                  "wider column, or fewer decisions, has room for them", file=sys.stderr)

    def _one(self, record: Genotype) -> float:
        from nasreid.network.catalogue import find
        from nasreid.pictures.diagram import difference, draw, text

        before = None if self.against is None else find(self.against, self.space)
        plain = self.against is not None and self.probabilities == "yes"
        chances = None if plain else _chances(record, self.probabilities)
        letters = draw(record, self.output, probabilities=chances, before=before, space=self.space or "",
                       width=self.width)
        print(text(record))
        if before is not None:
            table = difference(before, record)
            names = {"first": _called(str(self.against)), "second": _called(self.genotype[0])}
            print(table[table["changed"]].drop(columns="changed").rename(columns=names).to_string(index=False))
        return letters

    def _several(self, records: dict[str, Genotype]) -> float:
        from nasreid.pictures.diagram.beside import differing, draw_beside

        if self.against is not None or self.probabilities not in ("yes", "no"):
            raise NasreidError("genotypes side by side: expected neither --against nor a table of probabilities")
        letters = draw_beside(records, self.output, self.width)
        for label in differing(records):
            print(f"{label}: {', '.join(one.choices.get(label, '–') for one in records.values())}")
        return letters


def _apart(names: Sequence[str]) -> list[str]:
    """What to call different genotypes: as `_called`, or where two of them are alike their whole names.

    >>> _apart(["a/search/genotype.json", "b/search/genotype.json"])
    ['a/search/genotype.json', 'b/search/genotype.json']
    """
    if len(set(names)) < len(names):
        raise NasreidError(f"genotypes side by side: {', '.join(names)}; expected different ones")
    called = [_called(name) for name in names]
    return called if len(set(called)) == len(called) else list(names)


def _called(name: str) -> str:
    """A name, or that of the folder of a genotype.json."""
    path = Path(name)
    return path.name if path.suffix != ".json" else path.stem if path.stem != "genotype" else path.parent.name or name


def _chances(record: Genotype, source: str) -> dict[str, dict[str, float]] | None:
    """{label: {candidate: probability}} from the genotype, or of the last epoch of a table."""
    if source in ("yes", "no"):
        return _numbers(record.provenance.get("probabilities")) if source == "yes" else None
    from nasreid.files import read_table

    try:
        table = read_table(source, "label", "candidate", numbers=("epoch", "probability"))
    except NasreidError as error:
        raise NasreidError(f"probabilities: {error}; expected yes, no or a search's probabilities.csv") from error
    if table[["label", "candidate"]].isna().to_numpy().any() or not table["probability"].between(0, 1).all():
        raise NasreidError(f"probabilities {source!r}: expected a label, a candidate and a number from 0 to 1 in each "
                           "row")
    last = table[table["epoch"] == table["epoch"].max()]
    found: dict[str, dict[str, float]] = {}
    for label, name, chance in zip(last["label"], last["candidate"], last["probability"], strict=True):
        found.setdefault(label, {})[name] = float(chance)
    return found


def _numbers(found: object) -> dict[str, dict[str, float]] | None:
    """What the provenance of a genotype calls probabilities, if they are."""
    kinds = list(found.values()) if isinstance(found, dict) else [found]
    if found is not None and not all(isinstance(kind, dict) and all(isinstance(p, int | float) for p in kind.values())
                                     for kind in kinds):
        raise NasreidError(f"probabilities of the genotype are {str(found)[:60]}; expected {{label: {{candidate: "
                           "number}}, or --probabilities no")
    return found if isinstance(found, dict) else None
