"""python -m benchmarks.scaling: what the ranks of a step tell each other, in bytes, and what a step takes on 1, 2, 4.

One thread a rank, ranks of one machine over gloo. Prints a Markdown table for every strategy and space, and the cost
model fitted to them: seconds = images of a rank * a + messages * b + bytes on the wire * c, by least squares.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import torch.distributed as group

from nasreid.experiments.laws.inputs import people
from nasreid.machine import machine
from nasreid.ranks import Ranks
from nasreid.training.engine import Budget, Engine
from tests.training.worlds import in_world, prepared

SPACES: dict[str, dict[str, Any]] = {"MSI": {"width_multiplier": 0.25}, "InPlacement": {"width_multiplier": 0.25},
                                     "BNSeparation": {"inner_args": {"width_multiplier": 0.25}}, "Micro": {}}
STRATEGIES = ("TCM", "CEDarts", "CMNAS", "Gumbel", "SinglePath")
P, K = 8, 4


@dataclass
class Talk:
    """What one rank hands over: messages, bytes, and the bytes that a ring carries for them, from and to each rank."""

    size: int
    messages: int = 0
    bytes: int = 0
    wire: float = 0.0
    patches: list[Any] = field(default_factory=list)

    def add(self, sent: int, factor: float) -> None:
        self.messages, self.bytes, self.wire = self.messages + 1, self.bytes + sent, self.wire + sent * factor

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Inside, every message is counted."""
        ring = (self.size - 1) / self.size
        kinds = {"all_reduce": (0, 2 * ring), "all_gather_single": (1, self.size - 1),
                 "all_gather_into_tensor": (1, self.size - 1)}  # fmt: skip

        def counted(talk: Callable[..., Any], which: int, factor: float) -> Callable[..., Any]:
            def said(*tensors: Any, **options: Any) -> Any:
                self.add(tensors[which].nbytes, factor)
                return talk(*tensors, **options)
            return said

        found = {name: counted(getattr(group, name), *how) for name, how in kinds.items() if hasattr(group, name)}
        with patch.multiple(group, **found):
            yield


def steps(ranks: Ranks, cases: dict[str, dict[str, Any]], number: int) -> dict[str, list[float]]:
    """{name: seconds of a step (median), messages, bytes handed over, bytes on the wire} of each case in this rank."""
    torch.set_default_dtype(torch.float32)
    found = {}
    frame = people(8 * P, K)  # CM-NAS validates on a fifth of them
    for name, case in cases.items():
        both = case["space"] == "BNSeparation" or case["strategy"] == "CMNAS"  # whose losses are across modalities
        quick = {"budget": Budget(9, P // (1 + both), K), "engine": Engine(device="cpu", quiet=True)}
        chosen = frame if both else frame.query("modality == 'visible'").reset_index(drop=True)
        loop, due = prepared(ranks, chosen, {**case, **quick}, (128, 64))
        took, talk = [], Talk(ranks.size)
        for step in islice(due(), number):
            ranks.highest(0)  # all begin together
            begun, before = time.perf_counter(), (talk.messages, talk.bytes, talk.wire)
            with talk.heard():
                loop.step(step.to("cpu"))
            took.append(time.perf_counter() - begun)
        # the loop's own question after each step, whether to stop
        after = [talk.messages - before[0] + 1, talk.bytes - before[1] + 8, talk.wire - before[2]]
        found[name] = [statistics.median(took[1:]), *(float(v) for v in after)]
    return found


def fitted(rows: list[tuple[int, list[float]]], cores: int) -> tuple[np.ndarray, float]:
    """(a, b, c) of one case from its rows (ranks, what `steps` found), none below 0, and the largest relative error."""
    from scipy.optimize import nnls

    parts = np.array([[P * K / min(size, cores), found[1] * (size > 1), found[3]] for size, found in rows])
    seconds = np.array([found[0] for _, found in rows])
    model, _ = nnls(parts / seconds[:, None], np.ones(len(seconds)))
    return model, float(np.abs(parts @ model / seconds - 1).max())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--spaces", nargs="+", default=list(SPACES), choices=list(SPACES))
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=list(STRATEGIES))
    parser.add_argument("--ranks", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument("--steps", type=int, default=6)
    given = parser.parse_args(arguments)
    cores = os.cpu_count() or 1
    cases = {f"{strategy}, {space}": {"space": space, "space_args": SPACES[space], "strategy": strategy}
             for space in given.spaces for strategy in given.strategies}
    print(f"{machine()}; {P} x {K} images of 128x64, one thread a rank\n")
    print("| search | ranks | seconds a step | of one rank's | messages | MB handed over | MB on the wire |")
    print("|---|---|---|---|---|---|---|")
    models = {}
    for name, case in cases.items():
        rows = []
        for size in given.ranks:
            with tempfile.TemporaryDirectory() as folder:
                ranks = in_world(size, steps, Path(folder) / "world", {name: case}, given.steps)
            rows.append((size, max(found[name] for found in ranks)))
            seconds, messages, sent, wire = rows[-1][1]
            print(f"| {name} | {size} | {seconds:.3f} | {seconds / rows[0][1][0]:.2f} | {messages:.0f} | "
                  f"{sent / 1e6 if size > 1 else 0:.2f} | {wire / 1e6:.2f} |", flush=True)
        models[name] = fitted(rows, cores)
    print("\n| search | ms an image | ms a message | ms a MB on the wire | largest error |\n|---|---|---|---|---|")
    for name, ((image, message, wire), error) in models.items():
        print(f"| {name} | {image * 1e3:.1f} | {message * 1e3:.2f} | {wire * 1e9:.1f} | {error:.0%} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
