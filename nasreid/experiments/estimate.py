"""What a run will cost, before it starts: its first steps are taken, in a fresh process and a folder that goes."""

from __future__ import annotations

import tempfile
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import torch

from nasreid.data.batches.plan import Plan
from nasreid.errors import NasreidError
from nasreid.experiments.pool import Pool
from nasreid.experiments.rehearsals import FEW, Subject, left_out, taken
from nasreid.experiments.runs import RetrainRun, SearchRun
from nasreid.experiments.workers import Task
from nasreid.files import Document
from nasreid.network.cost import Cost, cost
from nasreid.plugins import MULTI_TRIAL
from nasreid.run import CHECKPOINT, LOGS
from nasreid.training.centroids import asking
from nasreid.training.engine import Engine
from nasreid.training.search import PERTURB, Search
from nasreid.training.search_parts import Parts


@dataclass(frozen=True)
class Estimate:
    """Of a run of `steps` steps: seconds of one, mean of `counted`, and of all else; bytes of memory and disk.

    memory: the peak of the process, or of the GPU; disk: all that the folder holds in the end, checkpoints included.
    """

    what: str
    device: str
    cost: Cost
    steps: int
    step: float
    counted: int
    seconds: float
    memory: int
    disk: int

    def __str__(self) -> str:
        one = self.cost
        return "\n".join((
            f"{self.what}, on {self.device}",
            f"  parameters     {one.parameters:,}",
            f"  multiply-adds  {one.multiply_adds:,} of an image: convolutions and linear layers, as papers count",
            f"                 {one.with_products:,} with all matrix products (torch.utils.flop_counter)",
            f"  memory         {self.memory / 2**20:,.0f} MiB at most",
            f"  step           {self.step:.3g} s, mean of {self.counted}",
            f"  run            {self.steps:,} steps, {self.seconds / 3600:.3g} h ({self.seconds:,.0f} s), of which "
            f"{self.steps * self.step:,.0f} s in steps",
            f"  disk           {self.disk / 2**20:,.1f} MiB"))


def estimated(run: SearchRun | RetrainRun) -> Estimate:
    """Of a one-shot search or a retraining, in a fresh process, whose start and whose memory are those of the run.

    Raises:
        NasreidError: the run is refused, has fewer than FEW steps, or is a search that takes none of its own.
    """
    if isinstance(run, SearchRun):
        _with_steps(run)
    pool = Pool(1, _work, torch.get_num_threads())
    try:
        return pool.submit(Task("estimate", {"run": run, "begun": time.time()}, "")).result()["estimate"]
    except BrokenProcessPool as error:
        raise NasreidError("the process that took the first steps was killed, by lack of memory perhaps; expected a "
                           "smaller batch or network, or more memory") from error
    finally:
        pool.stop()


def of_search(run: SearchRun, begun: float) -> Estimate:
    """Of a one-shot search, in this process, which was asked for at `begun` by the system's clock."""
    own = _with_steps(run)
    search, frame = own.on_data(own.search.engine.quiet)
    parts = search.parts(frame)
    plain = replace(search, validate_every=0, take="last")  # what is looked at is counted by picture
    again, later = replace(plain, engine=_steps_alone(search.engine)), replace(parts, warmup=0)
    subject = Subject(f"search of {search.space} by {search.strategy}", search.engine, cast(Plan, parts.plan),
                      parts.network,
                      lambda folder, some: plain.rehearse(parts, folder, some),
                      lambda folder, some: again.rehearse(later, folder, some),
                      parts.plan.first_step(search.warmup_weights), search.pictures(parts), _looks(search, parts))
    return _of(subject, search.budget.height, search.budget.width, begun)


def of_retraining(run: RetrainRun, begun: float) -> Estimate:
    """Of a retraining, as `of_search`."""
    training = run.checked()
    training.check()
    frame = run.data.frame("train", quiet=training.engine.quiet)
    parts = training.parts(frame)
    later = replace(training, frozen_epochs=0, engine=_steps_alone(training.engine))
    plan = training.plan(parts[0])
    subject = Subject(f"retraining of {training.record().space}", training.engine, plan, parts[1],
                      lambda folder, some: training.rehearse(parts, folder, some),
                      lambda folder, some: later.rehearse(parts, folder, some),
                      plan.first_step(training.frozen_epochs), training.pictures(parts[0]), 0)
    return _of(subject, training.budget.height, training.budget.width, begun)


def _with_steps(run: SearchRun) -> SearchRun:
    """The search as it is read; NasreidError where it takes no step of its own."""
    own = run.read()
    if own.search.strategy in MULTI_TRIAL:
        raise NasreidError(f"strategy {own.search.strategy!r} runs trials; expected a one-shot strategy, or an "
                           "estimate of the retraining that its trials are")
    if not own.search.made_strategy().trained:
        raise NasreidError(f"strategy {own.search.strategy!r} takes no step; expected one that trains")
    return own


def _work(spec: Document, *_: object) -> Document:
    run, begun = spec["run"], spec["begun"]
    return {"estimate": of_search(run, begun) if isinstance(run, SearchRun) else of_retraining(run, begun)}


def _looks(search: Search, parts: Parts) -> int:
    """Pictures that a search looks at outside of steps: for centroids, to validate, and for what is missed."""
    own, every = len(parts.split.parts()[-1].rows), search.validate_every
    times = -(-search.budget.epochs // every) if every else 0
    times += sum(map(len, parts.supernet.sizes().values())) if search.take == PERTURB else 0
    return sum(len(part.rows) for _, part in asking(parts.trained(), parts.split)) + times * own


def _steps_alone(engine: Engine) -> Engine:
    return replace(engine, draw=False, quiet=True)


def _of(subject: Subject, height: int, width: int, begun: float) -> Estimate:
    plan, engine = subject.plan, subject.engine
    with tempfile.TemporaryDirectory() as folder:
        found = taken(subject, Path(folder), begun)
        more, memory = left_out(subject)
        steps, first = len(plan), min(subject.first, len(plan))
        seconds = (found.around + first * found.early + (steps - first) * found.step + plan.epochs * found.epoch + more)
        disk = _disk(Path(folder) / "run", steps, plan.epochs, seconds > engine.checkpoint_seconds)
    size = cost(subject.network, height, width)
    step = (first * found.early + (steps - first) * found.step) / steps
    memory = found.memory + (memory if engine.torch_device().type == "cpu" else 0)
    return Estimate(subject.what, engine.torch_device().type, size, steps, step, found.counted, seconds, memory, disk)


def _disk(folder: Path, steps: int, epochs: int, long: bool) -> int:
    """Bytes of the folder of a rehearsal, once its tables are as long as they will be."""
    times = {"metrics.csv": steps / FEW, LOGS: steps / FEW, "probabilities.csv": epochs,
             CHECKPOINT: 1 + long}
    return round(sum(file.stat().st_size * times.get(file.relative_to(folder).parts[0], 1)
                     for file in folder.rglob("*") if file.is_file()))
