"""How fast networks are on this machine, against a reference in the same run, round by round in turn."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from nasreid.errors import NasreidError, nearest
from nasreid.evaluation.statistics import interval
from nasreid.experiments.peak import grown
from nasreid.files import Document
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.exports.formats import load_onnx, save_onnx
from nasreid.network.exports.onnx_model import onnx_model
from nasreid.network.exports.portable import Portable
from nasreid.network.exports.program import program
from nasreid.network.exports.record import Record
from nasreid.network.exports.runtime import check_installed
from nasreid.network.memory import place
from nasreid.network.weights import stored_bytes
from nasreid.progress import Bar
from nasreid.ranges import real

RUNTIMES = ("torch", "compile", "onnx")
MOST, LEAST = 4096, 3  # images of a batch; rounds
MAKING = 64  # images that making a network takes as long as, for who waits
Run = Callable[..., object]


@dataclass(frozen=True)
class Profile:
    """Of images of height x width pixels in batches of these sizes; rounds: how often each is timed, in turn.

    seconds: of one size in one runtime, after which no further round begins, once there are three.
    """

    height: int = 256
    width: int = 128
    batches: Sequence[int] = (1, 64)
    runtimes: Sequence[str] = ("torch", "onnx")
    rounds: int = 5
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.rounds < 2 or not self.batches or not 1 <= min(self.batches) <= max(self.batches) <= MOST:
            raise NasreidError(f"rounds is {self.rounds}, batches {list(self.batches)}; expected at least 2, for an "
                               f"interval, and sizes from 1 to {MOST}")
        real(self, 0, float("inf"), "seconds")
        for name in self.runtimes:
            if name not in RUNTIMES:
                raise NasreidError(f"runtime {name!r}{nearest(name, RUNTIMES)}: expected some of {', '.join(RUNTIMES)}")

    def table(self, genotypes: dict[str, Genotype], reference: str, space: str | None = None,
              quiet: bool = True) -> pd.DataFrame:
        """A row for each network, runtime and batch: ms of a batch (median), images in a second, time relative to the
        reference's in the same round (geometric mean, and its 95 % interval: Student t of logarithms), bytes that it
        takes in memory to run the first such batch (NaN where the system does not tell) and on the disk.
        """
        rows = []
        import torch._dynamo.config as dynamo  # what it takes seconds to load

        every = (1 + self.rounds) * sum(self.batches) + MAKING  # a batch takes as long as its images, about
        # all networks are compiled from the code of one class, each for each size: past a limit torch compiles no more
        limit = {"recompile_limit": 2 * len(genotypes) * len(self.batches) + 8}
        with (Bar("profile", len(self.runtimes) * len(genotypes) * every, quiet=quiet) as bar,
              dynamo.patch(limit)):
            for runtime in self.runtimes:
                made = {}
                for name, genotype in genotypes.items():
                    made[name] = self._made(genotype, runtime, space)
                    bar.advance(f"{name} in {runtime}", MAKING)
                for size in self.batches:
                    rows += self._timed(made, runtime, size, reference, bar)
        return pd.DataFrame(rows)

    def _made(self, genotype: Genotype, runtime: str, space: str | None) -> tuple[Run, int]:
        network = Portable(built(genotype, genotype.provenance.get("neck", "auto"), space).eval())
        if runtime == "onnx":
            return self._onnx(genotype, network)
        weight = stored_bytes(network.source)  # the portable one shares its weights
        place(network, "cpu", channels_last=True)  # as nasreid itself runs it, if nobody says otherwise
        return torch.compile(network, dynamic=False) if runtime == "compile" else network, weight

    def _onnx(self, genotype: Genotype, network: Portable) -> tuple[Run, int]:
        check_installed()
        record = Record.of(genotype, self.height, self.width, network.source)
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "x.onnx"
            save_onnx(onnx_model(program(network, self.height, self.width), record), place, record)
            return load_onnx(place), place.stat().st_size

    def _timed(self, made: dict[str, tuple[Run, int]], runtime: str, size: int, reference: str,
               bar: Bar) -> list[Document]:
        images = torch.randn(size, 3, self.height, self.width, generator=torch.Generator().manual_seed(0))
        taken: dict[str, list[float]] = {name: [] for name in made}
        memory, begun = dict[str, float](), time.perf_counter()
        with torch.no_grad():
            for at in range(-1, self.rounds):  # the first round warms up, and shows the memory
                for name, (run, _) in made.items():
                    if at < 0:
                        memory[name] = grown(lambda run=run: run(images))
                    else:
                        start = time.perf_counter()
                        run(images)
                        taken[name].append(time.perf_counter() - start)
                    bar.advance(f"{name} in {runtime}, batch {size}", size)
                if at >= LEAST - 1 and time.perf_counter() - begun > self.seconds:
                    bar.advance(by=size * len(made) * (self.rounds - 1 - at))
                    break
        seconds = {name: np.array(some) for name, some in taken.items()}
        rows = []
        for name, (_, weight) in made.items():
            ratio = np.log(seconds[name] / seconds[reference])
            low, high = (float(np.exp(end)) for end in interval(ratio)) if name != reference else (1.0, 1.0)
            middle = float(np.median(seconds[name]))
            rows.append({"network": name, "runtime": runtime, "batch": size, "ms": 1000 * middle,
                         "images_per_second": size / middle, "ratio": float(np.exp(ratio.mean())), "low": low,
                         "high": high, "rounds": len(ratio), "memory": memory[name], "bytes": weight,
                         "threads": torch.get_num_threads()})
        return rows
