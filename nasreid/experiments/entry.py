"""One entry of a truth table: a network trained in memory and scored after every epoch, on one or more test sets.

All networks of a seed see the same batches, so a process makes those once and keeps them, as far as the memory for
pictures (`cache_mib`) reaches. An entry leaves no checkpoint: one that is cut off begins anew.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd
import torch

from nasreid.arguments import Options
from nasreid.batch import Batch
from nasreid.configuration import build, values
from nasreid.data.batches.packed import Packed
from nasreid.data.batches.stream import PackedStep, evaluation_loader
from nasreid.data.batches.transforms import Plain
from nasreid.data.checked import checked_frame
from nasreid.data.datasets import protocol_of
from nasreid.evaluation.evaluate import vectors_of
from nasreid.evaluation.protocol import Protocol
from nasreid.evaluation.protocols import rows_of
from nasreid.evaluation.unmatched import check_queries
from nasreid.files import Document
from nasreid.network.cost import cost
from nasreid.network.network import Network
from nasreid.signals import cut_off
from nasreid.training.retrain import Retrain

LATENCY_RUNS = 15
HELD = ("query", "gallery", "test")


def document(run: Retrain, data: Options, tests: dict[str, Options], every: bool = True) -> Options:
    """The entry of `run` on a data set {data, layout, data_args, skip_broken}, as JSON can hold it.

    tests: {name: such a place} of other data sets, whose test parts score, too. A place may name its `protocol`;
    default: that of its layout. every: score after every epoch.
    """
    return {"data": data, "tests": tests, "every": every, "train": values(run, how=False)}


@cut_off()
def measure(spec: Document, folder: str = "", threads: int = 1,
            children: set[subprocess.Popen[bytes]] | None = None) -> Document:
    """Train and score a document; returns a flat row.

    mAP, rank-1 and mINP in per cent on the own test set, "NAME mAP" on another one, "mAP@3" after three epochs; then
    steps, images, seconds of the training, parameters, multiply_adds, latency_ms. folder, threads, children: what else
    workers hand over.
    """
    run = build(Retrain, {**spec["train"], "quiet": True, "draw": False}, "entry")
    data, size = json.dumps(spec["data"], sort_keys=True), run.budget
    tests = {name: _test(json.dumps(place, sort_keys=True), size.height, size.width, run.engine.cache_mib)
             for name, place in {"": spec["data"], **spec["tests"]}.items()}
    row: Document = {}

    def scored(network: Network, suffix: str = "") -> None:
        for name, test in tests.items():
            row.update({f"{name} {metric}{suffix}".lstrip(): round(value, 4)
                        for metric, value in test.scores(network).items()})

    def each(network: Network, epoch: int) -> dict[str, float]:
        if spec["every"] and epoch + 1 < size.epochs:
            scored(network, f"@{epoch + 1}")
        return {}

    frame = _training(data)
    shared = _shared(data, json.dumps(values(like_of(run), how=False), sort_keys=True))
    batches, plan = shared.of(run, frame), run.plan(frame)
    since = time.monotonic()
    network = run.train(frame, batches=batches, score=each).network
    seconds, costs = time.monotonic() - since, cost(network, size.height, size.width)
    scored(network)
    return {**row, "steps": len(plan), "images": plan.images(), "seconds": round(seconds, 2),
            "parameters": costs.parameters, "multiply_adds": costs.multiply_adds,
            "latency_ms": round(latency(network, size.height, size.width), 3)}


@dataclass(frozen=True)
class Test:
    """Images that are scored, under the rows of a protocol, of which the first counts."""

    frame: pd.DataFrame
    protocol: Protocol
    batches: Iterable[Packed | Batch]

    def scores(self, network: Network) -> dict[str, float]:
        """mAP, rank-1 and mINP in per cent."""
        found = self.protocol.score(self.frame, vectors_of(network, self.batches))
        return {"mAP": 100 * found.map, "rank-1": 100 * found.rank1, "mINP": 100 * found.minp}


class Shared:
    """The batches of all trainings that differ in their genotype only."""

    def __init__(self) -> None:
        self._kept: list[PackedStep] = []

    def of(self, run: Retrain, frame: pd.DataFrame) -> Iterable[PackedStep]:
        """Those of `run`: kept, unless they need more memory than its engine gives to pictures."""
        size = run.budget
        if not self._kept:
            floats = run.plan(frame).images() * size.height * size.width * 3
            if 4 * floats > run.engine.cache_mib * 2**20:
                return run.batches(frame)
            device = run.engine.torch_device()
            self._kept = [PackedStep(step.index, step.epoch, step.position, step.train.to(device))
                          for step in run.batches(frame)]
        return self._kept


def latency(network: Network, height: int, width: int) -> float:
    """Median time for one image (1, 3, height, width), in milliseconds."""
    like = next(network.parameters())
    image, times = torch.zeros(1, 3, height, width, dtype=like.dtype, device=like.device), []
    with torch.inference_mode():
        for _ in range(LATENCY_RUNS):
            since = time.perf_counter()
            network.vectors(image).cpu()
            times.append(time.perf_counter() - since)
    return 1e3 * statistics.median(times)


def like_of(run: Retrain) -> Retrain:
    """What all trainings have in common that see the same batches."""
    return replace(run, genotype="", space_args={})


@lru_cache(maxsize=1)
def _shared(data: str, like: str) -> Shared:
    return Shared()


@lru_cache(maxsize=2)
def _training(data: str) -> pd.DataFrame:
    return _rows(json.loads(data), ("train",))


@lru_cache(maxsize=8)
def _test(place: str, height: int, width: int, cache_mib: int) -> Test:
    given = json.loads(place)
    frame = _rows(given, HELD)
    protocol = rows_of(given.get("protocol") or protocol_of(given["layout"]))[0]
    if protocol.removal.same_camera:
        check_queries(frame, protocol.removal)
    batches = evaluation_loader(frame, Plain(height, width))
    if 4 * len(frame) * height * width * 3 <= cache_mib * 2**20:
        return Test(frame, protocol, [batch.to("cpu") for batch in batches])
    return Test(frame, protocol, batches)


def _rows(given: Options, splits: tuple[str, ...]) -> pd.DataFrame:
    return checked_frame(given["data"], given["layout"], given["data_args"], splits, given["skip_broken"])[0]
