"""Published and hand-made genotypes by name, for whatever takes a genotype.json: nasreid draw msinet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nasreid.errors import NasreidError, nearest
from nasreid.genotype import Genotype
from nasreid.names import located
from nasreid.published import Published, ours, published


def published_by(space: str | None = None) -> Iterator[Published]:
    """What the spaces of these names publish (commas between them; their files are executed), then what ours do."""
    named = [] if space is None else [name.strip() for name in space.split(",")]
    for name in dict.fromkeys([*named, *ours()]):
        yield published(name)


def names(space: str | None = None) -> dict[str, tuple[str, ...]]:
    """{space: names of its genotypes}; SEED stands for any number, BLOCK for a block such as s23."""
    return {one.space: one.names for one in published_by(space)}


def genotype(name: str, space: str | None = None) -> Genotype:
    """The published or hand-made genotype of that name, also one that `space`, from outside nasreid, publishes.

    >>> genotype("msinet").choices["cell1.interaction2"]
    'gate'

    Raises:
        NasreidError: no such name; the nearest and the known ones are given.
    """
    for one in published_by(space):
        found = one.named(name)
        if found is not None:
            arguments, choices = found
            return Genotype(one.space, dict(arguments), dict(choices), {"source": f"nasreid's {name}"})
    known = [name for row in names(space).values() for name in row]
    raise NasreidError(f"genotype {name!r}{nearest(name, known)}: expected a .json file or one of {', '.join(known)}")


def family(name: str, space: str | None = None) -> list[str]:
    """The names of a family of genotypes such as cm-nas-195; any other name stands for itself.

    >>> len(family("cm-nas-195")), family("msinet")
    (195, ['msinet'])
    """
    for one in published_by(space):
        if name in one.families:
            return list(one.families[name]())
    return [name]


def find(source: str | Path, space: str | None = None) -> Genotype:
    """A genotype from a JSON file or the run folder that holds it, or by name; a file wins over a name."""
    place = located(source)
    if (place / "genotype.json").is_file():
        place /= "genotype.json"
    if place.suffix == ".json" or len(place.parts) != 1 or place.is_file():
        return Genotype.load(place)
    return genotype(str(source), space)
