"""Open decisions: made in a space's constructor, listed, checked, settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation.door import (
    Categorical,
    LayerChoice,
    ModelSpace,
    SampleValidationError,
    current_model,
    frozen_context,
    model_context,
    recursive_freeze,
)
from nasreid.mutation.labels import some

_RESERVED = frozenset(dir(LayerChoice)) | {"length", "reduction", "return_mask", "key", "names", "training"}


def choice(label: str, candidates: dict[str, nn.Module]) -> nn.Module:
    """An open decision: `label` will become one of `candidates` {name: module}, all with the same inputs and outputs.

    Made inside the constructor of a SearchSpace, and not as the space itself. The open choice cannot be run: a space
    runs once it is relaxed into a supernet or frozen into a network.
    """
    if "/" in label:
        raise NasreidError(f"choice label {label!r}: expected a label without '/'")
    for name in candidates:
        if not isinstance(name, str) or "." in name or name in _RESERVED or not name:
            raise NasreidError(f"candidate name {name!r} of choice {label!r} is reserved or no plain word; rename it")
    return LayerChoice(candidates, label=label)


def decisions(space: nn.Module) -> dict[str, list[str]]:
    """The open decisions of a space: {label: names of its candidates}, in the order of construction."""
    simplified = cast(ModelSpace, space).simplify()
    return {label: list(cast(Categorical, mutable).values) for label, mutable in simplified.items()}


def validate(space: nn.Module, choices: dict[str, str]) -> None:
    """Refuse a sample with a missing, foreign or misspelt choice, by name."""
    known = decisions(space)
    for label in choices:
        if label not in known:
            raise NasreidError(f"choice {label!r} is not a decision of this space; expected one of {some(known)}")
    for label, names in known.items():
        if label not in choices:
            raise NasreidError(f"choice {label!r} is missing; expected one of {', '.join(names)}")
        if choices[label] not in names:
            raise NasreidError(f"choice {label!r} is {choices[label]!r}; expected one of {', '.join(names)}")


def freeze(space: nn.Module, choices: dict[str, str]) -> nn.Module:
    """The network of `choices`, sharing the weights of `space` (training one trains the other: copy before use)."""
    validate(space, choices)
    try:
        return cast(ModelSpace, space).freeze(choices)
    except SampleValidationError as error:
        raise NasreidError(f"choices {choices} do not fit the space: {error}") from error


def decide(space: nn.Module, chosen: Callable[[str], str | None]) -> nn.Module:
    """The space itself with those decisions made for which chosen(label) names a candidate, the others still open."""
    for parent in list(space.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is LayerChoice and (candidate := chosen(str(child.label))) is not None:
                names = [str(name) for name in child.names]
                if candidate not in names:
                    raise NasreidError(f"choice {child.label!r} is {candidate!r}; expected one of {', '.join(names)}")
                setattr(parent, name, child[candidate])
    return space


def within(choices: dict[str, str]) -> Any:
    """Context in which a space is constructed with these choices already made."""
    return model_context(choices)


def opened(make: Callable[[], nn.Module]) -> nn.Module:
    """make() with its choices left open, then settled by the choices of `within`, if that is in force.

    For a space which must see the candidates of another one to know what it may decide itself.
    """
    choices = current_model()
    if choices is None:
        return make()
    with frozen_context.bypass(), frozen_context():  # NNI wants a place for its dry run
        return recursive_freeze(make(), choices)[0]
