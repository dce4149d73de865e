"""Open decisions: listed, checked, settled."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import chain
from typing import cast

from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import OpenChoice
from nasreid.mutation.door import (
    DifferentiableMixedLayer,
    LayerChoice,
    ModelSpace,
    Mutable,
    MutableModule,
    current_model,
    frozen_context,
    model_context,
)
from nasreid.mutation.labels import some

_OURS = (OpenChoice, DifferentiableMixedLayer)


def decisions(space: nn.Module) -> dict[str, list[str]]:
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
    return found


def places(space: nn.Module) -> dict[str, str]:
    """{path of a choice in the open space or supernet: its label}; a choice that is in two places has both."""
    return {path: str(made.label) for path, made in _choices(space, every=True)}


def validate(space: nn.Module, choices: dict[str, str]) -> None:
    """Refuse a sample with a missing, foreign or misspelt choice, by name."""
    known = decisions(space)
    for label in choices:
        if label not in known:
            raise NasreidError(f"choice {label!r} is not a decision of this space; expected one of {some(known)}")
    _check_complete(known, choices)


def _check_complete(known: dict[str, list[str]], choices: dict[str, str]) -> None:
    for label, names in known.items():
        if label not in choices:
            raise NasreidError(f"choice {label!r} is missing; expected one of {', '.join(names)}")
        if choices[label] not in names:
            raise NasreidError(f"choice {label!r} is {choices[label]!r}; expected one of {', '.join(names)}")


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
    for parent in list(space.modules()):
        for name, child in list(parent._modules.items()):  # named_children leaves out what has two names
            if isinstance(child, _OURS):
                parent._modules[name] = _settled(child, chosen)
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
    _check_complete(decisions(made), choices)
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
            raise NasreidError(f"choice {str(made.label)!r} is {candidate!r}; expected one of {', '.join(names)}")
        made = made[candidate]
    return made


def _choices(space: nn.Module, every: bool = False) -> Iterator[tuple[str, LayerChoice]]:
    """The choices of a space with their paths, once each, or `every` path of each."""
    for path, module in space.named_modules(remove_duplicate=not every):
        if isinstance(module, _OURS):
            yield path, cast(LayerChoice, module)
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
    for name in values:
        raise NasreidError(f"NNI's {values[name]!r} {where} is no decision of nasreid; expected choice(label, "
                           "{name: module})")
