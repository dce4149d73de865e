"""What a space publishes: genotypes by name, official checkpoints that it can read, and its picture.

Either class attributes of the space say it (`nasreid.space.SearchSpace`), or light files beside the space's own, so
that to list and to draw loads no torch: MSI of `nasreid.spaces.msi` has `msi_published.py` and `msi_picture.py`, Mine
of `./mine.py` may have `./mine_published.py` and `./mine_picture.py`. The names in those files:

- published: NAMES, a tuple of names to be shown; named(name) -> (arguments of the space, choices), or None for another
  name; where there are any, FAMILIES {name: function that gives the names of its members}, RELEASES {kind: Release}.
- picture: picture(choices, **arguments) -> nasreid.pictures.diagram.sketch.Sketch, or None where it has none for these.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from nasreid.arguments import Options
from nasreid.available import complete
from nasreid.errors import NasreidError
from nasreid.plugins import imported, place_of, plug_in

Named = tuple[Options, dict[str, str]]  # arguments of the space, choices {label: candidate}
Picture = Callable[..., Any]


@dataclass(frozen=True)
class Release:
    """An official release of weights.

    genotype: name of the network that it fills, unless another is given; key: our name of a weight -> the official one,
    "" or a NasreidError where there is none. library: that names weights so, which others know better than the kind.
    """

    genotype: str
    key: Callable[[str], str]
    library: str = ""


@dataclass(frozen=True)
class Published:
    """What one space publishes; `space` is the name that it was found by."""

    space: str
    names: tuple[str, ...] = ()
    named: Callable[[str], Named | None] = lambda name: None
    families: Mapping[str, Callable[[], Iterable[str]]] = field(default_factory=dict)
    releases: Mapping[str, Release] = field(default_factory=dict)


def published(space: str) -> Published:
    """What the space of that name publishes; its class is imported only where no light file is beside it."""
    beside = companion(space, "published")
    if beside is None and not _says(space, "published", "releases"):
        return Published(space)
    if beside is None:
        cls: Any = plug_in(space, "spaces")
        return Published(space, tuple(cls.published), cls.published.get, {}, cls.releases)
    said = vars(beside)
    for name in ("NAMES", "named"):
        if name not in said:
            raise NasreidError(f"{beside.__file__} lacks {name}; expected NAMES and named(name), as "
                               "nasreid/published.py says")
    return Published(space, tuple(said["NAMES"]), said["named"], said.get("FAMILIES", {}), said.get("RELEASES", {}))


def picture_of(space: str) -> Picture | None:
    """The function picture(choices, **arguments) of the space of that name, None where it has none."""
    beside = companion(space, "picture")
    if beside is None and not _says(space, "picture"):
        return None
    if beside is None:
        cls: Any = plug_in(space, "spaces")
        return cls.picture
    if "picture" not in vars(beside):
        raise NasreidError(f"{beside.__file__} lacks picture; expected picture(choices, **arguments)")
    return vars(beside)["picture"]


def ours() -> list[str]:
    """Our spaces that have a file of published genotypes, found by reading the folder."""
    return [name for name in complete("spaces") if _beside(name, "published")]


def companion(space: str, kind: str) -> ModuleType | None:
    """The light file of that kind beside the space's own, None where there is none."""
    place = _beside(space, kind)
    return None if place is None else imported(place, space)


def _beside(space: str, kind: str) -> str | None:
    """nasreid.spaces.msi -> nasreid.spaces.msi_published, ./mine.py -> ./mine_published.py, if that is there."""
    place, _ = place_of(space, "spaces")
    if place.endswith(".py"):
        file = Path(place).with_name(f"{Path(place).stem}_{kind}.py")
        return str(file) if file.is_file() else None
    try:
        return f"{place}_{kind}" if importlib.util.find_spec(f"{place}_{kind}") else None
    except ModuleNotFoundError:
        return None


def _says(space: str, *attributes: str) -> bool:
    """Whether the space's class may have one of the attributes, as far as its file says; reading loads no torch."""
    place, name = place_of(space, "spaces")
    spec = None if place.endswith(".py") else importlib.util.find_spec(place)
    file = Path(place if spec is None else str(spec.origin))
    if not file.is_file():
        return True
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name and all(_is_base(base) for base in node.bases):
            bound = {target.id for part in node.body for target in ast.walk(part) if isinstance(target, ast.Name)}
            return bool(set(attributes) & (bound | {d.name for d in node.body if isinstance(d, ast.FunctionDef)}))
    return True


def _is_base(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id == "SearchSpace"
