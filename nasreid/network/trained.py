"""A finished run folder: how it was trained, and the network in it. This is the only place that reads either."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.files import read_text
from nasreid.genotype import Genotype
from nasreid.names import located
from nasreid.network.build import built
from nasreid.network.exports.record import Record, read_record
from nasreid.network.exports.runtime import OnnxNetwork
from nasreid.network.network import Network
from nasreid.network.weights import load_weights
from nasreid.run import CONFIG, PRETRAINED, PRETRAINED_WEIGHTS, RESULT, read_config

WEIGHTS, ONNX = "network.safetensors", ".onnx"
AFTER_NECK = "after_neck"  # of a genotype's provenance


@dataclass(frozen=True)
class Trained:
    """What a run folder says of its training; height, width in pixels.

    weights: the file that holds them, or the whole network. layout: of the data set, and neck, as it was asked for:
    None where the run does not say. channels_last: how its maps lay in memory (False where the run does not say).
    after_neck: retrieval reads the features after the neck.
    """

    weights: Path
    genotype: Genotype
    height: int
    width: int
    decoder: str
    channels_last: bool
    layout: str | None
    neck: str | None
    after_neck: bool = False

    def network(self, space: str | None = None) -> Network:
        """The trained network, in evaluation mode; space confirms one from outside nasreid (an .onnx runs none)."""
        if self.weights.suffix == ONNX:
            return cast(Network, OnnxNetwork(self.weights))  # it gives vectors, which is all that is asked of it
        network = self.untrained(space)
        load_weights(network, self.weights)
        network.after_neck = self.after_neck
        return network

    def untrained(self, space: str | None = None) -> Network:
        """The same network with fresh weights."""
        return built(self.genotype, self.genotype.provenance.get("neck", "auto"), space).eval()


def retrained(folder: str | Path) -> Trained:
    """How a finished retraining was trained, from its run folder, from what `nasreid export` made of it (a folder of
    --to pretrained, an .onnx file); raises NasreidError for a place that holds none."""
    place = located(folder)
    if place.suffix == ONNX and not place.is_dir():
        return _told(OnnxNetwork(place).record, place)
    check_retrained(folder)
    if (place / PRETRAINED).is_file():
        record = read_record(read_text(place / PRETRAINED, "configuration"), repr(str(place / PRETRAINED)))
        return _told(record, place / PRETRAINED_WEIGHTS)
    return trained(place)


def check_retrained(folder: str | Path) -> None:
    """NasreidError for a folder without a trained network, before data is read for it; files are opened later."""
    place = located(folder)
    own, exported = (all((place / name).is_file() for name in names) for names in ((RESULT, WEIGHTS), (PRETRAINED,)))
    if not (own or exported or (place.suffix == ONNX and place.is_file())):
        raise NasreidError(f"run {str(folder)!r} holds no finished retraining; expected a folder that nasreid retrain "
                           "filled, or what nasreid export made of it")


def trained(folder: str | Path) -> Trained:
    """How a search or a retraining was trained; raises NasreidError where its configuration does not say.

    Versions before 0.2 wrote what Python objects hold in sections; those are read, too.
    """
    folder = located(folder)
    options = read_config(folder)[1]
    for section in ("budget", "engine", "augment"):
        options = {**(options[section] or {}), **options} if section in options else options
    genotype = Genotype.load(folder / "genotype.json")
    return Trained(folder / WEIGHTS, genotype, _pixels(options, folder, "height"), _pixels(options, folder, "width"),
                   options.get("decoder", "fast"), bool(options.get("channels_last")), options.get("layout"),
                   options.get("neck"), _after_neck(genotype))


def _told(record: Record, weights: Path) -> Trained:
    neck = record.genotype.provenance.get("neck", "auto")
    return Trained(weights, record.genotype, record.height, record.width, record.decoder, False, record.layout, neck,
                   record.after_neck)


def load_network(folder: str | Path, space: str | None = None) -> Network:
    """The network of a finished retraining run folder, in evaluation mode."""
    folder = located(folder)
    genotype = Genotype.load(folder / "genotype.json")
    network = built(genotype, genotype.provenance.get("neck", "auto"), space)
    load_weights(network, folder / WEIGHTS)
    network.after_neck = _after_neck(genotype)
    return network.eval()


def _after_neck(genotype: Genotype) -> bool:
    said = genotype.provenance.get(AFTER_NECK, False)
    if not isinstance(said, bool):
        raise NasreidError(f"{AFTER_NECK} of the genotype's provenance is {said!r}; expected true or false")
    return said


def _pixels(options: Options, folder: Path, name: str) -> int:
    value = options.get(name)
    if not isinstance(value, int):
        raise NasreidError(f"{folder / CONFIG}: {name} is {value!r}; expected pixels")
    return value
