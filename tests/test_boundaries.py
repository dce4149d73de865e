"""Who may import whom, read from the source: the never-rules of CONTRIBUTING.md."""

import ast
import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = ("spaces", "strategies", "objectives")
PACKAGES = ("nasreid", *PLUGINS)

# package: the only files that may import it
DOORS = {
    "nni": {"nasreid/mutation.py", "nasreid/trials.py"},
    "pytorch_lightning": {"nasreid/search.py", "nasreid/retrain.py"},
    "pickle": set(),  # a pickle can run code
}
LOOPS = tuple(f"nasreid.{name}" for name in ("search", "retrain", "compare", "trials", "loop", "stepper", "run", "cli"))
FORBIDDEN = {
    "nasreid": ("nasreid.spaces", "nasreid.strategies", "nasreid.objectives"),
    "spaces": ("nasreid.strategies", "nasreid.objectives", *LOOPS),
    "strategies": ("nasreid.spaces",),
    "objectives": ("nasreid.spaces", "nasreid.strategies"),
}
# `lightning` is another class tree than pytorch_lightning; the rest has no build here or is not needed.
NEVER = ("lightning", "torchvision", "timm", "albumentations", *PLUGINS)

TOP_LEVEL = {
    *(".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"),
    *("benchmarks", "constraints.txt", "nasreid", "objectives", "pyproject.toml", "spaces", "strategies", "tests"),
}


def python_files(*folders: str) -> list[str]:
    """Every Python file below the folders, relative to the root, each once: symlinks are not followed."""
    walks = (entry for folder in folders for entry in os.walk(ROOT / folder, followlinks=False))
    return sorted(
        (Path(where) / name).relative_to(ROOT).as_posix()
        for where, _, names in walks
        for name in names
        if name.endswith(".py")
    )


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), filename=file)


def imports(module: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything imported at any depth; `from a import b` counts as `a.b`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or ''}.{alias.name}") for alias in node.names)


def below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def offences(file: str, packages: tuple[str, ...]) -> list[str]:
    """The imports of a file that reach into one of the packages, as `file:line imports name`."""
    hits = ((line, name) for line, name in imports(tree(file)) if any(below(name, package) for package in packages))
    return [f"{file}:{line} imports {name}" for line, name in hits]


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def module_folder(dotted: str) -> str:
    """The folder that a dotted name of nasreid lives in: `nasreid.spaces.msi.MSI` -> `spaces`."""
    second = dotted.split(".")[1:2]
    return second[0] if second and second[0] in PLUGINS else "nasreid"


def modules_by_alias(module: ast.Module) -> dict[str, str]:
    """{name in the file: dotted name} of what is imported from nasreid."""
    names = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and below(node.module or "", "nasreid"):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname and below(alias.name, "nasreid")}
    return names


def private_uses(file: str) -> list[str]:
    """Names with a leading underscore that a file takes from another folder, by import or as an attribute."""
    here, module = file.split("/")[0], tree(file)
    imported = [(line, name) for line, name in imports(module) if below(name, "nasreid")]
    names = modules_by_alias(module)
    reached = [
        (node.lineno, f"{names[node.value.id]}.{node.attr}")
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
    ]
    return [
        f"{file}:{line} uses {name}"
        for line, name in imported + reached
        if module_folder(name) != here and any(private(part) for part in name.split("."))
    ]


@pytest.mark.parametrize("door", DOORS)
def test_heavy_dependency_has_one_door(door: str) -> None:
    files = [file for file in python_files(*PACKAGES) if file not in DOORS[door]]
    assert [hit for file in files for hit in offences(file, (door,))] == []


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_folder_does_not_reach_up_or_sideways(folder: str) -> None:
    assert [hit for file in python_files(folder) for hit in offences(file, FORBIDDEN[folder])] == []


def test_packages_that_are_never_imported() -> None:
    files = python_files(*PACKAGES, "benchmarks", "tests")
    assert [hit for file in files for hit in offences(file, NEVER)] == []


def test_imports_are_absolute() -> None:
    relative = [
        f"{file}:{node.lineno}"
        for file in python_files(*PACKAGES, "benchmarks", "tests")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_no_folder_uses_private_names_of_another() -> None:
    assert [hit for file in python_files(*PACKAGES) for hit in private_uses(file)] == []


@pytest.mark.parametrize("folder", PLUGINS)
def test_plugin_folder_is_flat(folder: str) -> None:
    assert {Path(file).parent.as_posix() for file in python_files(folder)} == {folder}


@pytest.mark.parametrize("folder", PLUGINS)
def test_plugin_folder_is_linked_into_the_package(folder: str) -> None:
    assert os.readlink(ROOT / "nasreid" / folder) == f"../{folder}"


def test_top_level_of_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split("/")[0] for line in listed.splitlines()} == TOP_LEVEL


def test_the_checker_sees_each_kind_of_offence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spaces").mkdir()
    source = (
        "import nni.nas as n\nfrom nasreid import strategies, mutation\n"
        "def late():\n    from nasreid.mutation.supernet import _secret\n    return mutation._other, mutation.__name__\n"
    )
    (tmp_path / "spaces/bad.py").write_text(source)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert python_files("spaces") == ["spaces/bad.py"]
    assert offences("spaces/bad.py", ("nni",)) == ["spaces/bad.py:1 imports nni.nas"]
    assert offences("spaces/bad.py", FORBIDDEN["spaces"]) == ["spaces/bad.py:2 imports nasreid.strategies"]
    assert private_uses("spaces/bad.py") == [
        "spaces/bad.py:4 uses nasreid.mutation.supernet._secret",
        "spaces/bad.py:5 uses nasreid.mutation.supernet._other",
    ]
