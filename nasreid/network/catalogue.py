"""Published and hand-made genotypes by name, for whatever takes a genotype.json: nasreid draw msinet."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype

# space: the module with NAMES, to be shown, and named(name) -> (arguments of the space, choices) or None; resolved by
# name, as the framework imports no space; some have FAMILIES, {name: function that gives the names of its members}
HOMES = {"MSI": "nasreid.spaces.msi_published", "InPlacement": "nasreid.spaces.in_placement_published",
         "BNSeparation": "nasreid.spaces.bn_separation_published"}


def names() -> dict[str, tuple[str, ...]]:
    """{space: names of its genotypes}; SEED stands for any number, BLOCK for a block such as s23."""
    return {space: _home(space).NAMES for space in HOMES}


def genotype(name: str) -> Genotype:
    """The published or hand-made genotype of that name.

    >>> genotype("msinet").choices["cell2.interaction1"]
    'exchange'

    Raises:
        NasreidError: no such name; the known ones are listed.
    """
    for space in HOMES:
        found = _home(space).named(name)
        if found is not None:
            arguments, choices = found
            return Genotype(space, arguments, choices, {"source": f"nasreid's {name}"})
    known = ", ".join(name for row in names().values() for name in row)
    raise NasreidError(f"genotype {name!r}: expected a .json file or one of {known}")


def family(name: str) -> list[str]:
    """The names of a family of genotypes such as cm-nas-195; any other name stands for itself.

    >>> len(family("cm-nas-195")), family("msinet")
    (195, ['msinet'])
    """
    for space in HOMES:
        members = getattr(_home(space), "FAMILIES", {}).get(name)
        if members is not None:
            return list(members())
    return [name]


def find(source: str | Path, space: str | None = None) -> Genotype:
    """A genotype from a JSON file, or by name; a file wins over a name that is spelt like it."""
    place = Path(source)
    if place.suffix == ".json" or len(place.parts) != 1 or place.is_file():
        return Genotype.load(place)
    return genotype(str(source))


def _home(space: str) -> Any:
    return importlib.import_module(HOMES[space])
