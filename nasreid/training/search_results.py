"""What a finished search leaves in its folder, and which of its genotypes is taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from nasreid.errors import NasreidError
from nasreid.evaluation import diagnostics
from nasreid.files import read_table, write_text
from nasreid.genotype import Genotype
from nasreid.mutation import Supernet
from nasreid.run import RunFolder
from nasreid.training.loop import Loop

TAKES = ("last", "best", "stable")


def rows(supernet: Supernet) -> list[tuple[str, str, str]]:
    """(label, candidate, probability) of every candidate; the text of a probability gives it back exactly."""
    return [(label, name, repr(value)) for label, row in supernet.probabilities().items()
            for name, value in row.items()]


def taken(folder: RunFolder, take: str) -> tuple[int, dict[str, dict[str, float]]]:
    """(epoch, probabilities {label: {candidate: p}}) of the genotype that is taken.

    last: of the last epoch. best: of the epoch with the highest validation mAP, the earlier one of equals. stable: of
    the genotype that was the strongest for most epochs.
    """
    table = _exact(folder / "probabilities.csv", "probability")
    epoch = int(table["epoch"].max())
    if take == "best":
        metrics = _exact(folder / "metrics.csv", "value")
        scores = metrics[metrics["name"] == "validation_mAP"].reset_index(drop=True)
        if not len(scores):
            raise NasreidError("take 'best' needs the validation mAP; expected validate_every of at least 1")
        epoch = int(scores["epoch"].iloc[int(scores["value"].to_numpy().argmax())])
    if take == "stable":
        epoch = diagnostics.most_stable(table)
    part = table[table["epoch"] == epoch]
    return epoch, {str(label): dict(zip(group["candidate"], group["probability"], strict=True))
                   for label, group in part.groupby("label", sort=False)}


def _exact(path: Path, column: str) -> pd.DataFrame:
    """A table whose numbers are those that were written: older versions of pandas parse floats for speed."""
    table = read_table(path, "label", "candidate", column)
    return table.assign(**{column: table[column].map(float)})


def report(folder: RunFolder, genotype: Genotype, supernet: Supernet, loop: Loop | None) -> None:
    """Genotype, diagram, trajectory of the probabilities, diagnostics, supernet weights; the run is finished then."""
    from nasreid.pictures.diagram.diagram import draw

    genotype.save(folder / "genotype.json")
    for suffix in ("svg", "png"):
        draw(genotype, folder / f"genotype.{suffix}", probabilities=genotype.provenance.get("probabilities"))
    found: dict[str, Any] = {"seed": genotype.provenance["seed"], "steps": 0, "images": 0, "seconds": 0.0}
    device = torch.device("cpu")
    if loop is not None:
        device = next(loop.stepper.network.parameters()).device
        _trained(folder, genotype, supernet, loop)
        found |= {"steps": len(loop.plan), "images": loop.plan.images(), "seconds": round(loop.seconds, 1)}
    folder.finish({**found, "choices": genotype.choices, "splits": ["train"]}, device)


def _trained(folder: RunFolder, genotype: Genotype, supernet: Supernet, loop: Loop) -> None:
    from nasreid.network.weights import save_weights
    from nasreid.pictures.trajectories import curves, probabilities

    save_weights(loop.stepper.network, folder / "supernet.safetensors")
    save_weights(loop.stepper.twins, folder / "objectives.safetensors")
    table = read_table(folder / "probabilities.csv", "label", "candidate")
    metrics = read_table(folder / "metrics.csv", "name")
    probabilities(table, folder / "probabilities.png")
    curves(metrics, folder / "metrics.png")
    write_text(folder / "decisions.csv", diagnostics.decisions(table).to_csv(index=False))
    found = diagnostics.summary(table, metrics, supernet.sizes(), genotype.choices)
    write_text(folder / "diagnostics.json", json.dumps(found, indent=2) + "\n")
