"""nasreid search."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from nasreid.arguments import Options
from nasreid.cli.commands import Sparing
from nasreid.cli.devices import Devices, shared
from nasreid.configuration import How, known
from nasreid.errors import NasreidError
from nasreid.evaluation.diagnostics import alarms_of
from nasreid.experiments.estimate import estimated
from nasreid.experiments.runs import SearchRun
from nasreid.experiments.unlabelled_runs import UnlabelledSearchRun
from nasreid.pictures.diagram import text
from nasreid.training.unlabelled import Clusters


@dataclass(frozen=True)
class SearchCommand(Sparing):
    """Search a space with a strategy; the run folder gets genotype, diagram, trajectory, metrics, weights."""

    run: SearchRun
    output: Annotated[str, "run folder; an unfinished run in it is continued", How]
    unlabelled: Annotated[bool, "read no label: the search makes its own, clusters of the images"] = False
    clusters: Clusters = Clusters()
    force: Annotated[bool, "replace the run in the output folder", How] = False
    devices: Devices = 1
    dry_run: Annotated[bool, "take some steps, say what the run will cost, and write nothing", How] = False

    def meaningless(self, given: Options) -> list[str]:
        """Options of clusters where labels are read."""
        return [] if self.unlabelled else list(known(Clusters))

    def __post_init__(self) -> None:
        self.clusters.needed(self.unlabelled)

    def __call__(self) -> None:
        if self.dry_run and self.unlabelled:
            raise NasreidError("dry_run of a search without labels; expected one of the two, as what its epochs "
                               "hold is not known before")
        if self.dry_run:
            print(estimated(self.run))
            return
        run = UnlabelledSearchRun(self.run, self.clusters) if self.unlabelled else self.run
        with shared(self.run.search.engine) as ranks:
            genotype = run.run(self.output, self.force, ranks)
        if not ranks.first:
            return
        print(text(genotype))
        for alarm in alarms_of(self.output):
            print(f"alarm: {alarm}")
        print(f"genotype: {Path(self.output) / 'genotype.json'}")
