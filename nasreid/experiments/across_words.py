"""What comparisons on several data sets say together: tables, pictures, and the sentences for the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError
from nasreid.evaluation.mean_ranks import MeanRanks
from nasreid.evaluation.several import Several, improvement, interquartile_means, normalised, profile, relative
from nasreid.experiments.across import Gathered
from nasreid.files import write_text
from nasreid.pictures import across
from nasreid.pictures.drawn import put
from nasreid.pictures.report.tables import markdown, p_value

TEXT = "across.md"
PERFECT = 100.0
THRESHOLDS = 201
FEW = 5  # seeds; a bootstrap of fewer has too narrow intervals


@dataclass(frozen=True)
class Told:
    """What is found over all data sets against one variant, the reference.

    Scores are made comparable as what the reference leaves open: 0 is its mean on the data set, 1 a score of 100 %.
    That is defined wherever the reference is not perfect, and no best variant has to be picked by the same runs.
    """

    found: Gathered
    reference: str

    def write(self, output: str | Path) -> str:
        """across-*.csv, across.md, across-profile, -ranks and -iqm as .svg and .png; returns what is to be printed."""
        output, scores = Path(output), self.found.scores
        ranks = MeanRanks.of(scores)  # first: it refuses a single data set or variant
        normal = normalised(scores, self.reference, dict.fromkeys(scores.datasets, PERFECT))
        tables = self._tables(normal, ranks)
        text = self._text(tables, ranks)
        drawings = {
            "profile": across.profiles(tables["profile"], self._scale()),
            "ranks": across.critical_differences(ranks, scores.variants),
            "iqm": across.means(tables["iqm"], self._scale()),
        }  # fmt: skip
        for name, table in tables.items():
            write_text(output / f"across-{name}.csv", table.to_csv(index=False))
        write_text(output / TEXT, text)
        for name, drawing in drawings.items():
            for suffix in ("svg", "png"):
                put(drawing, output / f"across-{name}.{suffix}")
        return f"{text}\npictures: {', '.join(str(output / f'across-{name}.svg') for name in drawings)}"

    def _scale(self) -> str:
        return f"normalised {self.found.metric}: 0 is {self.reference}, 1 is {PERFECT:g} %"

    def _tables(self, normal: Several, ranks: MeanRanks) -> dict[str, pd.DataFrame]:
        scores = self.found.scores
        span = np.ptp(normal.values) or 1.0
        taus = np.linspace(normal.values.min() - span / 40, normal.values.max(), THRESHOLDS)
        found = {"means": _means(scores, normal), "iqm": interquartile_means(normal),
                 "improvement": improvement(scores, self.reference), "ranks": _ranks(ranks), "tests": _tests(ranks),
                 "profile": profile(normal, taus)}
        try:
            return {**found, "relative": relative(scores, self.reference)}
        except NasreidError:  # a reference with a score of 0, of which nothing is a percentage
            return found

    def _text(self, tables: dict[str, pd.DataFrame], ranks: MeanRanks) -> str:
        scores, metric, reference = self.found.scores, self.found.metric, self.reference
        seeds, gains = scores.values.shape[2], tables.get("relative")
        said = [*by_rank(ranks, reference), *by_runs(tables["improvement"], reference),
                *([] if gains is None else by_gain(gains, reference, metric)), *limits(self.found)]
        wide = tables["means"].pivot(index="dataset", columns="variant", values="mean")
        wide = wide.loc[list(scores.datasets), list(scores.variants)].map(_two).reset_index()
        parts = ["\n".join(f"- {line}" for line in said),
                 f"{metric}: means over {seeds} seeds\n\n{markdown(wide)}",
                 f"{self._scale()}; interquartile mean over {len(scores.datasets)} data sets × {seeds} seeds, 95 % "
                 f"interval by the stratified bootstrap\n\n{markdown(_shown(tables['iqm'], 'iqm', _two))}",
                 f"probability that a run beats one of {reference} on the same data set\n\n"
                 f"{markdown(_shown(tables['improvement'], 'probability', _two))}"]
        if gains is None:
            parts.append(f"no improvement in per cent of {reference}: it has a run with a {metric} of 0")
        else:
            parts.append(f"improvement of the mean in per cent of that of {reference}\n\n"
                         f"{markdown(_shown(gains, 'improvement', _signed))}")
        table = tables["ranks"].assign(rank=tables["ranks"]["rank"].map(_two),
                                       alike=tables["ranks"]["alike"].replace("", "–"))
        parts.append(f"mean ranks, 1 is best; critical difference {ranks.critical_difference:.2f} at alpha "
                     f"{ranks.alpha:g} (Nemenyi); {_tested(ranks)}\n\n"
                     f"{markdown(table.rename(columns={'rank': 'mean rank', 'alike': 'not apart from'}))}")
        parts.append("\n".join(f"- {name}: {folder}" for name, folder in self.found.folders.items()))
        return "\n\n".join(parts) + "\n"


def by_rank(ranks: MeanRanks, reference: str) -> list[str]:
    """What the mean ranks allow to say: nothing of single variants unless the test over all of them finds something."""
    count, most, difference = len(ranks.ranks), len(ranks.ranks) - 1, ranks.critical_difference
    if np.isnan(ranks.p_f):
        return [f"All {count} variants are tied on all {ranks.datasets} data sets."]
    said = []
    if not ranks.p_f < ranks.alpha:
        said.append(f"By mean rank over {ranks.datasets} data sets, no variant can be told from another "
                    f"({_tested(ranks)}).")
    for variant, rank in ranks.ranks.items() if not said else ():
        gap = ranks.ranks[reference] - rank
        how = (f"mean rank {rank:.2f} against {ranks.ranks[reference]:.2f} over {ranks.datasets} data sets, critical "
               f"difference {difference:.2f}")
        if variant != reference and abs(gap) > difference * (1 + 1e-12):
            said.append(f"{variant} ranks {'above' if gap > 0 else 'below'} {reference} ({how}).")
        elif variant != reference:
            said.append(f"{variant} cannot be told from {reference} by rank ({how}).")
    if difference > most:
        said.append(f"{ranks.datasets} data sets are too few for {count} variants: two mean ranks are at most {most} "
                    f"apart, and {difference:.2f} would be needed.")
    return said


def by_runs(table: pd.DataFrame, reference: str) -> list[str]:
    """What `several.improvement` allows to say, a sentence for each variant."""
    said = []
    for row in table.to_dict("records"):
        low, high, how = row["low"], row["high"], f"probability {row['probability']:.2f}"
        sure = f"{how}, 95 % interval {low:.2f} to {high:.2f}"
        if np.isnan(low):
            said.append(f"{row['variant']}: one seed on each data set, ahead of {reference} with {how}.")
        elif low <= 0.5 <= high:
            said.append(f"A run of {row['variant']} cannot be said to beat or to lose to one of {reference} ({sure}).")
        else:
            said.append(f"A run of {row['variant']} {'beats' if low > 0.5 else 'loses to'} one of {reference} on the "
                        f"same data set more often than not ({sure}).")
    return said


def by_gain(table: pd.DataFrame, reference: str, metric: str) -> list[str]:
    """What `several.relative` allows to say, a sentence for each variant."""
    said = []
    for variant, part in table.groupby("variant", sort=False):
        least, most = part["improvement"].min(), part["improvement"].max()
        sure = "" if part["low"].isna().any() else (
            f"; the 95 % interval is above 0 on {(part['low'] > 0).sum()} and below 0 on {(part['high'] < 0).sum()} of "
            f"{len(part)} data sets")
        said.append(f"{variant}: {metric} {least:+.1f} % to {most:+.1f} % against {reference}{sure}.")
    return said


def limits(found: Gathered) -> list[str]:
    """What none of it says."""
    datasets, _, seeds = found.scores.values.shape
    said = [f"{one} and {other} were scored on the same data ({data}): they are not two data sets, and count as two."
            for one, other, data in found.twice()]
    if seeds == 1:
        return [*said, "One seed: there are no intervals, and nothing is said of other seeds."]
    if seeds < FEW:
        said.append(f"{seeds} seeds: the intervals are too narrow.")
    return [*said, f"The intervals are for other seeds on these {datasets} data sets, not for other data sets; none is "
                   "corrected for the number of variants."]


def _means(scores: Several, normal: Several) -> pd.DataFrame:
    rows = [(dataset, variant, scores.values[t, v].mean(), normal.values[t, v].mean())
            for t, dataset in enumerate(scores.datasets) for v, variant in enumerate(scores.variants)]
    return pd.DataFrame(rows, columns=["dataset", "variant", "mean", "normalised"])


def _ranks(ranks: MeanRanks) -> pd.DataFrame:
    """Columns variant, rank, alike: the variants that share a bar of the diagram."""
    rows = []
    for variant, rank in ranks.ranks.items():
        shared = dict.fromkeys(other for group in ranks.groups if variant in group for other in group)
        rows.append((variant, rank, ", ".join(other for other in shared if other != variant)))
    return pd.DataFrame(rows, columns=["variant", "rank", "alike"])


def _tests(ranks: MeanRanks) -> pd.DataFrame:
    names = ("datasets", "alpha", "friedman", "p", "iman_davenport", "p_f", "critical_difference")
    return pd.DataFrame([{name: getattr(ranks, name) for name in names}])


def _tested(ranks: MeanRanks) -> str:
    if np.isnan(ranks.p_f):
        return "all are tied, there is nothing to test"
    return (f"Friedman's chi-squared {ranks.friedman:.2f}, p {p_value(ranks.p)}; Iman and Davenport's F "
            f"{ranks.iman_davenport:.2f}, p {p_value(ranks.p_f)}")


def _shown(table: pd.DataFrame, value: str, words: Callable[[float], str]) -> pd.DataFrame:
    """As people read it: the value, and low and high as one interval."""
    ends = ["–" if np.isnan(low) else f"{words(low)} to {words(high)}"
            for low, high in zip(table["low"], table["high"], strict=True)]
    return table.drop(columns=["low", "high"]).assign(**{value: table[value].map(words), "95 %": ends})


def _two(value: float) -> str:
    return f"{value:.2f}"


def _signed(value: float) -> str:
    return f"{value:+.1f}"
