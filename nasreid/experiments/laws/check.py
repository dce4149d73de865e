"""Hold a part to the laws of its kind: name it, and learn which it keeps, and on what the others broke."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch

from nasreid.available import BASES, available, complete
from nasreid.data.datasets import layouts
from nasreid.errors import NasreidError, nearest, one_of
from nasreid.experiments.laws.inputs import noise, people
from nasreid.experiments.laws.law import Verdict, told, verdicts
from nasreid.experiments.laws.layouts import laws_of_layouts
from nasreid.experiments.laws.objectives import laws_of_objectives
from nasreid.experiments.laws.pipeline import Small, check_pipeline
from nasreid.experiments.laws.relaxations import laws_of_relaxations
from nasreid.experiments.laws.served import served
from nasreid.experiments.laws.spaces import laws_of_spaces
from nasreid.experiments.laws.strategies import laws_of_strategies
from nasreid.plugins import construct, plug_in, read_arguments, resolve


def conformance(name: str, arguments: Mapping[str, object] | None = None, kind: str | None = None,
                root: str | Path | None = None) -> list[Verdict]:
    """What becomes of each law that fits the part of that name.

    name: of ours, "module:Class" or "file.py:Class", whose file is executed. arguments: of its constructor, as JSON has
    them. kind: spaces, strategies, objectives, relaxations or layouts; default: as its base class says. root: a folder
    of a layout's data; default: a miniature that the layout itself describes.

    Raises:
        NasreidError: there is no such part, it is of no such kind, or its constructor refuses the arguments.
    """
    return list(judged(laws_of(name, arguments or {}, kind, root)))


def judged(laws: list[partial[None]]) -> Iterator[Verdict]:
    """What becomes of each law, one after the other, on one thread: what they run is small."""
    found = verdicts(laws)
    for _ in laws:
        with one_thread():
            verdict = next(found)
        yield verdict


def laws_of(name: str, arguments: Mapping[str, object], kind: str | None = None,
            root: str | Path | None = None) -> list[partial[None]]:
    """The laws that fit the part of that name; see `conformance`."""
    name = layouts().get(name, name)
    kind = kind_of(name) if kind is None else kind
    if kind not in BASES:
        raise NasreidError(f"kind {one_of(kind, BASES)}")
    cls = plug_in(name, kind)
    offered = {"classes": 4, "width": 16} if kind == "objectives" else {}
    arguments = read_arguments(cls, arguments)
    make = partial(construct, cls, arguments, **offered)
    try:
        make()
    except Exception as error:
        raise NasreidError(f"{name!r} cannot be made: {told(error)}") from error
    if kind == "spaces":
        return [*laws_of_spaces(make),
                partial(check_pipeline, make, name, arguments, lambda: Small(served(make)), people(), noise())]
    if kind == "objectives":
        sizes = {size: arguments.get(size, usual) for size, usual in offered.items()}
        return laws_of_objectives(make, **sizes)
    if kind == "layouts":
        return laws_of_layouts(make, root)
    return laws_of_strategies(make) if kind == "strategies" else laws_of_relaxations(make)


def kind_of(name: str) -> str:
    """The kind of plug-in that a name is of: spaces, strategies, objectives, relaxations or layouts."""
    if ":" not in name:
        homes = [kind for kind in BASES if name in complete(kind)] or [k for k in BASES if name in available(k)]
        if len(homes) > 1:
            raise NasreidError(f"{name!r} is among our {' and our '.join(homes)}: say which, with kind")
        if not homes:
            known = [one for kind in BASES for one, found in available(kind).items() if found.complete]
            raise NasreidError(f"{name!r} is not among our {', '.join(BASES)}{nearest(name, known)}; expected one of "
                               "them, module:Class or file.py:Class")
        return homes[0]
    cls = resolve(name, "spaces")  # any kind: the name says where it is
    for kind, (module, base, _) in BASES.items():
        if issubclass(cls, vars(importlib.import_module(module))[base]):
            return kind
    raise NasreidError(f"{name!r} is none of ours by its base class; expected a subclass of "
                       f"{', '.join(base for _, base, _ in BASES.values())}")


@contextmanager
def one_thread() -> Iterator[None]:
    """Threads that wait for each other are slower than one, on tensors as small as these."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
