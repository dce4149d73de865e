"""How the jobs of a comparison are run: the options that say so."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated

from nasreid.configuration import How
from nasreid.errors import NasreidError
from nasreid.experiments.pool import Pool
from nasreid.experiments.stages import perform
from nasreid.experiments.workers import Processes, RayCluster, Work, Workers
from nasreid.ranges import PROCESSES, real, whole


@dataclass(frozen=True)
class Jobs:
    """How the jobs are run."""

    workers: Annotated[int | None, "jobs at a time; default: on a table of truth one for each core, 8 at most, else 1",
                       How] = None
    threads: Annotated[int, "threads of each job; sums of floats depend on it"] = 1
    engine: Annotated[str, "processes, or ray (an existing cluster)", How] = "processes"
    address: Annotated[str, "of the Ray cluster", How] = "auto"
    gpus: Annotated[float, "GPUs of each job, under Ray", How] = 0.0
    again: Annotated[bool, "try jobs that failed again", How] = False
    quiet: Annotated[bool, "no progress", How] = False

    def __post_init__(self) -> None:
        whole(self, 1, PROCESSES[1], "workers", "threads")
        real(self, 0, PROCESSES[1], "gpus")

    def warm(self, task: Work) -> Workers:
        """Workers that keep what they have imported from one job to the next."""
        cores = min(8, (os.cpu_count() or 1) // self.threads)
        return Pool(self.workers or max(1, cores), task, self.threads)

    def made(self) -> Workers:
        """The workers."""
        if self.engine not in ("processes", "ray"):
            raise NasreidError(f"engine {self.engine!r}: expected processes or ray")
        if self.engine == "processes":
            return Processes(self.workers or 1, self.threads, perform)
        return RayCluster(self.address, self.threads, perform, self.gpus)
