"""Checkpoints of the papers' official releases -> our names, as safetensors, with a report of what matched."""

from __future__ import annotations

import re
from pathlib import Path

from torch import Tensor

from nasreid.errors import NasreidError, nearest
from nasreid.files import Document
from nasreid.genotype import Genotype
from nasreid.network import catalogue
from nasreid.network.build import built, opened
from nasreid.network.network import with_neck
from nasreid.network.weights import Report, save_state
from nasreid.published import Release


def convert(kind: str, path: str | Path, output: str | Path, genotype: Genotype | None = None,
            supernet: bool = False, space: str | None = None) -> Report:
    """Write the weights of an official checkpoint under our names, and beside them the genotype (.json) they belong to.

    kind: of the release, one that a space publishes (`nasreid.published`). genotype: of the network to fill, where it
    is not the published one. supernet: fill the open space with all its candidates instead, for `nasreid search
    --init`. space: one from outside nasreid, whose releases are known then; its file is executed.

    Entries of the checkpoint that have no place in the network (classifiers, optimisers, BatchNorms of CM-NAS that the
    genotype does not use) are reported and left out. An entry may have several places: each BatchNorm that
    `torchvision-resnet50` trained on ImageNet becomes the shared or both separate ones of its layer.

    Raises:
        NasreidError: the kind is unknown, the file holds code or no weights, or nothing in it matches.
    """
    release = release_of(kind, space)
    genotype = genotype or catalogue.genotype(release.genotype, space)
    neck = genotype.provenance.get("neck", "auto")
    network = with_neck(opened(genotype, space), neck) if supernet else built(genotype, neck, space)
    own = network.state_dict()
    official = read_checkpoint(path)
    state, report = _matched(official, own, release)
    if not state:
        raise NasreidError(f"checkpoint {str(path)!r}: none of its entries fits {kind}; they begin with "
                           f"{', '.join(list(official)[:3])}")
    save_state(state, output)
    genotype.save(Path(output).with_suffix(".json"))
    return report


def releases(space: str | None = None) -> dict[str, Release]:
    """{kind: release} of our spaces, and of those from outside nasreid that are named."""
    return {kind: release for one in catalogue.published_by(space) for kind, release in one.releases.items()}


def release_of(kind: str, space: str | None = None) -> Release:
    """The release of that kind; NasreidError names the nearest and the known ones."""
    known = releases(space)
    if kind not in known:
        raise NasreidError(f"official release {kind!r}{nearest(kind, known)}: expected one of {', '.join(known)}")
    return known[kind]


def official_key(release: Release, name: str) -> str:
    """Our name of a weight -> the official one, "" where there is none."""
    try:
        return release.key(name)
    except NasreidError:
        return ""


def _refusal(error: Exception) -> str:
    found = re.search(r"GLOBAL ([\w.]+)", str(error))
    if found is None:
        return "is none that torch can read as plain tensors"
    return f"holds {found.group(1)}, which loading would execute; expected plain tensors"


def read_checkpoint(path: str | Path) -> Document:
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


def _matched(official: Document, own: dict[str, Tensor], release: Release) -> tuple[dict[str, Tensor], Report]:
    keys = {name: official_key(release, name) for name in own}
    found = {name: official[key] for name, key in keys.items() if isinstance(official.get(key), Tensor)}
    # counters of an averaged state are floats
    state = {name: value if own[name].is_floating_point() else value.to(own[name].dtype)
             for name, value in found.items() if value.shape == own[name].shape}
    known = {keys[name] for name in found}
    return state, Report(list(state), [name for name in own if name not in found],
                         [key for key in official if key not in known],
                         [keys[name] for name in found if name not in state])
