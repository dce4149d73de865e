"""nasreid adapt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from nasreid.arguments import Options
from nasreid.cli.commands import Completed
from nasreid.cli.devices import shared
from nasreid.configuration import How, over, values
from nasreid.experiments.adaptation import source_options
from nasreid.experiments.unlabelled_runs import UnlabelledRun


@dataclass(frozen=True)
class AdaptCommand(Completed):
    """Train the network of a finished run on, on images without labels of another domain (unsupervised adaptation)."""

    source: Annotated[str, "run folder of the training on a domain with labels: its network, its weights and the size "
                           "of its pictures are taken over"]
    run: UnlabelledRun
    output: Annotated[str, "run folder; an unfinished run in it is continued", How]
    force: Annotated[bool, "replace the run in the output folder", How] = False

    @staticmethod
    def completed(given: Options) -> Options:
        """What was typed, over what the source says."""
        return over(source_options(given["source"]), given) if given.get("source") else given

    def __call__(self) -> None:
        with shared(self.run.retrain.engine) as ranks:
            self.run.run(self.output, self.force, ranks, {"adapt": values(self, how=False)})
        print(f"network: {Path(self.output) / 'network.safetensors'}")
