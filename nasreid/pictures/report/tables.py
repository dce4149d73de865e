"""The tables of a comparison as people read them, and the names of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

RUNS, TABLE, PAIRED, TEXT = "runs.csv", "summary.csv", "paired.csv", "compare.md"
DECIDED = "decided.csv"
ABOUT = "compare.json"
RETRAININGS, COMPONENTS, RECIPES, SURVIVAL = "retrainings.csv", "components.csv", "recipes.csv", "survival.csv"
SPEED = "speed.csv"


PAIRS_TOLD = (
    "p: signs permuted, two-sided. Holm: p adjusted for the number of rows. Effect: mean difference, in standard "
    "deviations of the paired differences (Hedges). P(ahead): share of all pairs of runs in which the variant is the "
    "better one. Seeds for 1: pairs of runs that would show a difference of 1 with 80 % power, and in brackets how far "
    "these seeds know that number (95 %).")
VERDICTS_TOLD = ("e: evidence that stays valid though one looks after every seed; from the second number on it "
                 "decides. P: posterior probabilities of the mean difference.")


def text(frame: pd.DataFrame, table: pd.DataFrame, pairs: pd.DataFrame, failed: dict[str, str], reference: str,
         metric: str, told: Sequence[str] = ()) -> str:
    """The tables as Markdown, with what they do not show written under them; told: parts after the paired ones."""
    parts = ["\n".join(f"- {line}" for line in lost(failed))] if failed else []
    parts += [f"{metric}: mean over seeds and 95 % interval (Student t)\n\n{markdown(scores_table(table))}"]
    if len(pairs):
        parts.append(f"paired with {reference} on the same seeds\n\n{markdown(pairs_table(pairs))}")
        smallest = pairs["p_min"].clip(upper=1.0).min()
        parts.append(f"{smallest:.3g} is the least p that so few seeds can give. {PAIRS_TOLD}")
    parts += told
    parts.append(f"budget of each run, median over seeds\n\n{markdown(budget_table(frame))}")
    if "protocol" in frame:
        parts.append("protocol: " + "; ".join(sorted(set(frame["protocol"].astype(str)))))
    if failed:
        parts.append("failed, and missing above:\n\n" + "\n".join(f"- {n}: {why}" for n, why in failed.items()))
    return "\n\n".join(parts) + "\n"


def lost(failed: dict[str, str]) -> list[str]:
    """A sentence for each variant of which jobs failed: what is missing comes before what is there.

    failed: {name of a job, "variant, seed 3": why}.

    >>> lost({"TCM, seed 3": "no memory"})
    ['FAILED: 1 of the jobs of TCM, which are missing in all that follows (no memory).']
    """
    reasons: dict[str, list[str]] = {}
    for name, why in failed.items():
        reasons.setdefault(name.rpartition(", seed ")[0], []).append(why)
    return [f"FAILED: {len(why)} of the jobs of {variant}, which are missing in all that follows ({cell(why[0])})."
            for variant, why in reasons.items()]


def verdict(pairs: pd.DataFrame, reference: str, metric: str) -> list[str]:
    """What the paired differences allow to say, a sentence for each variant."""
    said = []
    for row in pairs.to_dict("records"):
        low, high, p = row["low"], row["high"], row["holm"]
        side = "above" if low > 0 else "below"
        how = f"{row['difference']:+.2f} {metric}, 95 % interval {low:.2f} to {high:.2f}, Holm p {p:.3f}"
        if not row["n"]:
            said.append(f"{row['variant']}: {reference} has no finished run on the same seeds, so nothing is said.")
        elif np.isnan(low):
            said.append(f"{row['variant']}: one seed, which shows nothing about the difference to {reference}.")
        elif low <= 0 <= high:
            said.append(f"{row['variant']} cannot be told from {reference} ({how}).")
        elif p > 0.05:
            said.append(f"{row['variant']} leans {side} {reference}, not beyond doubt ({how}).")
        else:
            said.append(f"{row['variant']} is {side} {reference} ({how}).")
    return said


def decisions(verdicts: pd.DataFrame, reference: str) -> list[str]:
    """`nasreid.experiments.decided.Deciding.verdicts` as sentences."""
    def within(row: Mapping[Any, Any]) -> str:
        return f"P(within {row['rope']:g}) {_two(row['equal'])}, " if row["rope"] else ""

    words = {"better": "is better than", "worse": "is worse than", "equal": "is equal within the margin to",
             "undecided": "is undecided against"}
    return [f"{row['variant']} {words[row['verdict']]} {reference} after {row['n']} seeds (e = {row['e']:.3g}, "
            f"{row['threshold']:.3g} decides; P(better) {_two(row['better'])}, {within(row)}P(worse) "
            f"{_two(row['worse'])})" for row in verdicts.to_dict("records")]


def scores_table(table: pd.DataFrame) -> pd.DataFrame:
    """`statistics.summary` as people read it."""
    return pd.DataFrame({"variant": table["variant"], "seeds": table["n"], "mean": table["mean"].map(_two),
                         "sd": table["sd"].map(_two), "95 %": _range(table)})


def pairs_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """`statistics.paired` as people read it."""
    return pd.DataFrame({"variant": pairs["variant"], "seeds": pairs["n"], "difference": pairs["difference"].map(_two),
                         "95 %": _range(pairs), "p": pairs["p"].map(p_value), "Holm": pairs["holm"].map(p_value),
                         "effect": pairs["effect"].map(_two), "P(ahead)": pairs["superiority"].map(_two),
                         "seeds for 1": [_seeds(row) for row in pairs.to_dict("records")]})


def _seeds(row: Mapping[Any, Any]) -> str:
    """A number of seeds with what is known of it: "42 (20 to 300)", "4 (2 to more than 10,000)"."""
    needed, low, high = row["seeds_needed"], row["seeds_low"], row["seeds_high"]
    if np.isnan(needed):
        return "–"
    return f"{needed:.0f} ({low:.0f} to {'more than 10,000' if np.isnan(high) else f'{high:.0f}'})"


def costs(frame: pd.DataFrame) -> list[str]:
    """The columns of runs.csv that say what a run cost.

    >>> costs(pd.DataFrame(columns=["variant", "search_images", "parameters"]))
    ['search_images', 'parameters']
    """
    return [str(name) for name in frame
            if str(name).startswith(("search_", "retrain_")) or name in ("parameters", "multiply_adds")]


def budget_table(frame: pd.DataFrame) -> pd.DataFrame:
    """What the runs of each variant cost: medians over the seeds."""
    medians = frame[costs(frame)].astype(float).groupby(frame["variant"], sort=False).median().round(1)
    return medians.rename(columns=lambda c: str(c).replace("_", " ")).reset_index()


def components_table(table: pd.DataFrame) -> pd.DataFrame:
    """`components.components` as people read it: standard deviations, in the unit of the score."""
    def sd(variance: float, low: float, high: float) -> str:
        ends = "" if np.isnan(low) else f" ({low**0.5:.2f} to {high**0.5:.2f})"
        return "–" if np.isnan(variance) else f"{variance**0.5:.2f}{ends}"

    rows = table.to_dict("records")
    return pd.DataFrame({
        "variant": table["variant"], "searches": table["searches"], "retrainings of each": table["retrainings"],
        "mean": table["mean"].map(_two), "its error": table["error"].map(_two),
        "sd of searching": [sd(row["between"], row["between_low"], row["between_high"]) for row in rows],
        "sd of retraining": [sd(row["within"], row["within_low"], row["within_high"]) for row in rows]})


def recipes_table(table: pd.DataFrame) -> pd.DataFrame:
    """`recipes.by_recipe` as people read it."""
    return pd.DataFrame({"recipe": table["recipe"], "variant": table["variant"], "searches": table["n"],
                         "rank": table["rank"], "mean": table["mean"].map(_two), "95 %": _range(table)})


def survived(table: pd.DataFrame) -> list[str]:
    """`recipes.survival` as sentences."""
    said = []
    for row in table.to_dict("records"):
        turned = f"; the other way round beyond doubt: {row['reversed']}" if row["reversed"] else ""
        said.append(f"Trained by {row['recipe']} instead of {row['against']}, {row['kept']} of {row['pairs']} pairs of "
                    f"variants keep their order (Kendall's tau {_two(row['tau'])}){turned}.")
    return said


def speed_table(table: pd.DataFrame) -> pd.DataFrame:
    """`nasreid.experiments.speed.timed` as people read it; one reference in all rows.

    >>> row = {"variant": "TCM", "against": "resnet50", "ratio": 0.714, "low": 0.7, "high": 0.73, "ms": 3.2}
    >>> speed_table(pd.DataFrame([row])).to_dict("records")
    [{'variant': 'TCM', '× resnet50': '0.71', '95 %': '0.70 to 0.73', 'ms': '3.20'}]
    """
    return pd.DataFrame({"variant": table["variant"], f"× {table['against'].iloc[0]}": table["ratio"].map(_two),
                         "95 %": _range(table), "ms": table["ms"].map(_two)})


def regret_table(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """`nasreid.experiments.table_comparison.summary` as people read it."""
    shown = {"variant": table["variant"], "seeds": table["n"], "regret": table["regret"].map(_two),
             "95 %": _range(table), "of chance": table["share"].map(lambda share: f"{share:.0%}")}
    others = {name: table[name].map(_two) for name in table if str(name).endswith(" regret")}
    return pd.DataFrame({**shown, **others, metric: table[metric].map(_two), "images": table["images"].map(_whole),
                         "seconds": table["seconds"].map(_whole)})


def _whole(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:,.0f}"


def _range(table: pd.DataFrame) -> list[str]:
    pairs = zip(table["low"], table["high"], strict=True)
    return ["–" if np.isnan(low) else f"{low:.2f} to {high:.2f}" for low, high in pairs]


def _two(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def p_value(p: float) -> str:
    """A p as people read it: one that is small is not nothing.

    >>> p_value(0.0312), p_value(1e-6), p_value(float("nan"))
    ('0.031', 'below 0.001', '–')
    """
    return "–" if np.isnan(p) else f"{p:.3f}" if p >= 0.0005 else "below 0.001"


def markdown(table: pd.DataFrame) -> str:
    """A table of texts and numbers in Markdown.

    >>> print(markdown(pd.DataFrame({"variant": ["TCM"], "mAP": [30.5]})))
    | variant | mAP |
    |---|---|
    | TCM | 30.5 |
    """
    head, *lines = ["| " + " | ".join(cell(value).replace("|", r"\|") for value in row) + " |"
                    for row in (table.columns, *table.itertuples(index=False))]
    return "\n".join([head, "|" + "---|" * len(table.columns), *lines])


def cell(value: object) -> str:
    """A value as people read it in a table, in one line; what is not known is a dash.

    >>> cell(1234567.0), cell(float("nan")), cell("two\\nlines")
    ('1,234,567', '–', 'two lines')
    """
    if isinstance(value, float):
        return "–" if np.isnan(value) else f"{value:,.12g}"
    return " ".join(str(value).split())
