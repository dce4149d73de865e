"""Searches by trials played on a table of truth: a trial's score is looked up, so hundreds of searches take seconds.

A search sees one seed of the table in all its trials, as `nasreid search` trains every trial with the seed of the
search; the search of seed s sees the (s mod k)-th of k, so each is seen about equally often. What it would return is
judged by the mean over all seeds, the seen one included, where what luck the chosen one had counts as 1/k of a merit:
the regret of a long search is a little too small. Images and seconds of an architecture are the table's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.experiments.choosers import chooser
from nasreid.experiments.ledger import MEMORY, Ledger
from nasreid.experiments.optuna_samplers import COSTS
from nasreid.experiments.pool import Here
from nasreid.experiments.table_tree import tree
from nasreid.experiments.trials import METRIC, Trials
from nasreid.experiments.truth import Truth
from nasreid.experiments.workers import Task
from nasreid.files import Document
from nasreid.mutation import Decisions

POINTS = 200  # budgets of a band, where searches pay differently for their trials


@dataclass(frozen=True)
class Player:
    """A strategy by trials (evolution, tpe, random, grid), NNI's arguments of it, and how a trial is paid.

    epochs: after so many a trial is stopped and scored; None: after all.
    """

    strategy: str
    args: Options = field(default_factory=dict)
    epochs: int | None = None


def play(truth: Truth, strategy: str, trials: int, seed: int, args: Options | None = None,
         epochs: int | None = None) -> pd.DataFrame:
    """One search; a row for each trial, at most `trials`.

    trial, choices, place (its row of the truth), table_seed, seen (score of that seed, after `epochs` if they are
    given); images and seconds paid so far; then what the search would return, the best seen so far, the first of
    equals: its truth, rank and regret. What is tried again costs nothing: the ledger knows it. Evolution and TPE set
    themselves up for `trials`, so that the first rows of a long search are no short search.
    """
    known = tree(truth)
    _check(truth, known, trials)
    shown, share = (truth, 1.0) if epochs is None else truth.after(epochs)
    table_seed = truth.seed_numbers[seed % truth.seeds]
    names = [name for name in COSTS if name in truth.facts]  # none, perhaps: of no columns pandas 2 has no records
    costs = [dict(zip(names, row, strict=True)) for row in truth.facts[names].to_numpy(float).tolist()]

    def look(choices: Document, *others: object) -> Document:
        return {METRIC: shown.score(choices, table_seed), **costs[truth.place(choices)]}

    with Ledger(MEMORY) as ledger:
        engine = Trials(lambda choices: Task(" ".join(choices.values()), choices, ""), ledger, Here(look), trials,
                        quiet=True)
        engine.play(chooser(strategy, trials, seed, args or {}), known)
    asked = [{label: row[label] for label in truth.labels if label in row} for row in engine.rows]
    seen = np.array([row[METRIC] for row in engine.rows])
    places = np.array([truth.place(choices) for choices in asked])
    new = np.isin(np.arange(len(places)), np.unique(places, return_index=True)[1])
    paid = {name: share * np.cumsum(new * truth.facts[name].to_numpy()[places]) for name in ("images", "seconds")}
    best = _best(seen)
    found = {at: truth.judge(asked[at]) for at in np.unique(best).tolist()}
    return pd.DataFrame({"trial": np.arange(1, len(seen) + 1), "choices": [" ".join(c.values()) for c in asked],
                         "place": places, "table_seed": table_seed, "seen": seen, **paid,
                         **{name: [found[at][name] for at in best.tolist()] for name in ("truth", "rank", "regret")}})


def curves(truth: Truth, strategies: Sequence[str] | Mapping[str, Player], trials: int,
           seeds: Sequence[int]) -> pd.DataFrame:
    """Every strategy with every seed: the rows of `play` behind columns strategy (its name here) and seed.

    All may pay as much as `trials` whole trainings: a player that stops each trial early has so many more of them.
    """
    players = strategies if isinstance(strategies, Mapping) else {name: Player(name) for name in strategies}
    parts = []
    for name, player in players.items():
        share = 1.0 if player.epochs is None else truth.after(player.epochs)[1]
        for seed in seeds:
            part = play(truth, player.strategy, math.floor(trials / share + 1e-9), seed, player.args, player.epochs)
            part.insert(0, "strategy", name)
            part.insert(1, "seed", seed)
            parts.append(part)
    if not parts:
        raise NasreidError(f"{len(players)} strategies and {len(seeds)} seeds; expected at least one of each")
    return pd.concat(parts, ignore_index=True)


def band(frame: pd.DataFrame, against: str = "images", value: str = "regret",
         budgets: Sequence[float] | None = None) -> pd.DataFrame:
    """`curves` over the seeds: strategy, `against` (images, seconds or trial), searches, low, median, high, mean.

    low and high hold the middle half of the searches. After a budget a search would return what it had found when it
    last ended a trial within it. Only budgets that all searches of a strategy reach; by default those after which a
    trial ends, or POINTS of them.
    """
    rows = []
    for name, part in frame.groupby("strategy", sort=False):
        runs = [(run[against].to_numpy(float), run[value].to_numpy(float)) for _, run in part.groupby("seed")]
        first, last = max(paid[0] for paid, _ in runs), min(paid[-1] for paid, _ in runs)
        at = np.unique(np.concatenate([paid for paid, _ in runs]) if budgets is None else np.asarray(budgets, float))
        at = at[(at >= first) & (at <= last)]
        if budgets is None and len(at) > POINTS:
            at = np.linspace(first, last, POINTS)
        found = np.array([values[np.searchsorted(paid, at, side="right") - 1] for paid, values in runs])  # (seeds, at)
        low, median, high = np.quantile(found, [0.25, 0.5, 0.75], axis=0)
        rows.append(pd.DataFrame({"strategy": name, against: at, "searches": len(runs), "low": low, "median": median,
                                  "high": high, "mean": found.mean(0)}))
    return pd.concat(rows, ignore_index=True)


def expected(truth: Truth, trials: int, epochs: int | None = None) -> np.ndarray:
    """Mean regret (trials,) of random search after 1, 2, … trials, over its draws and the table's seeds, exactly.

    Of A architectures, the best of n different ones is the i-th with probability C(A - i, n - 1) / C(A, n). After one
    trial that is the regret of a random architecture; after A, that of the best seen in one seed.
    """
    shown = truth if epochs is None else truth.after(epochs)[0]
    regret, count = truth.scores.max() - truth.scores, len(truth.scores)
    in_order = np.zeros(count)  # mean regret of the i-th best seen; equals share theirs, as any may be drawn first
    for seen in shown.by_seed.T:
        _, group, sizes = np.unique(-seen, return_inverse=True, return_counts=True)
        in_order += np.repeat(np.bincount(group, regret) / sizes, sizes) / truth.seeds
    n, i = np.minimum(np.arange(1, trials + 1), count)[:, None], np.arange(1, count)
    ratios = np.maximum((count - i - n + 1) / (count - i), 0)
    return np.cumprod(np.hstack([n / count, ratios]), axis=1) @ in_order


def _best(seen: np.ndarray) -> np.ndarray:
    """Place of the best so far, the first of equals: (n,) -> (n,)."""
    before = np.concatenate([[-np.inf], np.maximum.accumulate(seen)[:-1]])
    return np.maximum.accumulate(np.where(seen > before, np.arange(len(seen)), 0))


def _check(truth: Truth, known: Decisions, trials: int) -> None:
    if trials < 1:
        raise NasreidError(f"trials is {trials}; expected at least 1")
    whole = known.count()
    if len(truth.names) < whole:
        raise NasreidError(f"the table has {len(truth.names)} of {whole} architectures; expected all, as a strategy "
                           "may ask for any")
    absent = [name for name in ("images", "seconds") if name not in truth.facts]
    if absent:
        raise NasreidError(f"the table has no column {' or '.join(absent)}; expected what a trial costs")
