"""nasreid retrain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from nasreid.arguments import Options
from nasreid.cli.commands import Completed, Sparing
from nasreid.cli.devices import Devices, shared
from nasreid.configuration import How, known
from nasreid.experiments.runs import RetrainRun
from nasreid.experiments.same_data import read_alike, unsaid
from nasreid.experiments.unlabelled_runs import UnlabelledRun
from nasreid.training.unlabelled import Clusters


@dataclass(frozen=True)
class RetrainCommand(Completed, Sparing):
    """Train the network of a genotype; the run folder gets its weights, metrics and pictures."""

    run: RetrainRun
    output: Annotated[str, "run folder; an unfinished run in it is continued", How]
    unlabelled: Annotated[bool, "read no label: the run makes its own, clusters of the images, in each epoch"] = False
    clusters: Clusters = Clusters()
    force: Annotated[bool, "replace the run in the output folder", How] = False
    devices: Devices = 1

    @staticmethod
    def completed(given: Options) -> Options:
        """What was typed; the data set of the search that found the genotype is read as the search read it."""
        return read_alike(given, given.get("genotype"))

    def meaningless(self, given: Options) -> list[str]:
        """Options of clusters where labels are read, and how the data set is read where the search says it."""
        return [*([] if self.unlabelled else known(Clusters)), *unsaid(given)]

    def __post_init__(self) -> None:
        self.clusters.needed(self.unlabelled)

    def __call__(self) -> None:
        run = UnlabelledRun(self.run.data, self.run.retrain, self.clusters) if self.unlabelled else self.run
        with shared(self.run.retrain.engine) as ranks:
            run.run(self.output, self.force, ranks)
        if ranks.first:
            print(f"network: {Path(self.output) / 'network.safetensors'}")
