"""A network as torch.export's program with a free batch dimension; what cannot be followed is named with its place."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr

import torch
from torch import nn
from torch.export import Dim, ExportedProgram

from nasreid.errors import NasreidError
from nasreid.network.exports.portable import BATCH, Portable

LOGS = ("torch.onnx", "torch._subclasses.fake_tensor")  # that torchvision is absent; what is said in an error, too


def program(network: Portable, height: int, width: int) -> ExportedProgram:
    """The program of a network for images of height x width pixels, any number of them.

    Raises:
        NasreidError: a step depends on a value, or on how many images there are; the module in which it is is named.
    """
    example = network.example(height, width)
    names = [(name, module) for name, module in network.network.named_modules() if name]
    with followed(names) as place, torch.no_grad(), quiet():
        try:
            found = torch.export.export(network, example, dynamic_shapes=tuple({0: Dim(BATCH)} for _ in example))
        except NasreidError:
            raise
        except Exception as error:
            raise NasreidError(f"the network cannot be exported: {place[-1] if place else 'it'} {_said(error)}; "
                               "expected steps that depend on no value and on no number of images") from error
    if network.modality == "both" and not _used(found):
        raise NasreidError("modality 'both': the network makes no difference between modalities; expected visible")
    return found


@contextmanager
def followed(modules: Sequence[tuple[str, nn.Module]]) -> Iterator[list[str]]:
    """Inside, the list has the names of the modules that are running, the innermost last."""
    place: list[str] = []
    handles = []
    for name, module in modules:
        handles.append(module.register_forward_pre_hook(lambda *_, name=name: place.append(name)))
        handles.append(module.register_forward_hook(lambda *_: place.pop() and None))
    try:
        yield place
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def quiet() -> Iterator[None]:
    """torch's exporters warn, log and print of their own parts, which nobody here can change."""
    logs = {log: log.level for log in map(logging.getLogger, LOGS)}
    for log in logs:
        log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, level in logs.items():
            log.setLevel(level)


def _used(found: ExportedProgram) -> bool:
    last = [node for node in found.graph.nodes if node.op == "placeholder"][-1]
    return bool(last.users)


def _said(error: Exception) -> str:
    text = str(error)
    if "data-dependent" in text:
        return "chooses its way by a value"
    if "specialized it to be a constant" in text or "Constraints violated" in text:
        return "works for one number of images only (len(x) is a constant there; x.shape[0] is none)"
    return f"stops with {type(error).__name__}: {text.strip().splitlines()[0] if text.strip() else ''}"
