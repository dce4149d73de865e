"""The truth about a small space: a table of all its architectures, each trained with several seeds (`nasreid exhaust`).

The table has a column for each decision, all of them before the column `seed`. It is itself a measurement: its
reliability says how far, and of many scores the best one is an optimistic one, and so is regret a little. One ships
with nasreid: Truth.load("micro"). Nothing here needs torch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError, nearest
from nasreid.evaluation.reliability import Reliability
from nasreid.files import read_table

SHIPPED = Path(__file__).with_name("tables")
TRUSTED = 0.8  # below that reliability no search is judged unless somebody insists
METRICS = ("mAP", "rank-1", "mINP")


def shipped() -> dict[str, Path]:
    """{name: file} of the tables that ship; each has a recipe of its name."""
    return {path.name.partition(".")[0]: path for path in sorted(SHIPPED.glob("*.csv.gz"))}


def place_of(table: str | Path) -> Path:
    """A file, or the table that ships under that name."""
    known = shipped()
    if str(table) in known:
        return known[str(table)]
    if isinstance(table, str) and "." not in table and "/" not in table and not Path(table).exists():
        raise NasreidError(f"truth {table!r}{nearest(table, known)}: expected a table of nasreid exhaust, or one of "
                           f"{', '.join(known) or 'none that ships'}")
    return Path(table)


def recipe_of(table: str | None) -> str:
    """The recipe that searches are compared by on a table that ships; for any other, and for none, demo."""
    return str(table) if table in shipped() else "demo"


@dataclass(frozen=True)
class Truth:
    """labels: of the decisions. names (A, L): candidates of each architecture. by_seed (A, k): its scores.

    seed_numbers (k,). facts: other columns, one row an architecture (parameters, multiply_adds, …), means over seeds.
    early: {epochs: scores (A, k) after so many of them, in the same training}, fewer than all.

    >>> truth = Truth(("a",), np.array([["x"], ["y"]]), np.array([[1.0, 3.0], [5.0, 7.0]]), (0, 1))
    >>> truth.score({"a": "y"}), truth.score({"a": "y"}, seed=1)
    (6.0, 7.0)
    """

    labels: tuple[str, ...]
    names: np.ndarray
    by_seed: np.ndarray
    seed_numbers: tuple[int, ...] = (0,)
    facts: pd.DataFrame = field(default_factory=pd.DataFrame)
    early: Mapping[int, np.ndarray] = field(default_factory=dict)

    @classmethod
    def load(cls, table: str | Path, metric: str = "mAP") -> Truth:
        """Read a table, or the one that ships under a name; metric: a column, such as "unseen mAP" or "mAP@3".

        Only seeds that every architecture has are used. Raises NasreidError for what is no such table.
        """
        return cls.of(read_truth(table, metric), metric)

    @classmethod
    def of(cls, table: pd.DataFrame, metric: str = "mAP") -> Truth:
        """From a table that has been read."""
        labels = [str(name) for name in table.columns[: list(table.columns).index("seed")]]
        if not labels or not len(table):
            raise NasreidError("a truth without decisions or rows; expected a table of nasreid exhaust, whose columns "
                               "before seed are the decisions")
        table = table.assign(**{label: _choices(table[label]) for label in labels})
        if not (np.isfinite(table["seed"]) & (table["seed"] % 1 == 0)).all():
            raise NasreidError(f"a truth with the seeds {sorted(set(table['seed']))[:5]}; expected whole numbers")
        for column in (name for name in table.columns if metric in (name, str(name).split("@")[0])):
            if not pd.api.types.is_numeric_dtype(table[column]) or np.isinf(table[column]).any():
                raise NasreidError(f"a truth whose column {column!r} holds something else than scores; expected finite "
                                   "numbers")
        if table.duplicated([*labels, "seed"]).any():
            raise NasreidError("a truth that has an architecture twice with one seed; expected each once")
        wide = _by_seed(table, labels, metric)
        wide = wide.reindex(pd.MultiIndex.from_frame(table[labels].drop_duplicates()) if len(labels) > 1
                            else pd.Index(table[labels[0]].drop_duplicates()))
        whole = wide.dropna(axis=1) if len(wide.dropna(axis=1).columns) else wide.dropna(axis=0)
        names = np.array([key if isinstance(key, tuple) else (key,) for key in whole.index], dtype=str)
        facts = table.groupby(labels, sort=False).mean(numeric_only=True).drop(columns="seed")
        stops = [re.fullmatch(rf"{re.escape(metric)}@(\d+)", str(column)) for column in table.columns]
        early = {int(stop[1]): _by_seed(table, labels, stop[0]).loc[whole.index, whole.columns].to_numpy()
                 for stop in stops if stop}
        return cls(tuple(labels), names, whole.to_numpy(), tuple(int(s) for s in whole.columns),
                   facts.loc[whole.index].reset_index(drop=True),
                   {epochs: scores for epochs, scores in early.items() if not np.isnan(scores).any()})

    @cached_property
    def scores(self) -> np.ndarray:
        """Means over seeds (A,)."""
        return self.by_seed.mean(1)

    @property
    def seeds(self) -> int:
        """Their number k."""
        return self.by_seed.shape[1]

    def drawn(self, count: int, seed: int = 0) -> Truth:
        """A truth of so many architectures, drawn, at most of all; without scores after fewer epochs."""
        rows = np.sort(np.random.default_rng(seed).permutation(len(self.names))[:count])
        return replace(self, names=self.names[rows], by_seed=self.by_seed[rows],
                       facts=self.facts.iloc[rows].reset_index(drop=True), early={})

    def after(self, epochs: int) -> tuple[Truth, float]:
        """The scores after so many epochs, a truth of its own, and the share of a training that has been paid then.

        The training was made for all its epochs: one that is stopped, and not one that was made for so few.
        """
        every = max(self.early, default=0) + 1
        if epochs not in (*self.early, every) or not self.early:
            raise NasreidError(f"epochs is {epochs!r}; expected one of those after which the table has scores, "
                               f"{', '.join(map(str, [*sorted(self.early), every] if self.early else ['none']))}")
        return (self if epochs == every else replace(self, by_seed=self.early[epochs], early={})), epochs / every

    @cached_property
    def _places(self) -> dict[tuple[str, ...], int]:
        return {tuple(row): at for at, row in enumerate(self.names.tolist())}

    @cached_property
    def _lists(self) -> tuple[list[float], dict[int, list[float]]]:
        return self.scores.tolist(), {s: self.by_seed[:, i].tolist() for i, s in enumerate(self.seed_numbers)}

    def score(self, choices: Mapping[str, str], seed: int | None = None) -> float:
        """Score of an architecture: of one seed of the table, or the mean over all. About a microsecond."""
        try:
            at = self._places[tuple([choices.get(label, "") for label in self.labels])]
            return self._lists[0][at] if seed is None else self._lists[1][seed][at]
        except KeyError:
            self.place(choices)
            raise NasreidError(f"seed {seed} is not in the truth; expected one of "
                               f"{', '.join(map(str, self.seed_numbers))}") from None

    def place(self, choices: Mapping[str, str]) -> int:
        """Row of an architecture; refuses one that is not of this space."""
        names = tuple(choices.get(label, "") for label in self.labels)  # empty where a decision does not exist
        if set(choices) - set(self.labels) or ("" in names and names not in self._places):
            raise NasreidError(f"the genotype decides {', '.join(choices)}; expected the decisions of the table, "
                               f"{', '.join(self.labels)}")
        if names not in self._places:
            raise NasreidError(f"{' '.join(names)} is not in the table of {len(self.names)} architectures")
        return self._places[names]

    def architectures(self) -> list[dict[str, str]]:
        """The choices of every architecture, in the order of the table."""
        return [{label: name for label, name in zip(self.labels, row, strict=True) if name}
                for row in self.names.tolist()]

    def candidates(self) -> dict[str, list[str]]:
        """{label: candidates}, in the order in which the table first has them."""
        return {label: [name for name in dict.fromkeys(self.names[:, i].tolist()) if name]
                for i, label in enumerate(self.labels)}

    def judge(self, choices: Mapping[str, str]) -> dict[str, float]:
        """Score of the chosen one, its rank (1: the best; equals share the better one), of how many, and its regret:
        how far it is behind the best; chance: the mean regret of an architecture that is drawn at random."""
        own, scores = float(self.scores[self.place(choices)]), self.scores
        return {"truth": own, "rank": int((scores > own).sum()) + 1, "of": len(scores),
                "regret": float(scores.max()) - own, "chance": float(scores.max() - scores.mean())}

    def explained(self) -> tuple[float, float]:
        """Share of the variance of the scores that the decisions explain, each on its own; and the share that they
        would explain of noise, (p - 1) / (n - 1) with p parameters and n architectures. A table in which the first is
        no larger than the second says little about any decision."""
        rows = pd.get_dummies(pd.DataFrame(self.architectures()), drop_first=True, dtype=float).to_numpy()
        design, scores = np.column_stack([np.ones(len(rows)), rows]), self.scores
        chance = (design.shape[1] - 1) / (len(scores) - 1) if len(scores) > 1 else np.nan
        if len(scores) <= design.shape[1]:
            return np.nan, chance  # any scores would be explained
        rest = scores - design @ np.linalg.lstsq(design, scores, rcond=None)[0]
        whole = scores.var()
        return float(1 - rest.var() / whole) if whole else np.nan, chance

    def reliability(self) -> Reliability:
        """How far the means can be trusted."""
        return Reliability.of(self.by_seed)

    def tau(self, preference: Sequence[float] | np.ndarray | pd.Series) -> float:
        """Kendall's tau-b of a preference, one number for each of `architectures()`, and the truth."""
        from scipy import stats

        found: Any = stats.kendalltau(np.asarray(preference), self.scores)
        return float(found.statistic)


def read_truth(table: str | Path, metric: str = "mAP") -> pd.DataFrame:
    """A table of truth, or the one that ships under a name: candidates are text, whatever they look like; `seed` and
    `metric` are columns of numbers."""
    place = place_of(table)
    columns = list(read_table(place).columns)
    return read_table(place, *columns[: columns.index("seed") if "seed" in columns else 0], numbers=("seed", metric))


def _choices(column: pd.Series) -> pd.Series:
    """The choices in a column, as text; empty where the decision does not exist. Beside such gaps pandas writes whole
    numbers as 3.0."""
    there = column.dropna().astype(str)
    whole = len(there) < len(column) and there.str.fullmatch(r"\d+\.0").all()
    return (there.str.removesuffix(".0") if whole else there).reindex(column.index, fill_value="")


def _by_seed(table: pd.DataFrame, labels: Sequence[str], metric: str) -> pd.DataFrame:
    """A column of the table, a row for each architecture and a column for each seed."""
    return table.pivot(index=labels, columns="seed", values=metric).astype(float)
