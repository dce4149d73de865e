"""What each candidate of a space costs, measured by building the networks that differ in one decision."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pandas as pd
import torch

from nasreid.errors import NasreidError, one_of
from nasreid.files import Document, read_table, write_text
from nasreid.machine import machine
from nasreid.mutation import Decisions, decisions, freeze
from nasreid.network.cost import cost
from nasreid.progress import Bar
from nasreid.space import SearchSpace

KINDS = ("multiply_adds", "parameters", "latency")
ROUNDS = 15  # forward passes of a network that is timed, in turn with those of other candidates; the fastest counts
BASE = "-"  # the label of the row of what all networks share


@dataclass(frozen=True)
class Prices:
    """kind: one of KINDS. base: of the network of first candidates; extra {label: {candidate: what it costs more}}.

    A network costs base + the extras of its candidates: exactly so where decisions do not change each other's sizes.
    """

    kind: str
    base: float
    extra: dict[str, dict[str, float]]

    def of(self, choices: dict[str, str]) -> float:
        """Of a network."""
        return self.base + sum(self.extra[label][name] for label, name in choices.items())

    def save(self, path: Path) -> None:
        """A table: kind, label, candidate, extra, and what it was measured on."""
        made: Document = {key: machine()[key] for key in ("processor", "threads")} if self.kind == "latency" else {}
        rows = [{"kind": self.kind, "label": BASE, "candidate": BASE, "extra": self.base, **made}]
        rows += [{"kind": self.kind, "label": label, "candidate": name, "extra": value, **made}
                 for label, row in self.extra.items() for name, value in row.items()]
        write_text(path, pd.DataFrame(rows).to_csv(index=False))

    @classmethod
    def load(cls, path: Path) -> Prices:
        """From such a table."""
        table = read_table(path, "kind", "label", "candidate", numbers=("extra",))
        rows = [(str(row["label"]), str(row["candidate"]), float(row["extra"])) for row in table.to_dict("records")]
        extra: dict[str, dict[str, float]] = {}
        for label, name, value in rows[1:]:
            extra.setdefault(label, {})[name] = value
        return cls(str(table["kind"].iloc[0]), rows[0][2], extra)


def prices(space: SearchSpace, kind: str, height: int, width: int, quiet: bool = False) -> Prices:
    """Of the candidates of an open space, for one image of height x width.

    kind: multiply_adds and parameters as in the papers' tables (`nasreid.network.cost`), or latency, the seconds of one
    image on this machine's processor with the threads of this process. Raises NasreidError for another kind.
    """
    if kind not in KINDS:
        raise NasreidError(f"price {one_of(kind, KINDS)}")
    known = decisions(space)
    first = {label: names[0] for label, names in known.items()}

    def measured(some: list[dict[str, str]]) -> list[float]:
        networks = [cast(SearchSpace, freeze(space, choices)) for choices in some]
        if kind == "latency":
            return _seconds(networks, height, width)
        return [float(getattr(cost(network, height, width), kind)) for network in networks]

    extra: dict[str, dict[str, float]] = {}
    (base,) = measured([known.existing(first)])
    with Bar("prices", sum(map(len, known.values())), quiet=quiet) as bar:
        for label, names in known.items():
            around = _reaching(known, label, first)
            costs = measured([known.existing({**around, label: name}) for name in names])
            extra[label] = {name: one - costs[0] for name, one in zip(names, costs, strict=True)}
            bar.advance(label, len(names))
    return Prices(kind, base, extra)


def _reaching(known: Decisions, label: str, first: dict[str, str]) -> dict[str, str]:
    """The first candidate everywhere, but for what has to be chosen for a decision to exist."""
    ways = known.ways.get(label)
    needed = {} if not ways else {parent: next(name for name in known[parent] if name in names)
                                  for parent, names in ways[0].items()}
    return {**first, **needed}


def _seconds(networks: list[SearchSpace], height: int, width: int) -> list[float]:
    """Of each network its fastest pass: in turn, so that what else the machine does is alike for all of them."""
    images = torch.zeros(1, 3, height, width)
    best = [float("inf")] * len(networks)
    with torch.no_grad():
        for _ in range(ROUNDS):
            for at, network in enumerate(networks):
                run: Callable[..., object] = network.eval()
                start = time.perf_counter()
                run(images)
                best[at] = min(best[at], time.perf_counter() - start)
    return best
