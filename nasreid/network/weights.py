"""Weights as safetensors: plain tensors, no code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.files import write


def save_weights(module: nn.Module, path: str | Path) -> None:
    """The module's state, every tensor on its own (shared ones are stored once for each name)."""
    save_state(module.state_dict(), path)


def save_state(state: Mapping[str, Tensor], path: str | Path) -> None:
    """{name: tensor}, every tensor on its own."""
    own = {name: value.detach().cpu().clone().contiguous() for name, value in state.items()}
    write(path, lambda draft: safetensors.torch.save_file(own, draft))


def named(names: Sequence[str], most: int = 4) -> str:
    """How many names, and the first of them.

    >>> named(["a", "b", "c"], most=2)
    '3 (a, b, …)'
    """
    shown = ", ".join([*names[:most], *(["…"] if len(names) > most else [])])
    return f"{len(names)} ({shown})" if shown else "0"


@dataclass(frozen=True)
class Report:
    """What a file had for a network: our names that matched or are missing in it; its names without a place, or of
    another shape."""

    matched: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    other_shape: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """A line for each; a tensor of another shape is not missing as well."""
        lines = (f"{what:12} {named(getattr(self, what.replace(' ', '_')))}"
                 for what in ("matched", "missing", "unexpected", "other shape"))
        return "\n".join(lines)


def load_matching(module: nn.Module, path: str | Path) -> Report:
    """Fill what agrees in name and shape, and report the rest.

    Names in a supernet.safetensors of the time when it held the backbone alone lack `space.`, which is added.

    Raises:
        NasreidError: nothing agrees.
    """
    state, own = read_weights(path), module.state_dict()
    if state and not any(name in own for name in state):
        state = {f"space.{name}": value for name, value in state.items()}
    same = [name for name in own if name in state]
    matched = [name for name in same if own[name].shape == state[name].shape]
    if not matched:
        raise NasreidError(f"weights {str(path)!r}: none of its {len(state)} tensors fits this network")
    module.load_state_dict({name: state[name] for name in matched}, strict=False)
    return Report(matched, [name for name in own if name not in state], [name for name in state if name not in own],
                  [name for name in same if name not in set(matched)])


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """{name: tensor} of a safetensors file."""
    try:
        return safetensors.torch.load_file(path)
    except FileNotFoundError as error:
        raise NasreidError(f"weights {str(path)!r} do not exist; expected a .safetensors file") from error
    except (SafetensorError, OSError) as error:
        raise NasreidError(f"weights {str(path)!r} are no safetensors file: {error}") from error


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
