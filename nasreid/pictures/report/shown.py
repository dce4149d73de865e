"""Which variants a page shows one by one: all of a small comparison, the best of a large one."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

DRAWN = 8  # variants whose searches and genotypes are drawn
LINES = 40  # variants in a picture that has a line for each
SAID = 20  # sentences in a list


@dataclass(frozen=True)
class Shown:
    """Names of variants, of `total`, in the order of the runs."""

    names: list[str]
    total: int
    reference: str
    metric: str

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of these variants."""
        return frame[frame["variant"].astype(str).isin(self.names)]

    def said(self) -> str:
        """What is not here, and where it is; nothing where all are.

        >>> Shown(["a", "b"], 9, "b", "mAP").said()
        'Drawn: b and the 1 of 9 variants with the highest mean mAP. All are in the tables and in runs.csv.'
        """
        if len(self.names) == self.total:
            return ""
        rest = len(self.names) - (self.reference in self.names)
        return (f"Drawn: {self.reference} and the {rest} of {self.total} variants with the highest mean {self.metric}. "
                "All are in the tables and in runs.csv.")


def best(frame: pd.DataFrame, reference: str, metric: str, count: int) -> Shown:
    """The reference and the best variants by their means, `count` in all.

    >>> frame = pd.DataFrame({"variant": ["a", "b", "c"], "mAP": [2.0, 1.0, 3.0]})
    >>> best(frame, "b", "mAP", 2).names
    ['b', 'c']
    """
    means = frame.groupby(frame["variant"].astype(str), sort=False)[metric].mean()
    ranked = [str(name) for name in means.sort_values(ascending=False, kind="stable").index if name != reference]
    kept = {reference, *ranked[: count - (reference in means.index)]}
    return Shown([str(name) for name in means.index if name in kept], len(means), reference, metric)


def listed(lines: list[str], where: str) -> list[str]:
    """The first lines, and how many more there are where.

    >>> listed(["a", "b"], "below")
    ['a', 'b']
    >>> listed(["a"] * 25, "below")[-1]
    'and 5 more, below'
    """
    return lines if len(lines) <= SAID else [*lines[:SAID], f"and {len(lines) - SAID} more, {where}"]
