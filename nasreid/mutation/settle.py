"""Open decisions: listed, checked, settled."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import chain
from typing import TypeAlias, cast

from torch import nn

from nasreid.errors import NasreidError, one_of
from nasreid.mutation.choices import OpenChoice
from nasreid.mutation.depths import OpenDepth
from nasreid.mutation.door import (
    LayerChoice,
    ModelSpace,
    Mutable,
    MutableModule,
    current_model,
    frozen_context,
    model_context,
)
from nasreid.mutation.inputs import OpenInputs, Picked
from nasreid.mutation.mixed import MixedChoice
from nasreid.mutation.mixed_depth import MixedDepth
from nasreid.mutation.mixed_inputs import MixedInputs
from nasreid.mutation.mixed_value import MixedValue
from nasreid.mutation.ties import holders
from nasreid.mutation.tree import Decisions, Way
from nasreid.mutation.values import OpenValue, is_open

Decision: TypeAlias = OpenChoice | MixedChoice | OpenDepth | MixedDepth | OpenInputs | MixedInputs
_OURS = (OpenChoice, MixedChoice, OpenDepth, MixedDepth, OpenInputs, MixedInputs)


def decisions(space: nn.Module) -> Decisions:
    """The open decisions of a space: {label: names of its candidates}, in the order of construction.

    Raises:
        NasreidError: two choices of one label have other candidates, or one of NNI's own mutables is in the space.
    """
    found: dict[str, list[str]] = {}
    for _, made in _choices(space):
        label, names = str(made.label), [str(name) for name in made.names]
        if found.setdefault(label, names) != names:
            raise NasreidError(f"choice {label!r} has the candidates {', '.join(found[label])} in one place and "
                               f"{', '.join(names)} in another; expected the same in the same order")
    ways: dict[str, list[Way]] = {}
    _reach(space, {}, ways)
    return Decisions(found, ways)


def _reach(module: nn.Module, way: Way, found: dict[str, list[Way]]) -> None:
    """Note for each decision below a module in which candidates it lies; the module itself lies in those of way."""
    for name, child in module._modules.items():
        inner = _narrowed(way, module, name) if isinstance(module, _OURS) else way
        if child is None or inner is None:
            continue
        if isinstance(child, _OURS) and inner not in found.setdefault(str(child.label), []):
            found[str(child.label)].append(inner)
        _reach(child, inner, found)


def _narrowed(way: Way, decision: Decision, child: str) -> Way | None:
    """The way into a child of a decision; None where there is none."""
    label, names = str(decision.label), decision.reached(child)
    inside = names & way.get(label, names)
    return {**way, label: inside} if inside else None


def places(space: nn.Module) -> dict[str, str]:
    """{path of a choice in the open space or supernet: its label}; a choice that is in two places has both."""
    return {path: str(made.label) for path, made in _choices(space, every=True)}


def depths(space: nn.Module) -> set[str]:
    """Paths of the depths in the open space or supernet."""
    return {path for path, made in _choices(space, every=True) if isinstance(made, OpenDepth | MixedDepth)}


def parts(space: nn.Module) -> dict[str, dict[str, frozenset[str]]]:
    """{path of a decision below which there are numbered parts and no candidates, a depth or inputs with parts: {part:
    the candidates that have it}}."""
    kinds = OpenDepth | MixedDepth | OpenInputs | MixedInputs
    found = {path: made for path, made in _choices(space, every=True) if isinstance(made, kinds)}
    return {path: {name: made.reached(name) for name in made._modules} for path, made in found.items()}


def inputs_of(space: nn.Module) -> set[str]:
    """Paths of the decisions about inputs."""
    return {path for path, made in _choices(space, every=True) if isinstance(made, OpenInputs | MixedInputs) or (
        isinstance(made, OpenChoice | MixedChoice) and all(isinstance(one, Picked) for one in made))}


def shared(space: nn.Module) -> dict[str, dict[str, dict[str, str]]]:
    """{path of a layer of open numbers: {number: {name of a weight: the number whose weight it is a slice of}}}."""
    found = {path: made for path, made in _choices(space, every=True) if isinstance(made, OpenValue | MixedValue)}
    return {path: {n: dict(names) for n, names in _held(made).items()} for path, made in found.items()}


def spoken(space: nn.Module, path: str) -> str:
    """The path of a module in the open space without the numbers of the layers around it: the same for all numbers."""
    words: list[str] = []
    module, skip = space, False
    for word in path.split("."):
        words += [] if skip else [word]
        module = module.get_submodule(word)
        skip = isinstance(module, OpenValue)
    return ".".join(words)


def _held(made: OpenValue | MixedValue) -> Mapping[str, Mapping[str, str]]:
    if isinstance(made, MixedValue):
        return made.held
    return holders({str(name): made[name] for name in made.names}, str(made.label))


def validate(space: nn.Module, choices: dict[str, str]) -> None:
    """Refuse a sample with a missing, foreign or misspelt choice, or one that has no place, by name."""
    decisions(space).check(choices)


def freeze(space: nn.Module, choices: dict[str, str]) -> nn.Module:
    """The network of `choices`, sharing the weights of `space` (training one trains the other: copy before use).

    What the space has once and uses in several places, the network has once, too.
    """
    check_space(space)
    validate(space, choices)
    tensors = chain(space.parameters(), space.buffers())
    return decide(copy.deepcopy(space, {id(tensor): tensor for tensor in tensors}), choices.get)


def decide(space: nn.Module, chosen: Callable[[str], str | None]) -> nn.Module:
    """The space itself with those decisions made for which chosen(label) names a candidate, the others still open."""
    made: dict[nn.Module, nn.Module] = {}  # what is in several places stays one
    waiting, seen = [space], set[nn.Module]()
    while waiting:  # from the outside in: a choice may hold a choice, and what a number is made of
        parent = waiting.pop(0)
        seen.add(parent)
        for name, child in list(parent._modules.items()):  # named_children leaves out what has two names
            if isinstance(child, _OURS):
                child = made.setdefault(child, made[child] if child in made else _settled(child, chosen))
                parent._modules[name] = child
            if child is not None and child not in seen:
                waiting.append(child)
    return space


def within(choices: dict[str, str]) -> AbstractContextManager[object]:
    """Context in which a space is constructed with these choices already made."""
    return model_context(choices)


def opened(make: Callable[[], nn.Module]) -> nn.Module:
    """make() with its choices left open, then settled by the choices of `within`, if that is in force.

    For a space which must see the candidates of another one to know what it may decide itself.
    """
    choices = current_model()
    if choices is None:
        return make()
    with frozen_context.bypass(), frozen_context():
        made = make()
    known = decisions(made)
    known.check({label: name for label, name in choices.items() if label in known})
    return decide(made, choices.get)


def check_space(space: nn.Module) -> None:
    """Refuse what is no space: a choice itself, or a module that NNI does not know as one."""
    if isinstance(space, LayerChoice):
        raise NasreidError(f"choice {str(space.label)!r} is the space itself; expected a SearchSpace around it")
    if not isinstance(space, ModelSpace):
        raise NasreidError(f"{type(space).__name__} is no space; expected a subclass of nasreid.space.SearchSpace")


def _settled(made: nn.Module, chosen: Callable[[str], str | None]) -> nn.Module:
    """The candidate of a choice, or of the choice that is this candidate, …; what is not decided itself."""
    while isinstance(made, _OURS) and (candidate := chosen(str(made.label))) is not None:
        names = [str(name) for name in made.names]
        if candidate not in names:
            raise NasreidError(f"choice {str(made.label)!r} is {one_of(candidate, names)}")
        made = made.settled(candidate)
    return made


def _choices(space: nn.Module, every: bool = False) -> Iterator[tuple[str, Decision]]:
    """The choices of a space with their paths, once each, or `every` path of each."""
    for path, module in space.named_modules(remove_duplicate=not every):
        if isinstance(module, _OURS):
            yield path, module
        else:
            _refuse_foreign(path, module)


def _refuse_foreign(path: str, module: nn.Module) -> None:
    where = f"at {path!r}" if path else "in the space itself"
    values = {name: value for name, value in vars(module).items() if isinstance(value, Mutable)}
    if isinstance(module, MutableModule) and not isinstance(module, ModelSpace):
        raise NasreidError(f"NNI's {type(module).__name__} {where} is no decision of nasreid; expected choice(label, "
                           "{name: module})")
    if isinstance(module, ModelSpace):
        values |= {str(mutable): mutable for mutable in cast("list[Mutable]", module.mutables)}
    for name in [name for name, value in values.items() if not is_open(value)]:
        raise NasreidError(f"NNI's {values[name]!r} {where} is no decision of nasreid; expected choice(label, "
                           "{name: module})")
