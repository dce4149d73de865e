"""How a search went: what users of DARTS-like searches complain of, made visible.

`trajectory` holds the rows of probabilities.csv: epoch, label, candidate, probability (step is not needed).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.files import Document, read_json

VANISHED = 1e-6  # norm of the alphas' gradient below which Adam moves by rounding alone
UNIFORM = 0.99  # mean entropy above which decisions are as good as undecided
FREE_SHARE = 0.5  # DARTS collapses into operations without parameters (Zela et al., ICLR 2020); above this, say so


def decisions(trajectory: pd.DataFrame) -> pd.DataFrame:
    """One row for each (epoch, label): best candidate, its margin to the second, entropy (0 decided, 1 uniform).

    >>> rows = {"epoch": 0, "label": "s1", "candidate": ["a", "b"], "probability": [0.75, 0.25]}
    >>> decisions(pd.DataFrame(rows))[["best", "margin"]].to_dict("records")
    [{'best': 'a', 'margin': 0.5}]
    """
    rows = []
    for (epoch, label), part in trajectory.groupby(["epoch", "label"], sort=False):
        p = part["probability"].to_numpy(dtype=np.float64)
        ordered = np.sort(p)[::-1]
        margin = float(ordered[0] - ordered[1]) if len(p) > 1 else 1.0
        rows.append({"epoch": epoch, "label": label, "best": part["candidate"].iloc[int(p.argmax())],
                     "margin": margin, "entropy": entropy(p)})
    return pd.DataFrame(rows)


def bands(trajectories: Sequence[pd.DataFrame], level: float = 0.95, most: int = 60) -> pd.DataFrame:
    """How the probabilities of several seeds went: a row for each (label, candidate, epoch), in the order of the first.

    n (seeds that have it), mean, and low and high, the Student-t interval of the mean within 0 and 1, NaN with one
    seed. Of more than `most` epochs every second, third, … is kept, and the last.

    >>> seed = {"epoch": [0, 0], "label": ["s1", "s1"], "candidate": ["a", "b"], "probability": [0.75, 0.25]}
    >>> bands([pd.DataFrame(seed), pd.DataFrame({**seed, "probability": [0.5, 0.5]})])["mean"].tolist()
    [0.625, 0.375]
    """
    table = pd.concat(trajectories)
    epochs = np.unique(table["epoch"])
    kept = epochs[::-1][:: -(-len(epochs) // most)]
    grouped = table[table["epoch"].isin(kept)].groupby(["label", "candidate", "epoch"], sort=False)["probability"]
    found = grouped.agg(n="count", mean="mean", sd="std").reset_index()
    half = stats.t.ppf(0.5 + level / 2, np.maximum(found["n"] - 1, 1)) * found["sd"] / np.sqrt(found["n"])
    return found.assign(low=(found["mean"] - half).clip(0, 1), high=(found["mean"] + half).clip(0, 1))


def entropy(probabilities: np.ndarray) -> float:
    """Of the probabilities (K,) of one decision, as a share of that of K equal ones; 0 where there is no choice.

    >>> entropy(np.array([0.5, 0.5]))
    1.0
    """
    p = np.asarray(probabilities, dtype=np.float64)
    positive = p[p > 0]
    return float(-(positive * np.log(positive)).sum() / np.log(len(p))) if len(p) > 1 else 0.0


def least_entropy(trajectory: pd.DataFrame, travel: float) -> float:
    """Mean entropy where in every decision one alpha has risen and all others have fallen as far as they could."""
    counts = trajectory.groupby("label")["candidate"].nunique()
    rows = [np.exp(np.where(np.arange(count) == 0, 0.0, -2 * travel)) for count in counts]
    return float(np.mean([entropy(row / row.sum()) for row in rows]))


def genotypes(trajectory: pd.DataFrame) -> dict[int, dict[str, str]]:
    """{epoch: {label: strongest candidate}}, the first one of equals.

    >>> rows = {"epoch": [0, 0, 1, 1], "label": "s1", "candidate": ["a", "b"] * 2, "probability": [0.6, 0.4, 0.3, 0.7]}
    >>> genotypes(pd.DataFrame(rows))
    {0: {'s1': 'a'}, 1: {'s1': 'b'}}
    """
    table = decisions(trajectory)
    return {int(str(epoch)): dict(zip(part["label"], part["best"], strict=True))
            for epoch, part in table.groupby("epoch")}


def settled(trajectory: pd.DataFrame) -> tuple[int, dict[str, int]]:
    """First epoch from which on the genotype no longer changed, and the same for each decision.

    >>> rows = {"epoch": [0, 0, 1, 1], "label": "s1", "candidate": ["a", "b"] * 2, "probability": [0.6, 0.4, 0.3, 0.7]}
    >>> settled(pd.DataFrame(rows))
    (1, {'s1': 1})
    """
    by_epoch = genotypes(trajectory)
    epochs = sorted(by_epoch)
    last = by_epoch[epochs[-1]]
    since = {label: next((after for before, after in zip(epochs[-2::-1], epochs[:0:-1], strict=True)
                          if by_epoch[before][label] != choice), epochs[0]) for label, choice in last.items()}
    return max(since.values()), since


def most_stable(trajectory: pd.DataFrame) -> int:
    """Last epoch of the genotype that was the strongest for most epochs; of equals the later one."""
    by_epoch = genotypes(trajectory)
    kept: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for epoch in sorted(by_epoch):
        kept.setdefault(tuple(sorted(by_epoch[epoch].items())), []).append(epoch)
    return max(kept.values(), key=lambda epochs: (len(epochs), epochs[-1]))[-1]


def histogram(choices: Sequence[dict[str, str]], others: Iterable[str] = ()) -> pd.DataFrame:
    """Shares of the candidates over several genotypes, by depth: rows are labels in order, columns candidates.

    A decision that lies inside a candidate, and so is not in all of them, has shares that sum to less than one.
    others: candidates that have a column though none of these genotypes took them.

    >>> histogram([{"s1": "a"}, {"s1": "b"}]).to_dict("index")
    {'s1': {'a': 0.5, 'b': 0.5}}
    """
    _check(choices)
    counts = pd.DataFrame(choices).apply(lambda column: column.value_counts())
    names = sorted({*counts.index, *others})  # sorted: pictures of several searches are compared
    return (counts.reindex(names).fillna(0.0).T / len(choices)).loc[_labels(choices)]


def agreement(choices: Sequence[dict[str, str]]) -> tuple[float, pd.Series]:
    """Of genotypes from several seeds: mean share of decisions in which two agree (one minus the normalised Hamming
    distance), and for each decision the share of the most frequent candidate. With one genotype both are 1. In a
    decision that only one of the two has they do not agree.

    >>> agreement([{"s1": "a", "s2": "a"}, {"s1": "b", "s2": "a"}])[0]
    0.5
    """
    table = histogram(choices)
    pairs = [np.mean([a.get(label) == b.get(label) for label in a | b]) for a, b in combinations(choices, 2)]
    return float(np.mean(pairs)) if pairs else 1.0, table.max(axis=1)


def free_share(choices: dict[str, str], sizes: dict[str, dict[str, int]]) -> float:
    """Share of the decisions that could have taken parameters and took a candidate that has none.

    sizes: {label: {candidate: parameters}}. NaN where no decision has candidates of both kinds.

    >>> free_share({"s1": "none", "s2": "conv"}, dict.fromkeys(["s1", "s2"], {"none": 0, "conv": 9}))
    0.5
    """
    free = _free(choices, sizes)
    return float(np.mean(free)) if free else float("nan")


def _free(choices: dict[str, str], sizes: dict[str, dict[str, int]]) -> list[bool]:
    """Of each decision between candidates with parameters and without: whether it took one without."""
    return [sizes[label][name] == 0 for label, name in choices.items()
            if 0 in (s := sizes[label].values()) and max(s) > 0]


def summary(trajectory: pd.DataFrame, metrics: pd.DataFrame, sizes: dict[str, dict[str, int]],
            choices: dict[str, str], travel: float | None = None) -> Document:
    """Figures of a finished search, and `alarms`: sentences about what looks wrong.

    travel: how far its alphas could move, the sum of their rates over the steps, where that is known.
    """
    table = decisions(trajectory)
    last = table[table["epoch"] == table["epoch"].max()]
    norms = metrics.loc[metrics["name"] == "alpha_gradient", "value"]
    scores = metrics[metrics["name"] == "validation_mAP"]
    found: Document = {
        "epochs": int(table["epoch"].max()) + 1, "settled_after_epoch": settled(trajectory)[0],
        "mean_entropy": round(float(last["entropy"].mean()), 4), "least_margin": round(float(last["margin"].min()), 4),
        "free_share": round(free_share(choices, sizes), 4), "free_of": len(_free(choices, sizes)),
        "alpha_gradient_first": float(norms.head(10).median()) if len(norms) else None,
        "alpha_gradient_last": float(norms.tail(10).median()) if len(norms) else None,
        "alpha_travel": None if travel is None else round(travel, 4),
        "least_entropy": None if travel is None else round(least_entropy(trajectory, travel), 4)}
    if len(scores):
        best = scores.loc[scores["value"].idxmax()]
        found |= {"validation_mAP_best": round(float(best["value"]), 4),
                  "validation_mAP_best_epoch": int(best["epoch"]),
                  "validation_mAP_last": round(float(scores["value"].iloc[-1]), 4)}
    return {**found, "alarms": alarms(found)}


def alarms(found: Document) -> list[str]:
    """What a user should look at before believing the genotype."""
    said = []
    several = found["free_of"]
    if found["free_share"] > FREE_SHARE and several > 1:
        said.append(f"{found['free_share'] * several:.0f} of {several} decisions between candidates with parameters "
                    "and without took one without: the search may have collapsed")
    if found["alpha_gradient_last"] is not None and found["alpha_gradient_last"] < VANISHED:
        said.append(f"the gradient of the architecture has vanished (norm {found['alpha_gradient_last']:.1e})")
    if found["mean_entropy"] > UNIFORM:
        least = found.get("least_entropy")
        why = ("the genotype is little more than a tie-break" if least is None or least < UNIFORM else
               f"its alphas could move by {found['alpha_travel']:.2g} only, to {least:.3f} at best; expected a larger "
               "architecture_lr or more epochs, though the order of the candidates may be right")
        said.append(f"the decisions are still uniform (mean entropy {found['mean_entropy']:.3f} of 1): {why}")
    if found["epochs"] > 2 and found["settled_after_epoch"] == found["epochs"] - 1:
        said.append("the genotype still changed in the last epoch")
    return said


def alarms_of(folder: str | Path) -> list[str]:
    """Those that a finished search left in its run folder; none where it trained nothing."""
    path = Path(folder) / "diagnostics.json"
    return read_json(path, "diagnostics").get("alarms", []) if path.is_file() else []


def _labels(choices: Sequence[dict[str, str]]) -> list[str]:
    """The labels of all genotypes; one that the first of them lack comes behind what stands before it elsewhere."""
    found = list(choices[0])
    for other in choices[1:]:
        last = -1
        for label in other:
            if label not in found:
                found.insert(last + 1, label)
            last = found.index(label)
    return found


def _check(choices: Sequence[dict[str, str]]) -> None:
    if not choices or not set(choices[0]).intersection(*choices):
        sets = len({tuple(sorted(c)) for c in choices})
        raise NasreidError(f"{len(choices)} genotypes over {sets} sets of decisions: expected at least one, and "
                           "decisions that all of them have")
