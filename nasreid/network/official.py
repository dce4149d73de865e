"""Checkpoints of the papers' official releases -> our names, as safetensors, with a report of what matched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

import torch
from torch import Tensor

from nasreid.errors import NasreidError, one_of
from nasreid.files import Document
from nasreid.genotype import Genotype
from nasreid.network import catalogue
from nasreid.network.build import built, opened
from nasreid.network.checkpoint import read_checkpoint
from nasreid.network.network import with_neck
from nasreid.network.weights import Report, save_state
from nasreid.published import Release, published


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


def fitting_release(name: str, genotype: Genotype, space: str | None = None) -> Release:
    """The release of that kind, or of the library of that name, in whose names a network's weights are written.

    Of a library's several, the one whose published choices are the genotype's, else the last.

    Raises:
        NasreidError: there is none, or it is of another space than the genotype.
    """
    own = published(genotype.space).releases
    known = {**own, **{one.library: one for one in own.values() if one.library}}
    if name not in known:
        release_of(name, space)
        raise NasreidError(f"official release {name!r} is of another space than {genotype.space!r}; expected one of "
                           f"{', '.join(known) or 'none: this space has no release'}")
    named = [one for one in own.values() if one.library == name]
    same = [one for one in named if catalogue.genotype(one.genotype, space).choices == genotype.choices]
    return (same or [known[name]])[0]


def released(release: Release, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """{official key: tensor} of the weights {our name: tensor} of a network; the inverse of what `convert` reads.

    Raises:
        NasreidError: a weight has no name there, or two that differ have one.
    """
    found: dict[str, Tensor] = {}
    for name, value in state.items():
        key = release.key(name)
        if not key:
            raise NasreidError(f"weight {name!r} has no official name; expected a network as it was released")
        if key in found and not torch.equal(found[key], value):
            raise NasreidError(f"weights of {key!r}, as {name!r} is called there, are several that differ; expected a "
                               "release with a name for each")
        found[key] = value.detach().cpu().clone()
    return found


def taken(release: Release, path: str | Path, own: dict[str, Tensor]) -> tuple[dict[str, Tensor], Report]:
    """What a checkpoint has for a network whose state is `own`, under our names, and the report of it."""
    return _matched(read_checkpoint(path), own, release)


def releases(space: str | None = None) -> dict[str, Release]:
    """{kind: release} of our spaces, and of those from outside nasreid that are named."""
    return {kind: release for one in catalogue.published_by(space) for kind, release in one.releases.items()}


def release_of(kind: str, space: str | None = None) -> Release:
    """The release of that kind; NasreidError names the nearest and the known ones."""
    known = releases(space)
    if kind not in known:
        raise NasreidError(f"official release {one_of(kind, known)}")
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
