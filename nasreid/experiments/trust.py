"""What a truth table says of itself: how reliable it is, and whether its space is worth searching."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasreid.experiments.truth import METRICS, Truth, read_truth
from nasreid.files import Document


def domains(table: pd.DataFrame) -> list[str]:
    """The test sets of a table: "" for its own, then the names of the others."""
    return [str(name)[: -len("mAP")].strip() for name in table.columns if str(name) == "mAP" or
            str(name).endswith(" mAP")]


def trust(table: str | Path | pd.DataFrame, metric: str = "mAP") -> Document:
    """One flat object for JSON; what cannot be known of such a table is None.

    architectures, seeds; reliability (ICC of the mean over seeds) with its interval; consistency: that of differences
    between such means, by which a search is judged (`Reliability`); seed_sd, architecture_sd, best_minus_mean;
    explained: share of the variance by single decisions, and explained_of_noise; tau_parameters and tau_multiply_adds:
    Kendall's tau of cost and score; tau_domains: of the scores here and on the first other test set.
    """
    read = table if isinstance(table, pd.DataFrame) else read_truth(table, metric)
    truth = Truth.of(read, metric)
    sure, (share, chance) = truth.reliability(), truth.explained()
    found: Document = {
        "metric": metric, "architectures": len(truth.names), "seeds": truth.seeds, "reliability": sure.icc,
        "reliability_low": sure.low, "reliability_high": sure.high, "consistency": sure.consistency,
        "consistency_low": sure.consistency_low, "consistency_high": sure.consistency_high, "seed_sd": sure.seed_sd,
        "architecture_sd": sure.architecture_sd, "best": float(truth.scores.max()),
        "mean": float(truth.scores.mean()), "best_minus_mean": sure.best_minus_mean, "explained": share,
        "explained_of_noise": chance}
    for fact in ("parameters", "multiply_adds"):
        found[f"tau_{fact}"] = truth.tau(truth.facts[fact]) if fact in truth.facts else None
    other = _elsewhere(read, metric)
    found["tau_domains"] = None if other is None else truth.tau(Truth.of(read, other).scores)
    best = truth.architectures()[int(truth.scores.argmax())]
    return {**{name: None if value != value else value for name, value in found.items()}, "best_choices": best}


def told(table: pd.DataFrame) -> list[str]:
    """Lines for people: of each test set how far its mAP can be trusted, then what kind of space it is."""
    lines = []
    for domain in domains(table):
        truth = Truth.of(table, f"{domain} mAP".strip())
        share, chance = truth.explained()
        how = (f"single decisions explain {share:.0%} of the variance, of noise they would explain {chance:.0%}"
               if share == share else "too few architectures to say what single decisions explain")
        lines.append(f"{domain or 'own test set'}: {truth.reliability().words()}; {how}")
    found = trust(table)
    taus = {"parameters": found["tau_parameters"], "multiply-adds": found["tau_multiply_adds"],
            "the other test set": found["tau_domains"]}
    said = [f"{name} {tau:.2f}" for name, tau in taus.items() if tau is not None]
    return [*lines, f"Kendall's tau of mAP with {', '.join(said)}"] if said else lines


def _elsewhere(table: pd.DataFrame, metric: str) -> str | None:
    """The same metric on the first other test set."""
    plain = next((name for name in METRICS if metric == name or metric.endswith(f" {name}")), None)
    if plain is None:
        return None
    every = [f"{domain} {plain}".strip() for domain in domains(table)]
    return next((name for name in every if name != metric and name in table), None)
