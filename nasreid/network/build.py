"""From a genotype to a network: the space that it names, its decisions made, a neck, fresh weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch

from nasreid.arguments import Options
from nasreid.configuration import united
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import freeze
from nasreid.network.inherit import Inheritance
from nasreid.network.limits import limited
from nasreid.network.network import Network, with_neck
from nasreid.plugins import construct, is_ours, plug_in
from nasreid.space import SearchSpace


def opened(genotype: Genotype, space: str | None = None, **overrides: object) -> SearchSpace:
    """The genotype's space with its decisions still open.

    `space` confirms what comes from outside nasreid, the space itself or one inside its arguments (several with commas
    between them); overrides confirm what they name.
    """
    return open_space(_trusted(genotype, space, overrides), united(genotype.arguments, overrides))


def built(genotype: Genotype, neck: str = "auto", space: str | None = None, seed: int = 0,
          **overrides: object) -> Network:
    """The network of a genotype with fresh weights drawn from `seed`, independent of every other.

    Resolves the name of its space and of those in its arguments; what is outside nasreid is executed only when the
    caller names it again (`space`). overrides replace arguments of the space (e.g. bottleneck="out"), see
    `nasreid.configuration.united`; neck as in `nasreid.network.network.with_neck`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        frozen = freeze(opened(genotype, space, **overrides), genotype.choices)
        return with_neck(cast(SearchSpace, frozen), neck)  # freezing keeps the class


def inheritance(genotype: Genotype, space: str | None = None, **overrides: object) -> Inheritance:
    """What the network of `built` inherits from a supernet of the same space; the arguments are the same."""
    with torch.random.fork_rng(devices=[]):
        return Inheritance.of(opened(genotype, space, **overrides), genotype.choices, "space.")


def open_space(name: str, arguments: Options) -> SearchSpace:
    """The SearchSpace of that name, constructed with `arguments`."""
    cls = plug_in(name, "spaces")
    try:
        with limited(name):
            space = construct(cls, arguments)
    except (RuntimeError, AttributeError) as error:  # what torch and NNI make of a constructor that is not right
        said = str(error).strip().splitlines()[0]
        hint = ("; expected layer(nn.Conv2d, …) where a module is made of a value, and none of NNI's own values"
                if "Symbolic" in said else "")
        raise NasreidError(f"space {name!r} cannot be made: {said}{hint}") from error
    if not isinstance(space.width, int) or space.width < 1:
        raise NasreidError(f"space {name!r} has no integer attribute `width`, the D of its maps (N, D, h, w)")
    return space


def _trusted(genotype: Genotype, space: str | None, overrides: Options) -> str:
    confirmed = set() if space is None else {name.strip() for name in space.split(",")}
    if odd := sorted(confirmed - {genotype.space, *plug_ins_in(genotype.arguments)}):
        raise NasreidError(f"genotype is of space {genotype.space!r}, not {odd[0]!r}")
    typed = confirmed | set(plug_ins_in(overrides))
    for name in plug_ins_in([genotype.space, united(genotype.arguments, overrides)]):
        if name not in typed and not is_ours(name):
            raise NasreidError(f"genotype names the foreign space {name!r}, which would be executed; "
                               f"confirm with --space {','.join(sorted({*confirmed, name}))}")
    return genotype.space


def plug_ins_in(value: object) -> Iterator[str]:
    """Every text inside `value` that could name a plug-in: package.module:Class or file.py:Class."""
    if isinstance(value, str) and ":" in value:
        yield value
    elif isinstance(value, dict):
        yield from plug_ins_in(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from plug_ins_in(one)
