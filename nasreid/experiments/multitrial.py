"""A multi-trial search: a strategy over trials of a low budget; the run folder is that of any search."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree

import pandas as pd

from nasreid.arguments import Options
from nasreid.data.batches.plan import Plan
from nasreid.data.frame import check_batches, infrared
from nasreid.errors import NasreidError
from nasreid.experiments import shared_weights as shared
from nasreid.experiments import trial
from nasreid.experiments.choosers import chooser
from nasreid.experiments.fronts import write_front
from nasreid.experiments.ledger import Ledger, key_of
from nasreid.experiments.optuna_samplers import COST, COSTS
from nasreid.experiments.pool import Here, Pool
from nasreid.experiments.trials import METRIC, Chooser, Trials, best
from nasreid.experiments.workers import Task, Workers
from nasreid.files import Document, read_json, write_text
from nasreid.genotype import Genotype
from nasreid.mutation import Decisions, decisions
from nasreid.network.build import open_space
from nasreid.network.flow import flow_of
from nasreid.pictures.diagram.diagram import draw, needs_flow
from nasreid.ranges import PROCESSES, real, whole
from nasreid.run import RESULT, RunFolder
from nasreid.training.limits import Limits, refusal
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search

LEDGER, TABLE, SUPERNET = "ledger.sqlite", "trials.csv", "supernet"


@dataclass(frozen=True)
class MultiTrial:
    """`trials` architectures of a space, asked for by a strategy of `choosers`, scored on identities held out.

    like: how a trial trains (its genotype is replaced); its seed seeds the strategy, the split and every trial alike.
    data: {data, layout, data_args, skip_broken}; share: of the training identities, held out. concurrent: trials at a
    time; evolution and TPE then choose before the last so many have a score. supernet: run folder of a one-shot search
    whose shared weights score instead of a training, after `images` training images (0: none) have recalibrated each
    network; one_shot: that search itself, which then comes first, on the identities that are not held out, into the
    run folder.
    """

    space: str
    space_args: Options
    strategy: str
    strategy_args: Options
    like: Retrain
    data: Options
    trials: int = 20
    share: float = 0.25
    concurrent: int = 1
    supernet: str | None = None
    one_shot: Search | None = None
    images: int = 512
    limits: Limits = Limits()
    workers: Workers | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        whole(self, 1, 1_000_000, "trials")
        whole(self, 0, 1_000_000, "images")
        whole(self, 1, PROCESSES[1], "concurrent")
        real(self, 0, 1, "share", open_above=True)

    def within(self, images: int) -> MultiTrial:
        """This search with as many epochs, of each trial or of the supernet, as come nearest to so many images."""
        train = self._parts().train
        if self.one_shot is not None:
            return replace(self, one_shot=self.one_shot.within(images, train))
        size = self.like.budget
        check_batches(train, size.p, size.k)
        plan = Plan(train["identity"].to_numpy(), size.epochs, size.p, size.k, self.like.seed,
                    train_infrared=infrared(train))
        budget = size.within(max(1, images // self.trials), plan)
        return replace(self, like=replace(self.like, budget=budget))

    def run(self, output: str | Path, config: Options, force: bool = False) -> Genotype:
        """Search; writes genotype, diagram, trials.csv, ledger and result, and returns the best genotype seen.

        A folder that holds an unfinished run of the same configuration is continued: no trial is run twice.
        """
        asked = chooser(self.strategy, self.trials, self.like.seed, self.strategy_args)
        known = decisions(open_space(self.space, self.space_args))
        self._refuse(known)
        with RunFolder(output, config, force) as folder:
            if folder.finished:
                return Genotype.load(folder / "genotype.json")
            return self._judging(folder)._run(folder, asked, known)

    def _judging(self, folder: RunFolder) -> MultiTrial:
        """This, with the shared weights that judge."""
        if self.one_shot is None:
            return self
        place = folder / SUPERNET
        self.one_shot.run(self._parts().train, place)
        return replace(self, one_shot=None, supernet=str(place.resolve()))

    def _run(self, folder: RunFolder, asked: Chooser, known: Decisions) -> Genotype:
        with Ledger(folder / LEDGER) as ledger:
            engine = Trials(lambda choices: self._task(folder.path, choices), ledger, self._workers(), self.trials,
                            self.concurrent, self.like.engine.quiet, self._limit())
            try:
                engine.play(asked, known)
                rmtree(folder / "trials", ignore_errors=True)  # each has left its row
            finally:
                write_text(folder / TABLE, pd.DataFrame(engine.rows).to_csv(index=False))
        genotype = self._genotype(best(engine.rows), list(known))
        self._finish(folder, genotype, engine.rows)
        return genotype

    def _limit(self) -> Callable[[dict[str, str]], str | None] | None:
        size = self.like.budget  # with the neck that is retrained, as one-shot searches count
        return refusal(self.limits, lambda: open_space(self.space, self.space_args), "auto", size.height, size.width)

    def _parts(self) -> trial.Parts:
        return trial.parts(json.dumps(self.data, sort_keys=True), self.share, self.like.seed)

    def _refuse(self, known: Decisions) -> None:
        """What cannot work, before anything is written."""
        if not known:
            raise NasreidError(f"space {self.space!r} has no open decision; expected at least one choice()")
        train = self._parts().train
        if self.one_shot is not None:
            self.one_shot.parts(train)
        if self.supernet is None:
            check_batches(train, self.like.budget.p, self.like.budget.k)
            return
        made = shared.SharedWeights(self.supernet, self.like.space or self.space)
        if made.decisions != known:
            theirs = made.genotype
            raise NasreidError(f"supernet {self.supernet!r} is one of {theirs.space} {theirs.arguments}; expected "
                               f"the decisions of {self.space} {self.space_args}")

    def _workers(self) -> Workers:
        work = trial.measure if self.supernet is None else shared.measure
        if self.workers is not None:
            return self.workers
        return Here(work) if self.concurrent == 1 else Pool(self.concurrent, work)

    def _task(self, output: Path, choices: dict[str, str]) -> Task:
        if self.supernet is None:
            run = replace(self.like, genotype=Genotype(self.space, self.space_args, choices))
            spec = trial.document(run, self.data, self.share)
        else:
            size, engine = self.like.budget, self.like.engine
            spec = {"data": self.data, "share": self.share, "seed": self.like.seed, "supernet": self.supernet,
                    "weights": shared.digest(self.supernet), "space": self.like.space or self.space, "choices": choices,
                    "height": size.height, "width": size.width, "images": self.images,
                    "device": engine.torch_device().type}
        return Task(" ".join(choices.values()), spec, str(output / "trials" / key_of(spec)))

    def _genotype(self, chosen: Document, labels: list[str]) -> Genotype:
        budget = {} if self.supernet is not None else vars(self.like.budget)
        provenance = {"strategy": self.strategy, "strategy_args": self.strategy_args, "seed": self.like.seed,
                      "trials": self.trials, "validation": self.share, "concurrent": self.concurrent,
                      "evaluator": "retrain" if self.supernet is None else "supernet", **budget,
                      "trial": chosen["trial"], METRIC: chosen[METRIC]}
        choices = {label: chosen[label] for label in labels if label in chosen}
        found = Genotype(self.space, self.space_args, choices, provenance)
        if needs_flow(found, self.space) and (traced := flow_of(found, self.space, **self.space_args)) is not None:
            found = replace(found, provenance={**provenance, "flow": traced})
        return found

    def _finish(self, folder: RunFolder, genotype: Genotype, rows: list[Document]) -> None:
        genotype.save(folder / "genotype.json")
        for suffix in ("svg", "png") if self.like.engine.draw else ():
            draw(genotype, folder / f"genotype.{suffix}")
        cost = self.strategy_args.get(COST, COSTS[0])
        two_aims = write_front(folder.path, rows, cost, self.like.engine.draw)
        done = [row for row in rows if METRIC in row]
        total = {name: sum(row[name] for row in done) for name in ("steps", "images", "seconds")}
        if self.supernet is not None:  # what was trained to make the judge belongs to the budget
            made = read_json(Path(self.supernet) / RESULT, "result")
            total = {name: total[name] + made.get(name, 0) for name in total}
        apart = self.concurrent > 1 and self.workers is None  # in processes of a pool, with a thread each
        splits = {"train"} if self.share else {"train", *self._parts().held["split"]}  # whose images chose
        folder.finish({"seed": self.like.seed, **total, "seconds": round(total["seconds"], 1), "trials": len(done),
                       "failed": len(rows) - len(done), METRIC: genotype.provenance[METRIC],
                       "choices": genotype.choices, "splits": sorted(splits), **two_aims},
                      self.like.engine.torch_device(), 1 if apart else None)
