"""Weights as safetensors: plain tensors, no code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
