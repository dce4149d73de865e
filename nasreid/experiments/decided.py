"""Whether a comparison is decided, and going on until it is: what `--rope` and `--until-decided` do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from nasreid.configuration import How
from nasreid.errors import NasreidError
from nasreid.evaluation.evidence import UNDECIDED, decide
from nasreid.evaluation.rope import rope
from nasreid.ranges import real, whole


@dataclass(frozen=True)
class Deciding:
    """When two variants count as decided, however often one looks (`nasreid.evaluation.evidence.decide`)."""

    rope: Annotated[float, "differences up to that do not matter: 1.0 is a point of mAP"] = 0.0
    alpha: Annotated[float, "probability of a wrong decision, of all pairs together"] = 0.05
    until_decided: Annotated[bool, "add seeds until every variant is decided against the reference", How] = False
    max_seeds: Annotated[int, "but no more seeds than that", How] = 30

    def __post_init__(self) -> None:
        real(self, 0, 1e6, "rope")
        real(self, 0, 1, "alpha", open_below=True, open_above=True)
        whole(self, 1, 10_000, "max_seeds")

    def verdicts(self, frame: pd.DataFrame, reference: str, metric: str, less: bool = False) -> pd.DataFrame:
        """A row for each variant against the reference, on the seeds that both have.

        verdict (better, worse, equal, undecided), n, e and e_equal (e-values), threshold (what decides), better, equal,
        worse (posterior probabilities), rope. frame: columns variant, seed, metric. less: the smaller value is the
        better one.
        """
        columns = {str(name): part.set_index("seed")[metric] for name, part in frame.groupby("variant", sort=False)}
        if reference not in columns:
            raise NasreidError(f"reference {reference!r} has no finished run; expected one of {', '.join(columns)}")
        theirs, rows = columns.pop(reference), []
        for name, ours in columns.items():
            both = pd.concat([ours, theirs], axis=1, join="inner").dropna().sort_index().to_numpy(float)
            gaps = (both[:, 1] - both[:, 0]) if less else (both[:, 0] - both[:, 1])
            found, belief = decide(gaps, self.rope, self.alpha, len(columns)), rope(gaps, self.rope)
            rows.append({"variant": name, "verdict": found.verdict, "n": found.n, "e": found.e,
                         "e_equal": found.e_equal, "threshold": found.threshold, "better": belief.better,
                         "equal": belief.equal, "worse": belief.worse, "rope": self.rope})
        return pd.DataFrame(rows)

    def until(self, run: Callable[[Sequence[int]], pd.DataFrame], first: int, seeds: int, reference: str, metric: str,
              less: bool = False) -> pd.DataFrame:
        """run(seeds) -> the frame of all of them, with `seeds` seeds, or with more until all variants are decided."""
        frame = run(range(first, first + seeds))
        while self.until_decided and seeds < self.max_seeds:
            found = self.verdicts(frame, reference, metric, less)
            if not len(found) or not (found["verdict"] == UNDECIDED).any():
                break
            seeds += 1
            frame = run(range(first, first + seeds))
        return frame
