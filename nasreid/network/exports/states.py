"""Weights that travel without a graph: as safetensors, as a folder, under the names of an official release."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from nasreid.network.exports.portable import Portable
from nasreid.network.exports.record import KEY, Record
from nasreid.network.network import Network
from nasreid.network.official import fitting_release, released, taken
from nasreid.network.trained import Trained
from nasreid.network.weights import load_weights
from nasreid.run import PRETRAINED, PRETRAINED_WEIGHTS

Write = Callable[[Path, Record], object]
Read = Callable[[Network, Path], object]  # fills a fresh network


def safe(network: Portable) -> tuple[Write, Read]:
    """One .safetensors file under our names, the record in its metadata."""
    return lambda draft, record: _save(network, draft, record), load_weights


def pretrained(network: Portable) -> tuple[Write, Read]:
    """A folder: config.json (the record) and model.safetensors."""

    def write(draft: Path, record: Record) -> None:
        text = json.dumps(record.document(), indent=2, ensure_ascii=False)
        (draft / PRETRAINED).write_text(text + "\n", encoding="utf-8")
        _save(network, draft / PRETRAINED_WEIGHTS, record)

    return write, lambda fresh, draft: load_weights(fresh, draft / PRETRAINED_WEIGHTS)


def theirs(kind: str, made: Trained, network: Portable, space: str | None) -> tuple[Write, Read]:
    """A .pth file under the names of a release, or of the library that has them: what `import-weights` reads."""
    release = fitting_release(kind, made.genotype, space)
    state: dict[str, Any] = released(release, network.source.state_dict())

    def read(fresh: Network, draft: Path) -> None:
        own, report = taken(release, draft, fresh.state_dict())
        assert not report.missing
        fresh.load_state_dict(own)

    return lambda draft, record: torch.save(state, draft), read


def _save(network: Portable, draft: Path, record: Record) -> None:
    own = {name: value.detach().cpu().clone().contiguous() for name, value in network.source.state_dict().items()}
    safetensors.torch.save_file(own, draft, {KEY: record.text()})
