"""Every message that nasreid ends with, read from its sources."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from docs.making.page import ROOT, escaped, write
from nasreid.available import BASES

FOLDERS = ("nasreid", "spaces", "strategies", "objectives")
GAP = "…"


def make() -> None:
    found = messages()
    parts = ["# Every message", f"{sum(map(len, found.values()))} messages, read from the sources; {GAP} stands for "
             "what you gave. A message has the offending value and what was expected; the commoner ones have a cure in "
             "[troubleshooting](troubleshooting.md). The search of this site finds them by their words."]
    for module, said in found.items():
        lines = "\n".join(f"- {escaped(one)}" for one in said)
        parts.append(f"## {module}\n\n{lines}")
    write("messages.md", *parts)


def messages() -> dict[str, list[str]]:
    """{module: its messages}, those of NasreidError and of every class made from it."""
    classes = {"NasreidError", *kinds()}
    found = {module: list(dict.fromkeys(text for node in ast.walk(tree) if (text := _said(node, classes))))
             for module, tree in _trees()}
    spoken = {module: [one for one in said if sum(map(str.isalpha, one)) > 5] for module, said in found.items()}
    return {module: said for module, said in spoken.items() if said}


def kinds() -> dict[str, str]:
    """{class made from NasreidError: its module}."""
    return {node.name: module for module, tree in _trees() for node in tree.body if isinstance(node, ast.ClassDef)
            and any(isinstance(base, ast.Name) and base.id == "NasreidError" for base in node.bases)}


@functools.cache
def _trees() -> list[tuple[str, ast.Module]]:
    return list(_read())


def _read() -> Iterator[tuple[str, ast.Module]]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            inside = file.relative_to(ROOT).with_suffix("").parts
            if folder == "nasreid" and inside[1] in BASES:  # links to the folders beside
                continue
            parts = inside if folder == "nasreid" else ("nasreid", *inside)
            yield ".".join(parts).removesuffix(".__init__"), ast.parse(Path(file).read_text(encoding="utf-8"))


def _said(node: ast.AST, classes: set[str]) -> str:
    if isinstance(node, ast.JoinedStr) and "; expected " in _text(node):  # what another line raises
        return _text(node)
    if not isinstance(node, ast.Call) or not node.args:
        return ""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if method in ("refuse", "complain") and len(node.args) == 2:
        return f"{_text(node.args[0])}; expected {_text(node.args[1])}"
    return _text(node.args[0]) if name in classes or method == "__init__" else ""


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return " ".join(str(node.value).split())
    if isinstance(node, ast.JoinedStr):
        return " ".join("".join(map(_part, node.values)).split())
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.IfExp):
        return f"{_text(node.body)} / {_text(node.orelse)}"
    return GAP


def _part(node: ast.expr) -> str:
    """A part of an f-string; what `nasreid.errors.one_of` puts in is known."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    call = node.value if isinstance(node, ast.FormattedValue) else node
    made = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "one_of"
    return f"{GAP}: expected one of {GAP}" if made else GAP
