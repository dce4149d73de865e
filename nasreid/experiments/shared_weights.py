"""The weights of a supernet as a judge of its architectures: none is trained, each runs with the weights it shares."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from nasreid.arguments import Options
from nasreid.data.batches.stream import evaluation_loader
from nasreid.data.batches.transforms import Plain
from nasreid.errors import NasreidError
from nasreid.evaluation.evaluate import evaluate
from nasreid.experiments.trial import parts, row
from nasreid.files import Document, read_table, write_text
from nasreid.mutation import freeze, relax
from nasreid.names import located
from nasreid.network.build import opened
from nasreid.network.cost import cost
from nasreid.network.memory import beside
from nasreid.network.network import Network, with_neck
from nasreid.network.trained import trained
from nasreid.network.weights import load_weights
from nasreid.progress import track
from nasreid.relaxation import Softmax

WEIGHTS, SHARED = "supernet.safetensors", "shared.csv"


class SharedWeights:
    """The supernet of a search run folder. space: confirms a space from outside nasreid, whose file is executed."""

    def __init__(self, folder: str | Path, space: str | None = None):
        folder = located(folder)
        digest(folder)
        made = trained(folder)
        self.genotype = made.genotype
        self._network = with_neck(opened(self.genotype, space), made.neck or "bnneck")
        supernet = relax(self._network.space, Softmax())
        self._space, self.decisions = supernet.space, supernet.decisions
        load_weights(self._network, folder / WEIGHTS)

    def network(self, choices: dict[str, str]) -> Network:
        """One architecture with the supernet's weights, copied, in evaluation mode."""
        frozen = freeze(self._space, choices)
        return copy.deepcopy(Network(frozen, self._network.neck)).eval()  # pyright: ignore[reportArgumentType]


def recalibrate(network: Network, frame: pd.DataFrame, height: int, width: int) -> None:
    """Statistics of all BatchNorms anew, as plain means over batches of the frame's images.

    Those of the supernet are of a mix of all candidates (Guo et al., ECCV 2020, section 3.3).
    """
    with _averaging(network), torch.no_grad():
        for batch in evaluation_loader(frame, Plain(height, width), 64):
            batch = beside(network, batch)
            network(batch.images, batch.modality)


def measure(spec: Document, folder: str, threads: int = 1,
            children: set[subprocess.Popen[bytes]] | None = None) -> Document:
    """A trial by shared weights, as `nasreid.experiments.trial.measure`; its images are those that recalibrate.

    spec: data, share, seed, supernet (run folder), space, choices, height, width, images (that recalibrate, drawn from
    the identities that are not held out; 0: the supernet's own statistics), device.
    """
    images = parts(json.dumps(spec["data"], sort_keys=True), spec["share"], spec["seed"])
    network = _supernet(spec["supernet"], spec["space"]).network(spec["choices"]).to(spec["device"])
    count = min(spec["images"], len(images.train))
    if count:
        drawn = np.random.default_rng(spec["seed"]).permutation(len(images.train))[:count]
        recalibrate(network, images.train.iloc[drawn], spec["height"], spec["width"])
    scores = evaluate(network, images.held, spec["height"], spec["width"], device=spec["device"], progress=False,
                      protocol=images.protocol)
    found = cost(network, spec["height"], spec["width"])
    return {**row(scores), "steps": 0, "images": count, "seconds": 0.0, "parameters": found.parameters,
            "multiply_adds": found.multiply_adds}


def scores(folder: str | Path, data: Options, architectures: Sequence[dict[str, str]], share: float = 0.25,
           quiet: bool = False, images: int = 512) -> list[float]:
    """mAP in per cent of each architecture under the shared weights of a run folder; kept there in shared.csv.

    data, share, images: as for `measure`; sizes and seed are those of the search.
    """
    folder = located(folder)
    made = trained(folder)
    spec = {"data": data, "share": share, "seed": made.genotype.provenance["seed"],
            "supernet": str(folder.resolve()), "space": made.genotype.space, "height": made.height,
            "width": made.width, "images": images, "device": "cpu", "weights": digest(folder)}
    key = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]
    kept = _kept(folder / SHARED)
    known = {row["choices"]: row for row in kept if row["key"] == key}
    missing = [choices for choices in architectures if " ".join(choices.values()) not in known]
    new = {" ".join(choices.values()): measure({**spec, "choices": choices}, "")
           for choices in track(missing, "shared weights", len(missing), quiet)}
    if new:
        rows = [{"key": key, "choices": name, **result} for name, result in new.items()]
        write_text(folder / SHARED, pd.DataFrame([*kept, *rows]).to_csv(index=False))
    return [float((known | new)[" ".join(choices.values())]["mAP"]) for choices in architectures]


def _kept(path: Path) -> list[Document]:
    if not path.is_file():
        return []
    table = read_table(path, "key", numbers=("mAP",))
    return [{str(n): v for n, v in row.items()} for row in table.to_dict("records")]


def digest(folder: str | Path) -> str:
    """16 hexadecimal digits of a supernet's weights."""
    path = located(folder) / WEIGHTS
    if not path.is_file():
        raise NasreidError(f"supernet {str(folder)!r}: expected the run folder of a one-shot search, with {WEIGHTS}")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _supernet(folder: str, space: str) -> SharedWeights:
    return SharedWeights(folder, space)


@contextmanager
def _averaging(network: nn.Module) -> Iterator[None]:
    norms = [m for m in network.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's name for the plain mean
    network.train()
    try:
        yield
    finally:
        network.eval()
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum
