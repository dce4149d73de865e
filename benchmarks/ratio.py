"""Ours and the references, run in turn in one process: ratios hold on a busy machine, times do not.

A bench is one call of `compare`; `make bench` writes its rows as JSON, `python -m benchmarks.table FILE…` prints them.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Way = Callable[..., Any]
Prepare = Callable[[], tuple[Any, ...]]
WORDS = {"faster": "≥ {}× faster", "time": "≤ {}× its time", "bytes": "≤ {}× its bytes", "memory": "≤ {}× its memory"}


@dataclass(frozen=True)
class Goal:
    """`value` is what the ratio to the way named `against` shall be at least (faster) or at most (time, bytes, memory).

    faster: its seconds over ours; time: ours over its; bytes: saved for backward, ours over its; memory: as noted.
    """

    against: str
    kind: str
    value: float | None = None

    def text(self) -> str:
        """As the table says it: '≥ 1.9× faster'."""
        return f"({self.kind})" if self.value is None else WORDS[self.kind].format(f"{self.value:g}")


def in_turn(ways: dict[str, Way], rounds: int = 7, warmup: int = 1,
            prepare: Prepare = tuple) -> dict[str, list[float]]:
    """Seconds of each way in each round: A B C A B C …, after `warmup` rounds that do not count.

    prepare() gives a way its arguments, afresh and untimed.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(-warmup, rounds):
        for name, way in ways.items():
            spent = _seconds(way, prepare)
            if turn >= 0:
                seconds[name].append(spent)
    return seconds


def times(seconds: dict[str, list[float]], name: str, against: str) -> float:
    """Median over the rounds of `name`'s seconds over those of `against`."""
    return statistics.median(a / b for a, b in zip(seconds[name], seconds[against], strict=True))


def kept(forward: Callable[[], Any], leave_out: Iterable[Tensor] = ()) -> int:
    """Bytes that `forward()` saves for backward: each storage once, but for those of `leave_out` (the parameters)."""
    known = {t.untyped_storage().data_ptr() for t in leave_out}
    sizes: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            sizes[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()  # itself would hold its graph, which holds it, for ever

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        graph = forward()  # must live on: a storage that is freed may be handed out again
    del graph
    return sum(sizes.values())


def compare(benchmark: Any, work: str, ways: dict[str, Way], goals: Iterable[Goal], rounds: int = 7, warmup: int = 1,
            saved: dict[str, int] | None = None, prepare: Prepare = tuple) -> dict[str, list[float]]:
    """Time `ways` in turn, the first one being ours, and note one row for each goal; returns the seconds of each.

    pytest-benchmark's own figures are those of ours. saved: bytes {way: `kept`}, for goals of kind 'bytes'. prepare: as
    in `in_turn`.
    """
    ours, *others = ways
    seconds: dict[str, list[float]] = {name: [] for name in ways}

    def before() -> None:
        for name in others:
            seconds[name].append(_seconds(ways[name], prepare))

    def mine() -> None:
        seconds[ours].append(_seconds(ways[ours], prepare))

    benchmark.group = work
    benchmark.pedantic(mine, setup=before, rounds=rounds, warmup_rounds=warmup)
    counted = {name: values[-rounds:] for name, values in seconds.items()}
    benchmark.extra_info["seconds"] = {name: statistics.median(values) for name, values in counted.items()}
    for goal in goals:
        if goal.kind == "bytes":
            note(benchmark, work, goal, (saved or {})[ours] / (saved or {})[goal.against])
        elif goal.kind == "faster":
            note(benchmark, work, goal, times(counted, goal.against, ours))
        else:
            note(benchmark, work, goal, times(counted, ours, goal.against))
    if saved:
        benchmark.extra_info["bytes"] = saved
    return counted


def note(benchmark: Any, work: str, goal: Goal, ratio: float) -> None:
    """One row of the table: `ratio` is what was measured of `work` for `goal`."""
    rows = benchmark.extra_info.setdefault("rows", [])
    rows.append({"work": work, "against": goal.against, "kind": goal.kind, "goal": goal.text(), "ratio": ratio})
    print(f"{work} | {goal.against} | {goal.text()} | {ratio:.2f}")


def _seconds(way: Way, prepare: Prepare) -> float:
    arguments = prepare()
    gc.disable()  # a collection would count for whomever it meets
    start = time.perf_counter()
    way(*arguments)
    spent = time.perf_counter() - start
    gc.enable()
    return spent
