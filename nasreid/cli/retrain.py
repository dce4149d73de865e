"""nasreid retrain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from nasreid.cli.devices import Devices, shared
from nasreid.configuration import How
from nasreid.experiments.runs import RetrainRun


@dataclass(frozen=True)
class RetrainCommand:
    """Train the network of a genotype; the run folder gets its weights, metrics and pictures."""

    run: RetrainRun
    output: Annotated[str, "run folder; an unfinished run in it is continued", How]
    force: Annotated[bool, "replace the run in the output folder", How] = False
    devices: Devices = 1

    def __call__(self) -> None:
        with shared(self.run.retrain.engine) as ranks:
            self.run.run(self.output, self.force, ranks)
        if ranks.first:
            print(f"network: {Path(self.output) / 'network.safetensors'}")
