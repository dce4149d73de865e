"""What the sources say without being run: files, imports, private names, literals."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = ("spaces", "strategies", "objectives")
PACKAGES = ("nasreid", *PLUGINS)


def python_files(*folders: str, root: Path = ROOT) -> list[str]:
    """Every Python file below the folders, relative to the root, each once: symlinks are not followed."""
    walks = (entry for folder in folders for entry in os.walk(root / folder, followlinks=False))
    return sorted((Path(where) / name).relative_to(root).as_posix()
                  for where, _, names in walks for name in names if name.endswith(".py"))  # fmt: skip


@cache
def tree(file: str, root: Path = ROOT) -> ast.Module:
    """The syntax of a file."""
    return ast.parse((root / file).read_text(encoding="utf-8"), filename=file)


def imports(file: str, root: Path = ROOT) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of all that a file imports at any depth, for type checkers or by a literal name, too.

    `from a import b` counts as `a.b`.
    """
    for node in ast.walk(tree(file, root)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or ''}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from ((node.lineno, given.value) for given in node.args[:1]
                        if isinstance(given, ast.Constant) and isinstance(given.value, str))  # fmt: skip


def below(name: str, package: str) -> bool:
    """Whether a dotted name is that package or in it."""
    return name == package or name.startswith(package + ".")


def file_of(name: str, root: Path = ROOT) -> str | None:
    """The file that defines a dotted name of nasreid: `nasreid.spaces.msi.MSI` -> `spaces/msi.py`."""
    parts = name.split(".")
    if parts[0] != "nasreid":
        return None
    if parts[1:] and parts[1] in PLUGINS:
        parts = parts[1:]
    for length in range(len(parts), 0, -1):
        for end in (".py", "/__init__.py"):
            if (root / ("/".join(parts[:length]) + end)).is_file():
                return "/".join(parts[:length]) + end
    return None


def edges(file: str, root: Path = ROOT) -> list[tuple[int, str, str]]:
    """(line, dotted name, file that defines it) of what a file imports from nasreid, itself left out."""
    found = ((line, name, file_of(name, root)) for line, name in imports(file, root))
    return [(line, name, target) for line, name, target in found if target not in (None, file)]


def folder(file: str) -> str:
    """The folder of a file."""
    return file.rpartition("/")[0]


def private_uses(file: str, root: Path = ROOT) -> list[str]:
    """Names with a leading underscore that a file takes from another folder, by import or as an attribute."""
    names = _by_alias(tree(file, root))
    imported = [(line, name) for line, name in imports(file, root) if below(name, "nasreid")]
    reached = [(node.lineno, f"{names[node.value.id]}.{node.attr}") for node in ast.walk(tree(file, root))
               if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
               and node.value.id in names]  # fmt: skip
    return [f"{file}:{line} uses {name}" for line, name in imported + reached
            if any(part.startswith("_") and not part.endswith("__") for part in name.split("."))
            and folder(file_of(name, root) or "") != folder(file)]  # fmt: skip


def _by_alias(module: ast.Module) -> dict[str, str]:
    """{name in the file: dotted name} of what is imported from nasreid."""
    names = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and below(node.module or "", "nasreid"):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname and below(alias.name, "nasreid")}
    return names


def literals(file: str, root: Path = ROOT) -> Iterator[tuple[int, str]]:
    """(line, text) of the string literals of a file; docstrings are none."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    told = {id(node.body[0].value) for node in ast.walk(tree(file, root))
            if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    for node in ast.walk(tree(file, root)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value
