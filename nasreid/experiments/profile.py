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
from nasreid.files import Document
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.exports.formats import load_onnx, save_onnx
from nasreid.network.exports.onnx_model import onnx_model
from nasreid.network.exports.portable import Portable
from nasreid.network.exports.program import program
from nasreid.network.exports.record import Record
from nasreid.network.exports.runtime import check_installed
from nasreid.network.weights import stored_bytes

RUNTIMES = ("torch", "compile", "onnx")
Run = Callable[..., object]


@dataclass(frozen=True)
class Profile:
    """Of images of height x width pixels in batches of these sizes; rounds: how often each is timed, in turn."""

    height: int = 256
    width: int = 128
    batches: Sequence[int] = (1, 64)
    runtimes: Sequence[str] = ("torch", "onnx")
    rounds: int = 10

    def __post_init__(self) -> None:
        if self.rounds < 2 or not self.batches or min(self.batches) < 1:
            raise NasreidError(f"rounds is {self.rounds}, batches {list(self.batches)}; expected at least 2, for an "
                               "interval, and sizes from 1")
        for name in self.runtimes:
            if name not in RUNTIMES:
                raise NasreidError(f"runtime {name!r}{nearest(name, RUNTIMES)}: expected some of {', '.join(RUNTIMES)}")

    def table(self, genotypes: dict[str, Genotype], reference: str, space: str | None = None,
              told: Callable[[str], object] = lambda name: None) -> pd.DataFrame:
        """A row for each network, runtime and batch: ms of a batch (median), images in a second, time relative to the
        reference's in the same round (geometric mean, and its 95 % interval: Student t of logarithms), bytes on disk.
        """
        rows = []
        for runtime in self.runtimes:
            made = {}
            for name, genotype in genotypes.items():
                told(f"{name} in {runtime}")
                made[name] = self._made(genotype, runtime, space)
            for size in self.batches:
                told(f"batches of {size} in {runtime}")
                rows += self._timed(made, runtime, size, reference)
        return pd.DataFrame(rows)

    def _made(self, genotype: Genotype, runtime: str, space: str | None) -> tuple[Run, int]:
        network = Portable(built(genotype, genotype.provenance.get("neck", "auto"), space).eval())
        if runtime == "onnx":
            return self._onnx(genotype, network)
        run = torch.compile(network) if runtime == "compile" else network
        return run, stored_bytes(network)

    def _onnx(self, genotype: Genotype, network: Portable) -> tuple[Run, int]:
        check_installed()
        record = Record.of(genotype, self.height, self.width, network.source)
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "x.onnx"
            save_onnx(onnx_model(program(network, self.height, self.width), record), place, record)
            return load_onnx(place), place.stat().st_size

    def _timed(self, made: dict[str, tuple[Run, int]], runtime: str, size: int, reference: str) -> list[Document]:
        images = torch.randn(size, 3, self.height, self.width, generator=torch.Generator().manual_seed(0))
        seconds = {name: np.zeros(self.rounds) for name in made}
        with torch.no_grad():
            for at in range(-1, self.rounds):  # the first round warms up
                for name, (run, _) in made.items():
                    start = time.perf_counter()
                    run(images)
                    if at >= 0:
                        seconds[name][at] = time.perf_counter() - start
        rows = []
        for name, (_, weight) in made.items():
            ratio = np.log(seconds[name] / seconds[reference])
            low, high = (float(np.exp(end)) for end in interval(ratio)) if name != reference else (1.0, 1.0)
            middle = float(np.median(seconds[name]))
            rows.append({"network": name, "runtime": runtime, "batch": size, "ms": 1000 * middle,
                         "images_per_second": size / middle, "ratio": float(np.exp(ratio.mean())), "low": low,
                         "high": high, "bytes": weight, "threads": torch.get_num_threads()})
        return rows
