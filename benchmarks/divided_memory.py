"""python -m benchmarks.divided_memory: a contrastive memory of many identities over gloo ranks, its bytes and seconds.

Each rank keeps its rows only: --classes 10000000 --ranks 4 needs 20.5 GB in all. Prints a line a rank: rows, resident
memory before and at its peak, seconds of a step (loss, gradient, update), and the loss, which all ranks share.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.objectives.divided_memory import DividedMemory
from nasreid.ranks import Ranks
from nasreid.training.gathering import learn
from tests.training.worlds import in_world


def remembered(ranks: Ranks, classes: int, width: int, images: int, steps: int) -> list[float]:
    """Rows here, GB before and at most, seconds of each step, and the last loss."""
    torch.set_default_dtype(torch.float32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # pages of a memory of zeros are taken when they are written: a rank takes those of its own rows
    memory = DividedMemory(classes, width, renormalise=True, start="zeros")
    memory.share(ranks)
    memory.own.memory.normal_(generator=torch.Generator().manual_seed(ranks.rank)).mul_(width**-0.5)
    memory.start(torch.empty(0, width), torch.empty(0, dtype=torch.int64)) if not memory.own.started else None
    random, took, loss = torch.Generator().manual_seed(0), [], torch.zeros(())
    for _ in range(steps):
        vectors: Tensor = torch.randn(images, width, generator=random).requires_grad_()
        labels = torch.randint(classes, (images,), generator=random)
        given = Embedding(vectors, vectors), Batch(vectors[:, :3, None, None], labels, torch.zeros_like(labels))
        begun = time.perf_counter()
        loss = memory(*given)
        loss.backward()
        learn(memory, *given)
        took.append(time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return [len(memory.own.memory), before / 1e6, peak / 1e6, sum(took) / steps, float(loss.detach())]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.divided_memory", description=__doc__)
    parser.add_argument("--classes", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--steps", type=int, default=2)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = in_world(given.ranks, remembered, Path(folder) / "world", given.classes, given.width, given.images,
                         given.steps)
    print("| rank | rows | GB before | GB at most | seconds a step | loss |\n|---|---|---|---|---|---|")
    for rank, (rows, before, peak, seconds, loss) in enumerate(found):
        print(f"| {rank} | {rows:,} | {before:.2f} | {peak:.2f} | {seconds:.2f} | {loss:.6f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
