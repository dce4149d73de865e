"""nasreid across: the same variants compared on several data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from nasreid.configuration import Place
from nasreid.experiments.across import gathered
from nasreid.experiments.across_words import Told


@dataclass(frozen=True)
class Across:
    """Say what comparisons of the same variants on several data sets are worth together.

    Interquartile means, probability of improvement and relative improvement over the reference, with intervals by the
    stratified bootstrap; mean ranks with the critical difference; tables, sentences and three pictures.
    """

    folders: Annotated[Sequence[str], "folders that nasreid compare filled, each counts as one data set", Place]
    output: Annotated[str, "folder for the tables, across.md and the pictures"]
    names: Annotated[Sequence[str] | None, "of the data sets, one for each folder, after the folders; "
                                             "default: the folders' own"] = None
    metric: Annotated[str | None, "mAP, rank-1, mINP or another score of runs.csv; default: that of the "
                                  "comparisons"] = None
    reference: Annotated[str | None, "variant that the others are compared with; default: Random if it is there, or "
                                     "that of the comparisons"] = None

    def __call__(self) -> None:
        found = gathered(self.folders, self.names, self.metric)
        print(Told(found, found.reference(self.reference)).write(self.output))
