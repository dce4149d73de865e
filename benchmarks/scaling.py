"""python -m benchmarks.scaling: what the ranks of a step tell each other, and what a step takes on 1, 2 and 4 of them.

Messages and bytes that a rank hands to torch.distributed in one step of P=16, K=4, at the full width of the spaces (the
size of the images makes no difference but to the maps that SAM reads); seconds of a step at a quarter of the width, one
thread each. Writes benchmarks/results/scaling.json as it goes. Two cores: some minutes.
"""

import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import torch
import torch.distributed as group

from nasreid.experiments.laws.inputs import noise, people
from nasreid.optimisers import ArchitectureOptimiser, WeightOptimiser
from nasreid.ranks import Ranks
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search
from nasreid.training.sources import Function

RESULT = Path(__file__).parent / "results" / "scaling.json"
SAM = [{"objective": "Memory"}, {"objective": "Triplet"}, {"objective": "SpatialAlignment"}]
BN = {"space": "BNSeparation", "strategy": "CMNAS", "strategy_args": {"train": 0.5}}
CASES = {
    "MSI, TCM": {"strategy": "TCM"},
    "MSI, CE-DARTS": {"strategy": "CEDarts"},
    "MSI, memory, triplet and SAM": {"strategy": "CEDarts", "objectives": SAM},
    "MSI, Gumbel": {"strategy": "Gumbel"},
    "MSI, SinglePath, 8 paths": {"strategy": "SinglePath",
                                 "strategy_args": {"architecture": ArchitectureOptimiser()}},
    "IN placement, Gumbel": {"space": "InPlacement", "strategy": "Gumbel"},
    "BN separation of ResNet-50, CM-NAS": BN,
}
NARROW = {"MSI, TCM": {"space_args": {"width_multiplier": 0.25}}}


class Meter:
    """Counts messages and bytes, by kind."""

    def __init__(self):
        self.messages, self.bytes = Counter(), Counter()

    @contextmanager
    def running(self):
        """While it counts."""
        names = ("all_gather_single", "all_gather_into_tensor", "all_reduce", "broadcast")
        before = {name: getattr(group, name) for name in names if hasattr(group, name)}
        for name, call in before.items():
            setattr(group, name, self._counted(name.partition("_into")[0].partition("_single")[0], call))
        try:
            yield self
        finally:
            for name, call in before.items():
                setattr(group, name, call)

    def _counted(self, kind, call):
        def counted(*tensors, **options):
            self.messages[kind] += 1
            self.bytes[kind] += tensors[-1].numel() * tensors[-1].element_size()
            return call(*tensors, **options)

        return counted


def steps(ranks, case, p, size, number):
    """A function that makes the next step of a search, so many in all."""
    frame = people(2 * p + 8, 8)
    frame = frame if "BNSeparation" in case.values() else frame.query("modality == 'visible'").reset_index(drop=True)
    run = Search(**case, budget=Budget(8, p, 4, *size), optimiser=WeightOptimiser(1e-4, warmup_epochs=0),
                 engine=Engine(device="cpu", quiet=True))  # fmt: skip
    parts = run.parts(frame)
    loop, source = run._loop(parts, ranks), Function(parts.frame, noise(*size))
    for objective in (parts.twins.weights, parts.twins.architecture):
        if objective is not None and objective.needs_start:
            part = parts.split.train if objective is parts.twins.weights else parts.split.validation
            labels = torch.as_tensor(part.labels)
            vectors = torch.randn(len(labels), parts.network.features[0][0], generator=torch.Generator().manual_seed(0))
            objective.start(vectors, labels)
    made = islice(run.engine.steps(loop.plan, 0, *source.halves(parts.split), ranks=ranks), number)
    return (lambda step=step: loop.step(step.to("cpu")) for step in made)


def counted(ranks, case):
    """Messages and bytes of the first step."""
    meter = Meter()
    for step in steps(ranks, case, 16, (64, 32), 1):
        with meter.running():
            step()
    return {"messages": dict(meter.messages), "bytes": dict(meter.bytes)}


def timed(ranks, case):
    """Seconds of a step by the clock and of this rank's processor, the least of five."""
    clock, processor = [], []
    for step in steps(ranks, {**case, **NARROW["MSI, TCM"]}, 8, (128, 64), 6):
        begun = time.perf_counter(), time.process_time()
        step()
        clock.append(time.perf_counter() - begun[0])
        processor.append(time.process_time() - begun[1])
    return {"seconds": min(clock[1:]), "processor": min(processor[1:])}


def _one(ranks, work, case, folder):
    torch.set_num_threads(1)
    if ranks.size > 1:
        group.init_process_group("gloo", init_method=f"file://{folder}/store", rank=ranks.rank, world_size=ranks.size)
    found = work(ranks, case)
    if ranks.first:
        Path(folder, "found.json").write_text(json.dumps(found), encoding="utf-8")
    if ranks.size > 1:
        group.destroy_process_group()


def in_world(size, work, case):
    """What work(ranks, case) says on rank 0 of so many processes."""
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with tempfile.TemporaryDirectory() as folder:
        processes = [context.Process(target=_one, args=(Ranks(r, size), work, case, folder)) for r in range(size)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        return json.loads(Path(folder, "found.json").read_text(encoding="utf-8"))


def main():
    """Count, then measure, and write down as it goes."""
    found = {"counted": {}, "timed": {}}
    for name, case in CASES.items():
        found["counted"][name] = in_world(2, counted, case)
        print(name, found["counted"][name], flush=True)
        RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for size in (1, 2, 4):
        found["timed"][str(size)] = in_world(size, timed, CASES["MSI, TCM"])
        print(size, found["timed"][str(size)], flush=True)
        RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
