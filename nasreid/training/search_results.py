"""What a search finds, and what a finished one leaves in its folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from nasreid.evaluation import diagnostics
from nasreid.files import Document, read_table, write_text
from nasreid.genotype import Genotype
from nasreid.network.weights import save_weights
from nasreid.pictures.diagram.diagram import draw, graph
from nasreid.pictures.trajectories import curves, probabilities
from nasreid.run import RunFolder
from nasreid.training.history import TAKES, History
from nasreid.training.loop import Probabilities
from nasreid.training.perturbation import removals, strongest
from nasreid.training.search_parts import Parts

PERTURB = "perturb"
EVERY_TAKE = (*TAKES, PERTURB)


@dataclass(frozen=True)
class Found:
    """What a search computes.

    genotype; probabilities {label: {candidate: p}} that it was chosen by; history: all that the steps have shown;
    parts: the objects that were trained (network, supernet, objectives), in the state of the last step. travel: how far
    an alpha could move.
    """

    genotype: Genotype
    probabilities: Probabilities
    history: History
    parts: Parts
    travel: float = 0.0


def chosen(parts: Parts, history: History, take: str, seed: int,
           score: Callable[[], float]) -> tuple[dict[str, str], Probabilities, Document]:
    """({label: candidate} that the strategy chooses, by these probabilities, what its provenance says of that).

    take: see `nasreid.training.search.Search`. score(): of the supernet as it is, to choose by what is missed.
    """
    epoch, probabilities = None, parts.supernet.probabilities()
    if len(history.probabilities):
        epoch, probabilities = history.taken("last" if take == PERTURB else take, parts.begun())
    rng = np.random.default_rng(seed)
    without = {} if parts.twins is None or take != PERTURB else removals(parts.supernet, score, rng)
    take_of = parts.limit or (lambda chances: parts.strategy.choose(chances, rng))
    wanted = {label: strongest(row) for label, row in without.items()} or take_of(probabilities)
    choices = parts.supernet.decisions.existing(wanted)
    if parts.twins is None:
        return choices, probabilities, {}
    missed: Document = {"validation_mAP_without": {label: {name: round(value, 4) for name, value in row.items()}
                                                   for label, row in without.items()}} if without else {}
    rounded = {label: {name: round(p, 6) for name, p in row.items()} for label, row in probabilities.items()}
    return choices, probabilities, {"architecture_lr": parts.architecture().lr, "take": take, "taken_epoch": epoch,
                                    "probabilities": rounded, **missed}


def report(folder: RunFolder, found: Found, pictures: bool, seconds: float = 0.0) -> Genotype:
    """Genotype, diagram, trajectory of the probabilities, diagnostics, supernet weights; the run is finished then.

    pictures: whether the diagram and the curves are drawn.
    """
    genotype, parts = found.genotype, found.parts
    genotype.save(folder / "genotype.json")
    for suffix in ("svg", "png") if pictures else ():
        draw(genotype, folder / f"genotype.{suffix}", probabilities=genotype.provenance.get("probabilities"))
    result: Document = {"seed": genotype.provenance["seed"], "steps": 0, "images": 0, "seconds": 0.0}
    device = torch.device("cpu")
    if parts.twins is not None:
        device = next(parts.network.parameters()).device
        save_weights(parts.network, folder / "supernet.safetensors")
        save_weights(parts.twins, folder / "objectives.safetensors")
        _tables(folder.path, found, pictures)
        result |= {"steps": len(parts.plan), "images": parts.plan.images(), "seconds": round(seconds, 1)}
    folder.finish({**result, "choices": genotype.choices, "splits": ["train"]}, device)
    return genotype


def _tables(folder: Path, found: Found, pictures: bool) -> None:
    table = read_table(folder / "probabilities.csv", "label", "candidate")
    metrics = read_table(folder / "metrics.csv", "name")
    if pictures:
        diagram = graph(found.genotype, probabilities=found.genotype.provenance.get("probabilities"))
        probabilities(table, folder / "probabilities.png", diagram.graph["colours"])
        curves(metrics, folder / "metrics.png")
    write_text(folder / "decisions.csv", diagnostics.decisions(table).to_csv(index=False))
    summary = diagnostics.summary(table, metrics, found.parts.supernet.sizes(), found.genotype.choices,
                                  found.travel)
    write_text(folder / "diagnostics.json", json.dumps(summary, indent=2) + "\n")
