"""What parts there are among ours: their classes, read from the sources and not imported."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# kind of plug-in: (the hall's file with its base class, the base class, the packages or modules where ours are)
BASES = {"spaces": ("nasreid.space", "SearchSpace", ("nasreid.spaces",)),
         "strategies": ("nasreid.strategy", "Strategy", ("nasreid.strategies",)),
         "objectives": ("nasreid.objective", "Objective", ("nasreid.objectives",)),
         "relaxations": ("nasreid.relaxation", "Relaxation", ("nasreid.relaxation", "nasreid.strategies")),
         "layouts": ("nasreid.data.layouts.layout", "Layout", ("nasreid.data.layouts",))}


@dataclass(frozen=True)
class Found:
    """A public class among ours, read and not imported: its module, the first line of its docstring, and whether it is
    a finished plug-in of its kind."""

    module: str
    summary: str
    complete: bool


@cache
def available(kind: str) -> dict[str, Found]:
    """{class name: what is known of it} of the public classes among ours of a kind, by reading, not by importing."""
    home, base, places = BASES[kind]
    above = {node.name: (node, module) for module, node in _classes(home)} if home not in places else {}
    ours: dict[str, tuple[ast.ClassDef, str]] = {}
    for module, node in (pair for place in places for pair in _classes(place)):
        name, one = node.name, {**ours, node.name: (node, module)}
        # of two classes of one name, such as a part of a space, the plug-in is meant
        if not name.startswith("_") and (name not in ours or _complete(name, base, {**above, **one})
                                         > _complete(name, base, {**above, **ours})):
            ours = one
    return {name: Found(module, (ast.get_docstring(node) or "").partition("\n")[0],
                        _complete(name, base, {**above, **ours})) for name, (node, module) in ours.items()}


def _classes(place: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """(module, class) of a module, or of all modules of a package, in their order."""
    spec = importlib.util.find_spec(place)
    if spec is None:
        return
    files = sorted(file for folder in spec.submodule_search_locations or [] for file in Path(folder).glob("*.py"))
    for file in files or [Path(str(spec.origin))]:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                yield f"{place}.{file.stem}" if files else place, node


def complete(kind: str) -> dict[str, Found]:
    """Those of `available` that are finished plug-ins."""
    return {name: found for name, found in available(kind).items() if found.complete}


def _complete(name: str, base: str, nodes: Mapping[str, tuple[ast.ClassDef, str]]) -> bool:
    """Whether a class comes from the base and leaves no abstract method open, as far as its file says."""
    made, open_, line = set(), set(), [name]
    for one in line:
        if one not in nodes:
            continue
        node = nodes[one][0]
        methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
        abstract = {m.name for m in methods if any("abstractmethod" in ast.dump(d) for d in m.decorator_list)}
        open_ |= abstract - made
        made |= {m.name for m in methods} - abstract
        line += [b.id for b in node.bases if isinstance(b, ast.Name)]
    return base in line and name != base and not open_
