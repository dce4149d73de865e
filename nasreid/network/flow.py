"""Which decisions of a network work on what which others made: traced on one tiny image, so that a picture is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.files import Document
from nasreid.genotype import Genotype
from nasreid.mutation import decisions, depths, freeze, inputs_of, parts, places, shared
from nasreid.mutation.inputs import Picked
from nasreid.network.arrows import nearest, telling
from nasreid.network.build import opened
from nasreid.network.inherit import Inheritance

INPUT, OUTPUT = -1, -2
SIZE = (64, 32)  # of the image


def flow(space: nn.Module, choices: dict[str, str]) -> Document | None:
    """The flow through the network of `choices`, as data that a genotype can hold; None where it cannot be traced.

    space: open or relaxed; it stays as it is. choices: as they are now. boxes: one for each time that decisions come in
    the course of a pass, {decisions: {label: choice, value, depth or inputs}, inside: number of the box around it, or
    None}. arrows: pairs of numbers of boxes of which the second works on what the first made, -1 the image and -2 the
    maps; `telling` says which of them. absent: labels of decisions that do not exist here.
    """
    known = decisions(space)
    network = freeze(space, choices).eval()
    found = _Trace(_homes(space, network, choices))
    try:
        found.run(network)
    except (NasreidError, RuntimeError, TypeError, ValueError):  # it may want larger images, or two modalities
        return None
    return {"boxes": found.boxes, "arrows": [list(pair) for pair in sorted(found.arrows())],
            "absent": [label for label in known if label not in choices], "choices": dict(choices)}


def flow_of(genotype: Genotype, space: str | None = None, **overrides: object) -> Document | None:
    """The flow through the network of a genotype, whose space is built; space, overrides: see `build.opened`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return flow(opened(genotype, space, **overrides), genotype.choices)


def _homes(space: nn.Module, network: nn.Module, choices: dict[str, str]) -> dict[nn.Module, dict[str, str]]:
    """{module of the network: {label of a decision that made it: its kind}}."""
    names, numbers, repeated = Inheritance.of(space, choices), shared(space), depths(space)
    picked, parted, found = inputs_of(space), parts(space), dict[nn.Module, dict[str, str]]()
    for path, label in places(space).items():
        if label in choices:
            home = names.name(path if path in parted else f"{path}.{choices[label]}")
            kind = ("value" if path in numbers else "depth" if path in repeated else
                    "inputs" if path in picked else "choice")
            if home is not None:
                found.setdefault(network.get_submodule(home), {})[label] = kind
    return found


class _Mark(torch.autograd.Function):
    """A tensor as it is, whose place in autograd's graph is known."""

    @staticmethod
    def forward(ctx: Any, place: tuple[str, int], value: Tensor, *others: Tensor) -> Tensor:
        ctx.place = place
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Nobody asks for gradients."""
        raise NotImplementedError


class _Trace:
    """One pass: a mark where each decision begins and where it ends."""

    def __init__(self, homes: dict[nn.Module, dict[str, str]]):
        self.homes, self.boxes = homes, list[Document]()
        self._open: list[tuple[int, list[Tensor]]] = []
        self._entries: dict[int, list[Tensor]] = {}
        self._end: list[Tensor] = []

    def run(self, network: nn.Module) -> None:
        """Let an image through."""
        handles = [handle for module in self.homes for handle in (
            module.register_forward_pre_hook(self._begin), module.register_forward_hook(self._finish))]
        like = next((p for p in network.parameters()), torch.zeros(0))
        image = torch.rand(2, 3, *SIZE, generator=torch.Generator().manual_seed(0)).to(like).requires_grad_()
        try:
            with torch.enable_grad():
                self._end = _tensors(network(cast(Tensor, _Mark.apply(("exit", INPUT), image))))
        finally:
            for handle in handles:
                handle.remove()

    def _begin(self, module: nn.Module, given: tuple[object, ...]) -> tuple[object, ...]:
        at = len(self.boxes)
        inside = self._open[-1][0] if self._open else None
        self.boxes.append({"decisions": self.homes[module], "inside": inside})
        marked = cast("tuple[object, ...]", _marked(("entry", at), given, []))
        picked = [marked[place] for place in module.places] if isinstance(module, Picked) else marked
        self._entries[at] = _tensors(picked)
        self._open.append((at, self._entries[at]))
        return marked

    def _finish(self, module: nn.Module, given: object, output: object) -> object:
        at, entries = self._open.pop()
        return _marked(("exit", at), output, entries)

    def arrows(self) -> set[tuple[int, int]]:
        """Of boxes that lie in the same one, without what follows from others."""
        around = [box["inside"] for box in self.boxes]
        found = {(tail, OUTPUT) for tail in _before(self._end)}
        inputs = {at: [_behind(entry) for entry in entries] for at, entries in self._entries.items()}
        found |= {(tail, at) for at, tails in inputs.items() for tail in set().union(*tails)}
        here = {(tail, head) for tail, head in found
                if (around[tail] if tail >= 0 else None) == (around[head] if head >= 0 else None)}
        chosen = {(tail, at) for at, tails in inputs.items() if "inputs" in self.boxes[at]["decisions"].values()
                  for one in tails for tail in nearest(one, here)}
        return telling(here, chosen)


def _marked(place: tuple[str, int], value: object, others: list[Tensor]) -> object:
    if isinstance(value, tuple):
        return tuple(_marked(place, one, others) for one in value)
    known = isinstance(value, Tensor) and value.is_floating_point()
    return _Mark.apply(place, value, *others) if known else value


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, tuple | list):
        return [found for one in value for found in _tensors(one)]
    return [value] if isinstance(value, Tensor) else []


def _before(values: list[Tensor]) -> set[int]:
    return set(_ends([(value.grad_fn, 0) for value in values]))


def _behind(entry: Tensor) -> set[int]:
    """The boxes that what enters another comes from."""
    return set() if entry.grad_fn is None else set(_ends(entry.grad_fn.next_functions))


def _ends(edges: Any) -> Iterator[int]:
    """The boxes whose ends are reached first, going back from here; nothing behind the beginning of a box."""
    waiting, seen = [node for node, _ in edges], set[Any]()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        place = getattr(node, "place", None)
        if place is None:
            waiting += [following for following, _ in node.next_functions]
        elif place[0] == "exit":
            yield place[1]
