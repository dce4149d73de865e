"""A finished run folder: how it was trained, and the network in it. This is the only place that reads either."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.network import Network
from nasreid.network.weights import load_weights
from nasreid.run import CONFIG, RESULT

WEIGHTS = "network.safetensors"
SECTIONS = {"height": ("budget", "augment"), "width": ("budget", "augment"), "decoder": ("augment",),
            "channels_last": ("engine",), "layout": ("data",), "neck": ()}


@dataclass(frozen=True)
class Trained:
    """What a run folder says of its training; height, width in pixels.

    layout: of the data set, and neck, as it was asked for: None where the run does not say. channels_last: how its maps
    lay in memory (False where the run does not say).
    """

    folder: Path
    genotype: Genotype
    height: int
    width: int
    decoder: str
    channels_last: bool
    layout: str | None
    neck: str | None

    def network(self, space: str | None = None) -> Network:
        """The network of a retraining, in evaluation mode; space confirms one from outside nasreid."""
        return load_network(self.folder, space)


def retrained(folder: str | Path) -> Trained:
    """How a finished retraining was trained; raises NasreidError for a folder that holds none."""
    place = Path(folder)
    if not (place / RESULT).is_file() or not (place / WEIGHTS).is_file():
        raise NasreidError(f"run {str(folder)!r} holds no finished retraining; expected a folder that nasreid retrain "
                           "filled")
    return trained(place)


def trained(folder: str | Path) -> Trained:
    """How a search or a retraining was trained, from either form of its configuration: flat, as the command line has
    it, or in sections, as Python objects have it."""
    folder = Path(folder)
    config = _config(folder / CONFIG)
    genotype = Genotype.load(folder / "genotype.json")
    return Trained(folder, genotype, _size(config, folder, "height"), _size(config, folder, "width"),
                   _of(config, "decoder") or "fast", bool(_of(config, "channels_last")), _of(config, "layout"),
                   _of(config, "neck"))


def load_network(folder: str | Path, space: str | None = None) -> Network:
    """The network of a finished retraining run folder, in evaluation mode."""
    folder = Path(folder)
    genotype = Genotype.load(folder / "genotype.json")
    network = built(genotype, genotype.provenance.get("neck", "auto"), space)
    load_weights(network, folder / WEIGHTS)
    return network.eval()


def _config(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NasreidError(f"{path}: {' '.join(str(error).split())}; expected the configuration of a run") from None
    if not isinstance(found, dict):
        raise NasreidError(f"{path}: {found!r}; expected the configuration of a run")
    return found


def _of(config: dict[str, Any], name: str) -> Any:
    """A value of the configuration itself or of one of its sections; None where none of them has it."""
    places = [config, *(config.get(section) for section in SECTIONS[name])]
    return next((place[name] for place in places if isinstance(place, dict) and place.get(name) is not None), None)


def _size(config: dict[str, Any], folder: Path, name: str) -> int:
    value = _of(config, name)
    if not isinstance(value, int):
        raise NasreidError(f"{folder / CONFIG}: {name} is {value!r}; expected pixels")
    return value
