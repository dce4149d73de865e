"""The rooms of the house, who may import whom, and who names a concrete plug-in."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from nasreid.available import available
from tests.sources import PLUGINS, ROOT, below, edges, folder, imports, literals, python_files, tree

# the rooms of nasreid/, lowest first: imports go down this list only
ROOMS = ("hall", "mutation", "data", "network", "evaluation", "pictures", "training", "experiments", "cli")
# what stands beside them: where imports of a folder at the root may go
BESIDE = {
    "spaces": ("hall", "mutation", "network", "nasreid/pictures/diagram", "spaces"),
    "strategies": ("hall", "objectives", "strategies"),
    "objectives": ("hall", "objectives"),
}
# file: what it may import although it is above, and why
ABOVE = {
    "nasreid/__main__.py": ("cli", "python -m nasreid is the command line"),
    "nasreid/space.py": ("mutation", "hands on choice and ModelSpace, with which spaces are written"),
}

# file: the concrete plug-ins that it may name beside the defaults of its dataclasses, and why
NAMED = {
    "nasreid/cli/demo.py": ({"TCM", "CEDarts", "Gumbel", "Random", "market1501"}, "the demonstration"),
    "nasreid/training/named_objectives.py": ({"CrossEntropy", "Triplet", "Memory"},
                                             "the default objectives of a retraining, with and without labels"),
    "nasreid/cli/compare.py": ({"Random"}, "random search is the baseline of every comparison"),
    "nasreid/experiments/across.py": ({"Random"}, "random search is the baseline of every comparison"),
    "nasreid/experiments/compare.py": ({"Random"}, "random search is the baseline of every comparison"),
    "nasreid/experiments/runs.py": ({"Fixed"}, "--fix is that wrapper"),
    "nasreid/evaluation/protocols.py": ({"cuhk03", "vehicleid", "regdb", "viper", "cuhk01"},
                                        "protocols have the names of the data sets that they were made for"),
}  # fmt: skip
WORDS = {"folder", "grid", "csv"}  # layouts that are also words


def room(file: str) -> str:
    """The room of a file: `nasreid/data/layouts/market.py` -> `data`, `nasreid/errors.py` -> `hall`."""
    parts = file.split("/")
    return parts[0] if parts[0] != "nasreid" else "hall" if len(parts) == 2 else parts[1]


def upward(file: str, root: Path = ROOT) -> list[str]:
    """What a file imports although it may not, as `file:line imports name`."""
    return [f"{file}:{line} imports {name}" for line, name, target in edges(file, root) if not _may(file, target)]


def _may(file: str, target: str) -> bool:
    here, there = room(file), room(target)
    if here in BESIDE:
        return any(there == way or below(folder(target).replace("/", "."), way.replace("/", "."))
                   for way in BESIDE[here])  # fmt: skip
    if there not in ROOMS:
        return False
    return ROOMS.index(there) <= ROOMS.index(here) or there == ABOVE.get(file, ("",))[0]


def circle(files: list[str], root: Path = ROOT) -> list[str]:
    """Files that import each other in a ring, or none."""
    graph = {file: {target for _, _, target in edges(file, root)} for file in files}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def reaching(file: str, packages: tuple[str, ...], root: Path = ROOT) -> list[str]:
    """The imports of a file that reach into one of the packages, as `file:line imports name`."""
    return [f"{file}:{line} imports {name}" for line, name in imports(file, root)
            if any(below(name, package) for package in packages)]  # fmt: skip


def concrete(root: Path = ROOT) -> re.Pattern[str]:
    """Literals that name a space, a strategy, an objective or a layout, or a module of theirs."""
    classes = [name for kind in PLUGINS for name, found in available(kind).items() if found.complete]
    readers = [node for file in python_files("nasreid/data/layouts", root=root) for node in tree(file, root).body
               if isinstance(node, ast.ClassDef)]  # fmt: skip
    layouts = [line.value.value for node in readers for line in node.body
               if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "name"
               and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)
               and line.value.value not in WORDS]  # fmt: skip
    return re.compile(rf"(?:{'|'.join(map(re.escape, [*classes, *layouts]))})(?::\w+)?"
                      rf"|nasreid\.(?:{'|'.join(PLUGINS)}|data\.layouts)\.(?!layout\b)\w+(?::\w+)?")


def naming(file: str, named: re.Pattern[str], root: Path = ROOT) -> list[str]:
    """The literals of a file that name a concrete plug-in; the defaults of a dataclass may."""
    defaults = {(line.value.lineno, line.value.value) for node in ast.walk(tree(file, root))
                if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(d) for d in node.decorator_list)
                for line in node.body if isinstance(line, ast.AnnAssign) and isinstance(line.value, ast.Constant)
                }  # fmt: skip
    allowed, _ = NAMED.get(file, ((), ""))
    return [f"{file}:{line} names {text}" for line, text in literals(file, root)
            if named.fullmatch(text) and text not in allowed and (line, text) not in defaults]  # fmt: skip
