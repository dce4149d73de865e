"""nasreid evaluate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from nasreid.configuration import How
from nasreid.experiments.scoring import EvaluateRun, said


@dataclass(frozen=True)
class EvaluateCommand:
    """Score a trained network: CMC, mAP and mINP under the data set's protocol."""

    scoring: EvaluateRun
    output: Annotated[str | None, "write the scores to this .json file", How] = None

    def __call__(self) -> None:
        self.scoring.run(self.output, lambda scores: print(said(scores)))
