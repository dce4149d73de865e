"""nasreid evaluate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from nasreid.arguments import Options
from nasreid.cli.commands import Completed, Sparing
from nasreid.configuration import How
from nasreid.experiments.same_data import read_alike, unsaid
from nasreid.experiments.scoring import EvaluateRun, said


@dataclass(frozen=True)
class EvaluateCommand(Completed, Sparing):
    """Score a trained network: CMC, mAP and mINP under the data set's protocol."""

    scoring: EvaluateRun
    output: Annotated[str | None, "write the scores to this .json file", How] = None

    @staticmethod
    def completed(given: Options) -> Options:
        """What was typed; the run's own data set is read as the run read it."""
        return read_alike(given, given.get("run"))

    def meaningless(self, given: Options) -> list[str]:
        """How the data set is read, where the run says it."""
        return unsaid(given)

    def __call__(self) -> None:
        self.scoring.run(self.output, lambda scores: print(said(scores)))
