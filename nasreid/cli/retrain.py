"""nasreid retrain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from nasreid.configuration import How
from nasreid.experiments.runs import RetrainRun


@dataclass(frozen=True)
class RetrainCommand:
    """Train the network of a genotype; the run folder gets its weights, metrics and pictures."""

    run: RetrainRun
    output: Annotated[str, "run folder; an unfinished run in it is continued", How]
    force: Annotated[bool, "replace the run in the output folder", How] = False

    def __call__(self) -> None:
        self.run.run(self.output, self.force)
        print(f"network: {Path(self.output) / 'network.safetensors'}")
