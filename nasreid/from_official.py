"""Checkpoints of the papers' official releases -> our names, as safetensors, with a report of what matched."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.weights import Report, save_state


@dataclass(frozen=True)
class Release:
    """space; keys: module with our_key(official); genotypes: module with published(name); neck of its network."""

    space: str
    keys: str
    genotypes: str
    name: str
    neck: str


RELEASES = {
    "msinet": Release("MSI", "msinet_keys", "msi_genotypes", "msinet", "two-feature"),
    **{name: Release("InPlacement", "osnet_keys", "osnet_genotypes", name, "fc")
       for name in ("osnet", "osnet-ibn", "osnet-ain")},
}


def convert(kind: str, path: str | Path, output: str | Path, genotype: Genotype | None = None) -> Report:
    """Write the weights of an official checkpoint under our names, and beside them the genotype (.json) they belong to.

    kind: a name of RELEASES. genotype: of the network in the file, where it is not the published one. Entries of the
    checkpoint that have no place in the network (classifiers, optimisers) are reported and left out.

    Raises:
        NasreidError: the kind is unknown, the file holds code or no weights, or nothing in it matches.
    """
    release = release_of(kind)
    genotype = genotype or published(kind)
    own = genotype.build(genotype.provenance.get("neck", release.neck)).state_dict()
    state, report = _matched(read_checkpoint(path), own, _function(release.keys, "our_key"))
    if not state:
        raise NasreidError(f"checkpoint {str(path)!r}: none of its entries fits {kind}; they begin with "
                           f"{', '.join(report.unexpected[:3] or report.other_shape[:3])}")
    save_state(state, output)
    genotype.save(Path(output).with_suffix(".json"))
    return report


def release_of(kind: str) -> Release:
    """The release of that name; NasreidError names the known ones."""
    if kind not in RELEASES:
        raise NasreidError(f"official release {kind!r}: expected one of {', '.join(RELEASES)}")
    return RELEASES[kind]


def published(kind: str) -> Genotype:
    """The published genotype of a release."""
    release = release_of(kind)
    arguments, choices = _function(release.genotypes, "published")(release.name)
    return Genotype(release.space, arguments, choices, {"source": f"published as {kind}", "neck": release.neck})


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


def _matched(official: dict[str, Any], own: dict[str, Tensor],
             our_key: Callable[[str], str]) -> tuple[dict[str, Tensor], Report]:
    state: dict[str, Tensor] = {}
    unexpected, other_shape = [], []
    for key, value in official.items():
        name = _name(key, our_key)
        if name not in own or not isinstance(value, Tensor):
            unexpected.append(key)
        elif own[name].shape != value.shape:
            other_shape.append(key)
        else:
            # counters of an averaged state are floats
            state[name] = value if own[name].is_floating_point() else value.to(own[name].dtype)
    return state, Report(list(state), [name for name in own if name not in state], unexpected, other_shape)


def _name(key: str, our_key: Callable[[str], str]) -> str:
    try:
        return our_key(key)
    except NasreidError:
        return ""


def _function(module: str, name: str) -> Callable[..., Any]:
    # by name: the framework imports no space
    return getattr(importlib.import_module(f"nasreid.spaces.{module}"), name)
