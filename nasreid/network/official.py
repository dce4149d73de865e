"""Checkpoints of the papers' official releases -> our names, as safetensors, with a report of what matched."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network import catalogue
from nasreid.network.build import built, opened
from nasreid.network.network import with_neck
from nasreid.network.weights import Report, save_state


@dataclass(frozen=True)
class Release:
    """genotype: name of the network, unless another is given; keys: module and function, our name -> official name."""

    genotype: str
    keys: str
    options: dict[str, str] = field(default_factory=dict)

    def official(self, name: str) -> str:
        """Our name -> the official one, "" where there is none."""
        module, _, function = self.keys.partition(":")
        # by name: the framework imports no space
        translate = getattr(importlib.import_module(f"nasreid.spaces.{module}"), function)
        try:
            return translate(name, **self.options)
        except NasreidError:
            return ""


RELEASES = {
    "msinet": Release("msinet", "msinet_keys:official_key"),
    "osnet": Release("osnet", "osnet_keys:official_key", {"naming": "osnet"}),
    "osnet-ibn": Release("osnet-ibn", "osnet_keys:official_key", {"naming": "osnet"}),
    "osnet-ain": Release("osnet-ain", "osnet_keys:official_key", {"naming": "osnet-ain"}),
    "cm-nas": Release("cm-nas-sysu", "cmnas_keys:official_key"),
    "cm-nas-baseline": Release("one-stream", "cmnas_keys:baseline_key"),
    "torchvision-resnet50": Release("one-stream", "cmnas_keys:torchvision_key"),
}


def convert(kind: str, path: str | Path, output: str | Path, genotype: Genotype | None = None,
            supernet: bool = False) -> Report:
    """Write the weights of an official checkpoint under our names, and beside them the genotype (.json) they belong to.

    kind: a name of RELEASES. genotype: of the network to fill, where it is not the published one. supernet: fill the
    open space with all its candidates instead, for `nasreid search --init`. Entries of the
    checkpoint that have no place in the network (classifiers, optimisers, BatchNorms of CM-NAS that the genotype does
    not use) are reported and left out. An entry may have several places: each BatchNorm that `torchvision-resnet50`
    trained on ImageNet becomes the shared or both separate ones of its layer.

    Raises:
        NasreidError: the kind is unknown, the file holds code or no weights, or nothing in it matches.
    """
    release = release_of(kind)
    genotype = genotype or catalogue.genotype(release.genotype)
    neck = genotype.provenance.get("neck", "auto")
    own = (with_neck(opened(genotype), neck) if supernet else built(genotype, neck)).state_dict()
    official = read_checkpoint(path)
    state, report = _matched(official, own, release)
    if not state:
        raise NasreidError(f"checkpoint {str(path)!r}: none of its entries fits {kind}; they begin with "
                           f"{', '.join(list(official)[:3])}")
    save_state(state, output)
    genotype.save(Path(output).with_suffix(".json"))
    return report


def release_of(kind: str) -> Release:
    """The release of that name; NasreidError names the known ones."""
    if kind not in RELEASES:
        raise NasreidError(f"official release {kind!r}: expected one of {', '.join(RELEASES)}")
    return RELEASES[kind]


def _refusal(error: Exception) -> str:
    found = re.search(r"GLOBAL ([\w.]+)", str(error))
    if found is None:
        return "is none that torch can read as plain tensors"
    return f"holds {found.group(1)}, which loading would execute; expected plain tensors"


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """{official key: tensor} of a .pth file, out of `state_dict` or `model`, without `module.`; runs no code.

    Raises:
        NasreidError: the file is missing, is no checkpoint, or holds more than plain tensors.
    """
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise NasreidError(f"checkpoint {str(path)!r} does not exist; expected a .pth file") from error
    except Exception as error:  # what unpickling raises has no common base but this
        raise NasreidError(f"checkpoint {str(path)!r} {_refusal(error)}") from error
    for entry in ("state_dict", "model"):
        state = state[entry] if isinstance(state, dict) and isinstance(state.get(entry), dict) else state
    if not isinstance(state, dict):
        raise NasreidError(f"checkpoint {str(path)!r} holds a {type(state).__name__}; expected a dict of tensors")
    return {str(key).removeprefix("module."): value for key, value in state.items()}


def _matched(official: dict[str, Any], own: dict[str, Tensor], release: Release) -> tuple[dict[str, Tensor], Report]:
    keys = {name: release.official(name) for name in own}
    found = {name: official[key] for name, key in keys.items() if isinstance(official.get(key), Tensor)}
    # counters of an averaged state are floats
    state = {name: value if own[name].is_floating_point() else value.to(own[name].dtype)
             for name, value in found.items() if value.shape == own[name].shape}
    known = {keys[name] for name in found}
    return state, Report(list(state), [name for name in own if name not in found],
                         [key for key in official if key not in known],
                         [keys[name] for name in found if name not in state])
