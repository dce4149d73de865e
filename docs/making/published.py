"""What a space holds: its decisions, how many networks, its published genotypes with their diagrams and costs."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator

import numpy as np

from docs.making.page import DOCS, ROOT, code, escaped, slug, table
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.mutation.tree import Decisions
from nasreid.network.build import built, open_space, opened
from nasreid.network.catalogue import genotype, names
from nasreid.network.cost import cost
from nasreid.pictures.diagram import draw

SIZE = (256, 128)
KEPT = ROOT / "build" / "docs-costs.json"


def counted(space: str) -> list[str]:
    """The decisions of a space with the arguments that it has by default."""
    known = _decisions(space)
    if not known:
        return []
    count, shown = known.count(), list(known.items())
    few = [(code(label), ", ".join(map(code, found)), _when(known, label)) for label, found in shown[:16]]
    more = f"… and {len(shown) - 16} more of the kind." if len(shown) > 16 else ""
    power = f" (10^{len(str(count)) - 1})" if count > 1e9 else ""
    return ["## Decisions", f"{len(shown)} decisions, {count:,} networks{power}, with the arguments that it has by "
            "default.",
            table(("decision", "candidates", "exists where"), few), more]


def pictures(space: str) -> list[str]:
    """Diagram and cost of every published genotype, or of a random one where none is published."""
    found = [name for name in names().get(space, ()) if not any(word in name for word in ("SEED", "BLOCK"))]
    families = [name for name in names().get(space, ()) if name not in found]
    named = {name: genotype(name) for name in found}
    known = _decisions(space)
    if not named and known:
        choices = known.draw(np.random.default_rng(0))
        named = {f"{space}-random": Genotype(space, {}, choices)}
    parts = [block for name, one in named.items() for block in _shown(name, one)]
    tail = [f"And whole families: {', '.join(map(code, families))}, where SEED is any number and BLOCK a block."]
    return ["## Genotypes", *parts, *(tail if families else [])] if parts else []


def _shown(name: str, one: Genotype) -> Iterator[str]:
    yield f"### {name}"
    size = price(one)
    if size:
        yield (f"{size[0]:,} parameters, {size[1]:,} multiply-adds for an image of {SIZE[0]}×{SIZE[1]}, without "
               "classifiers.")
    if one.choices:
        file = f"drawn/{slug(name)}.svg"
        (DOCS / file).parent.mkdir(exist_ok=True)
        draw(one, DOCS / file, space=one.space)
        yield f"![Diagram of {escaped(name)}: {len(one.choices)} decisions of {one.space}](../../{file}){{ .diagram }}"


def price(one: Genotype, size: tuple[int, int] = SIZE) -> tuple[int, int] | None:
    """(parameters, multiply-adds), kept between two makings; None where an extra is missing."""
    kept = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    key = hashlib.sha256(f"{_sources()}{one.space}{one.arguments}{one.choices}{size}".encode()).hexdigest()[:16]
    if key not in kept:
        try:
            made = cost(built(one), *size)
        except NasreidError:
            return None
        kept[key] = [made.parameters, made.multiply_adds]
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(kept))
    return tuple(kept[key])


@functools.cache
def _sources() -> str:
    files = [*(ROOT / "spaces").glob("*.py"), *(ROOT / "nasreid" / "network").glob("*.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()


@functools.cache
def _decisions(space: str) -> Decisions:
    """Of a space with its own arguments, or, where it needs some, with those of its first published genotype."""
    try:
        return decisions(open_space(space, {}))
    except NasreidError:
        first = next((name for name in names().get(space, ())), None)
    try:
        return decisions(opened(genotype(first))) if first else Decisions({})
    except NasreidError:
        return Decisions({})


def _when(known: Decisions, label: str) -> str:
    ways = known.ways.get(label, [])
    said = [" and ".join(f"{parent} is {' or '.join(sorted(found))}" for parent, found in way.items()) for way in ways]
    return escaped("; or where ".join(said)) or "always"
