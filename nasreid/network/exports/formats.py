"""The formats that a network leaves nasreid in, each with how it is written and how it is run again to be proven."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.export import ExportedProgram

from nasreid.errors import NasreidError, one_of
from nasreid.network.exports.onnx_model import described, onnx_model
from nasreid.network.exports.portable import IMAGES, MODALITY, Portable
from nasreid.network.exports.precision import narrowed
from nasreid.network.exports.program import program, quiet
from nasreid.network.exports.record import KEY, Record
from nasreid.network.exports.runtime import OnnxNetwork
from nasreid.network.exports.states import pretrained, safe, theirs
from nasreid.network.official import releases
from nasreid.network.trained import Trained

EXTRA = f"{KEY}.json"  # of the record, inside torch's own formats
SUFFIXES = {"onnx": ".onnx", "safetensors": ".safetensors", "torchscript": ".pt", "exported-program": ".pt2",
            "pretrained": ""}
THEIRS = ".pth"  # weights under the names of a release
Run = Callable[..., Tensor]  # images (N, 3, H, W) and, for both, modality (N,) -> features (N, D)


@dataclass(frozen=True)
class Exported:
    """A network in one format, not yet in a file.

    save(draft, record) writes the file with what it says of itself; load(draft) runs it as others will.
    """

    save: Callable[[Path, Record], object]
    load: Callable[[Path], Run]


def exported(kind: str, made: Trained, network: Portable, record: Record, space: str | None = None,
             calibration: Iterable[dict[str, np.ndarray]] = ()) -> Exported:
    """The network in the format of that name, in the record's precision; the work is done here, `save` only writes.

    calibration: inputs {name: array} of the graph, for the precision that needs them.
    """
    states = {"safetensors": safe, "pretrained": pretrained}
    if kind not in SUFFIXES or kind in states:
        write, read = states[kind](network) if kind in states else theirs(kind, made, network, space)

        def again(draft: Path) -> Run:
            fresh = made.untrained(space)
            read(fresh, draft)
            fresh.after_neck = network.source.after_neck
            return Portable(fresh, network.modality, network.baked)

        return Exported(write, again)
    found = program(network, record.height, record.width)
    if kind == "exported-program":
        return Exported(lambda draft, said: _program(found, draft, said), _load_program)
    if kind == "torchscript":
        with quiet(), torch.no_grad():
            script: Any = torch.jit.trace(found.module(), network.example(record.height, record.width),
                                          check_trace=False)
        return Exported(lambda draft, said: _script(script, draft, said), _load_script)
    model = narrowed(onnx_model(found, record), record.precision, iter(calibration))
    return Exported(lambda draft, said: save_onnx(model, draft, said), load_onnx)


def suffix_of(kind: str, space: str | None = None) -> str:
    """How a file of that format ends; NasreidError names the nearest and the known formats."""
    if kind in SUFFIXES:
        return SUFFIXES[kind]
    every = releases(space)
    known = dict.fromkeys([*SUFFIXES, *every, *(one.library for one in every.values() if one.library)])
    if kind not in known:
        raise NasreidError(f"format {one_of(kind, known)}")
    return THEIRS


def save_onnx(model: Any, draft: Path, record: Record) -> None:
    """Write the model with its record; weights are inside."""
    draft.write_bytes(described(model, record).SerializeToString())


def load_onnx(draft: Path) -> Run:
    """As ONNX Runtime runs it."""
    network = OnnxNetwork(draft)
    return lambda *given: torch.from_numpy(network.run(dict(zip((IMAGES, MODALITY), (x.numpy() for x in given),
                                                                strict=False))))


def _program(found: ExportedProgram, draft: Path, record: Record) -> None:
    for node in found.graph.nodes:
        node.meta.pop("stack_trace", None)  # names files of this machine
    with quiet():
        torch.export.save(found, draft, extra_files={EXTRA: record.text()})


def _load_program(draft: Path) -> Run:
    with quiet():
        return torch.export.load(draft).module()


def _script(script: Any, draft: Path, record: Record) -> None:
    with quiet():
        torch.jit.save(script, str(draft), _extra_files={EXTRA: record.text()})


def _load_script(draft: Path) -> Run:
    with quiet():
        return torch.jit.load(str(draft))
