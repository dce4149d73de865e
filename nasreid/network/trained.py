"""The network of a finished run folder."""

from __future__ import annotations

from pathlib import Path

from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.network import Network
from nasreid.network.weights import load_weights


def load_network(folder: str | Path, space: str | None = None) -> Network:
    """The network of a finished retraining run folder, in evaluation mode."""
    folder = Path(folder)
    genotype = Genotype.load(folder / "genotype.json")
    network = built(genotype, genotype.provenance.get("neck", "auto"), space)
    load_weights(network, folder / "network.safetensors")
    return network.eval()
