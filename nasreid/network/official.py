"""Checkpoints of the papers' official releases -> our names, as safetensors, with a report of what matched."""

from __future__ import annotations

from pathlib import Path
from typing import TypeGuard

import torch
from torch import Tensor

from nasreid.errors import NasreidError, nearest
from nasreid.files import Document
from nasreid.genotype import Genotype
from nasreid.network import catalogue
from nasreid.network.build import built, opened
from nasreid.network.checkpoint import read_checkpoint
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
    for name, value in state.items():
        if not value.isfinite().all():
            raise NasreidError(f"checkpoint {str(path)!r}: {official_key(release, name)} is not finite; expected "
                               "weights of a training that went well")
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


def _numbers(value: object) -> TypeGuard[Tensor]:
    """Whether it is a tensor of real numbers, each of which it holds, none of fewer than 16 bits."""
    return (isinstance(value, Tensor) and value.layout == torch.strided and not value.is_complex()
            and not value.is_quantized and (value.element_size() > 1 or not value.is_floating_point()))


def _matched(official: Document, own: dict[str, Tensor], release: Release) -> tuple[dict[str, Tensor], Report]:
    keys = {name: official_key(release, name) for name in own}
    found = {name: official[key] for name, key in keys.items() if _numbers(official.get(key))}
    # counters of an averaged state are floats
    state = {name: value if own[name].is_floating_point() else value.to(own[name].dtype)
             for name, value in found.items() if value.shape == own[name].shape}
    known = {keys[name] for name in found}
    return state, Report(list(state), [name for name in own if name not in found],
                         [key for key in official if key not in known],
                         [keys[name] for name in found if name not in state])
