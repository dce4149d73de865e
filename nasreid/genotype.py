"""Genotype: the frozen record of every decision of a space, kept as JSON that people can read, diff and edit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasreid.errors import NasreidError
from nasreid.files import write_text
from nasreid.plugins import construct, is_ours, resolve

if TYPE_CHECKING:
    from nasreid.network import Network
    from nasreid.space import SearchSpace

_FIELDS = {"space": str, "arguments": dict, "choices": dict, "provenance": dict}


@dataclass(frozen=True)
class Genotype:
    """space: its name; arguments of its constructor; choices {label: candidate}; provenance: where it comes from.

    A genotype is data: loading, comparing and drawing one runs nothing. Building one resolves the name of its space and
    of those in its arguments; what is outside nasreid is executed only when the caller names it again.
    """

    space: str
    arguments: dict[str, Any]
    choices: dict[str, str]
    provenance: dict[str, Any] = field(default_factory=dict)

    def save(self, path: str | Path) -> None:
        """Write JSON, beside and then renamed."""
        record = {name: getattr(self, name) for name in _FIELDS}
        write_text(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> Genotype:
        """Read and check the JSON; what is wrong is named."""
        try:
            record = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise NasreidError(f"genotype {str(path)!r} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise NasreidError(f"genotype {str(path)!r} is no JSON: {error}") from error
        return cls(**_checked(record, str(path)))

    def open(self, space: str | None = None, **overrides: Any) -> SearchSpace:
        """The space with its decisions still open.

        `space` confirms what comes from outside nasreid, the space itself or one inside its arguments (several with
        commas between them); overrides confirm what they name.
        """
        return open_space(self._trusted(space, overrides), united(self.arguments, overrides))

    def build(self, neck: str = "auto", space: str | None = None, seed: int = 0, **overrides: Any) -> Network:
        """The network of this genotype with fresh weights drawn from `seed`, independent of every other.

        overrides replace arguments of the space (e.g. bottleneck="out"), see `united`; neck as in
        `nasreid.network.with_neck`.
        """
        import torch

        from nasreid.mutation import freeze
        from nasreid.network import with_neck

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            frozen = freeze(self.open(space, **overrides), self.choices)
            return with_neck(frozen, neck)  # pyright: ignore[reportArgumentType] (freezing keeps the class)

    def _trusted(self, space: str | None, overrides: dict[str, Any]) -> str:
        confirmed = set() if space is None else {name.strip() for name in space.split(",")}
        if odd := sorted(confirmed - {self.space, *_plugins(self.arguments)}):
            raise NasreidError(f"genotype is of space {self.space!r}, not {odd[0]!r}")
        typed = confirmed | set(_plugins(overrides))
        for name in _plugins([self.space, united(self.arguments, overrides)]):
            if name not in typed and not is_ours(name):
                raise NasreidError(f"genotype names the foreign space {name!r}, which would be executed; "
                                   f"confirm with --space {','.join(sorted({*confirmed, name}))}")
        return self.space


def open_space(name: str, arguments: dict[str, Any]) -> SearchSpace:
    """The SearchSpace of that name, constructed with `arguments`."""
    from nasreid.space import SearchSpace

    cls = resolve(name, "spaces")
    if not issubclass(cls, SearchSpace):
        raise NasreidError(f"{name!r} is no SearchSpace; expected a subclass of nasreid.space.SearchSpace")
    space = construct(cls, arguments)
    if not isinstance(getattr(space, "width", None), int):
        raise NasreidError(f"space {name!r} has no integer attribute `width`, the D of its maps (N, D, h, w)")
    return space


def united(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """`own` over `base`; dictionaries of arguments are united, at any depth.

    >>> united({"inner_args": {"norm": "instance"}}, {"inner_args": {"width_multiplier": 0.25}})
    {'inner_args': {'norm': 'instance', 'width_multiplier': 0.25}}
    """
    both = {name: united(base[name], value) for name, value in own.items()
            if isinstance(value, dict) and isinstance(base.get(name), dict)}
    return {**base, **own, **both}


def _plugins(value: Any) -> Iterator[str]:
    """Every text inside `value` that could name a plug-in: package.module:Class or file.py:Class."""
    if isinstance(value, str) and ":" in value:
        yield value
    elif isinstance(value, dict):
        yield from _plugins(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _plugins(one)


def _checked(record: Any, source: str) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise NasreidError(f"genotype {source!r} holds a {type(record).__name__}; expected an object")
    for name in record:
        if name not in _FIELDS:
            raise NasreidError(f"genotype {source!r} has the unknown entry {name!r}; expected {', '.join(_FIELDS)}")
    for name, kind in _FIELDS.items():
        if name not in record and name != "provenance":
            raise NasreidError(f"genotype {source!r} has no entry {name!r}; expected {', '.join(_FIELDS)}")
        if not isinstance(record.setdefault(name, {}), kind):
            raise NasreidError(f"genotype {source!r}: entry {name!r} is {record[name]!r}; expected {kind.__name__}")
    for label, chosen in record["choices"].items():
        if not isinstance(chosen, str):
            raise NasreidError(f"genotype {source!r}: choice {label!r} is {chosen!r}; expected a candidate's name")
    return record
