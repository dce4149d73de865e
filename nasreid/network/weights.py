"""Weights as safetensors: plain tensors, no code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.files import ordinary, write
from nasreid.network.inherit import Inheritance


def save_weights(module: nn.Module, path: str | Path) -> None:
    """The module's state, every tensor on its own (shared ones are stored once for each name)."""
    save_state(module.state_dict(), path)


def save_state(state: Mapping[str, Tensor], path: str | Path) -> None:
    """{name: tensor}, every tensor on its own."""
    own = {name: value.detach().cpu().clone().contiguous() for name, value in state.items()}
    write(path, lambda draft: safetensors.torch.save_file(own, draft))


def stored_bytes(module: nn.Module) -> int:
    """What the module's state takes, in bytes."""
    return sum(value.numel() * value.element_size() for value in module.state_dict().values())


def named(names: Sequence[str], most: int = 4) -> str:
    """How many names, and the first of them.

    >>> named(["a", "b", "c"], most=2)
    '3 (a, b, …)'
    """
    shown = ", ".join([*names[:most], *(["…"] if len(names) > most else [])])
    return f"{len(names)} ({shown})" if shown else "0"


@dataclass(frozen=True)
class Report:
    """What a file had for a network: our names that matched, are missing in it or have another shape there.

    unexpected: its names without a place; not_chosen: its names of candidates that were not chosen, and of alphas;
    nothing_for: chosen candidates, "label=candidate", that have weights and got none.
    """

    matched: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    other_shape: list[str] = field(default_factory=list)
    not_chosen: list[str] = field(default_factory=list)
    nothing_for: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """A line for each, the last two where there is something to say; what has another shape is not missing."""
        lines = {"matched": self.matched, "missing": self.missing, "unexpected": self.unexpected,
                 "other shape": self.other_shape}
        more = {"not chosen": self.not_chosen, "nothing for": self.nothing_for}
        lines |= {what: names for what, names in more.items() if names}
        return "\n".join(f"{what:12} {named(names)}" for what, names in lines.items())


def load_matching(module: nn.Module, path: str | Path, kin: Inheritance | None = None) -> Report:
    """Fill what agrees in name and shape, and report the rest.

    kin: of a network from a genotype, which also takes from a supernet what that has for the chosen candidates. Names
    in a supernet.safetensors of the time when it held the backbone alone lack `space.`, which is added.

    Raises:
        NasreidError: nothing that learns agrees.
    """
    state, own = read_weights(path), module.state_dict()
    names = _read(list(state), own, kin)
    same = {ours: theirs for theirs, ours in names.items() if ours in own}
    if kin is not None:
        state |= {theirs: kin.value(theirs, state[theirs], own[ours]) for ours, theirs in same.items()}
    matched = [ours for ours in own if ours in same and own[ours].shape == state[same[ours]].shape]
    if not {name for name, _ in module.named_parameters()}.intersection(matched):  # a counter fits anywhere
        raise NasreidError(f"weights {str(path)!r}: none of its {len(state)} tensors fits what learns in this network")
    module.load_state_dict({ours: state[same[ours]] for ours in matched}, strict=False)
    return Report(matched, [ours for ours in own if ours not in same],
                  [theirs for theirs, ours in names.items() if ours is not None and ours not in own],
                  [ours for ours in own if ours in same and ours not in set(matched)],
                  [theirs for theirs, ours in names.items() if ours is None],
                  [] if kin is None else kin.without(own, matched))


def _read(names: list[str], own: Mapping[str, Tensor], kin: Inheritance | None) -> dict[str, str | None]:
    """{name in the file: name in the network}: as of a network, of a supernet, of a backbone alone; what fits best."""
    prefixed = {name: f"space.{name}" for name in names}
    readings: list[dict[str, str | None]] = [{name: name for name in names}, dict(prefixed)]
    if kin is not None:
        readings += [{name: kin.name(name) for name in names}, {name: kin.name(n) for name, n in prefixed.items()}]
    return max(readings, key=lambda reading: sum(ours in own for ours in reading.values()))


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """{name: tensor} of a safetensors file; NasreidError where it is none, or a number in it is not finite."""
    try:
        found = safetensors.torch.load_file(ordinary(path, "weights"))
    except FileNotFoundError as error:
        raise NasreidError(f"weights {str(path)!r} do not exist; expected a .safetensors file") from error
    except (SafetensorError, OSError) as error:
        raise NasreidError(f"weights {str(path)!r} are no safetensors file: {error}") from error
    if odd := [name for name, value in found.items() if not value.isfinite().all()]:
        raise NasreidError(f"weights {str(path)!r}: {odd[0]!r} is not finite; expected weights of a training that went "
                           "well")
    return found


def load_weights(module: nn.Module, path: str | Path) -> None:
    """Fill the module; names and shapes must agree, the first that does not is named."""
    state, own = read_weights(path), module.state_dict()
    for name in [*own, *state]:
        if name not in state:
            raise NasreidError(f"weights {str(path)!r} lack {name!r}; expected those of this genotype's network")
        if name not in own:
            raise NasreidError(f"weights {str(path)!r} hold {name!r}, which this genotype's network has not")
        if own[name].shape != state[name].shape:
            raise NasreidError(f"weights {str(path)!r}: {name!r} has shape {tuple(state[name].shape)}; expected "
                               f"{tuple(own[name].shape)}")
    module.load_state_dict(state)
