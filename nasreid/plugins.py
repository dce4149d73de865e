"""Names to classes: "MSI", "nasreid.spaces.msi:MSI" or "./mine.py:Mine". No registry, no decorator, no entry point."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from nasreid.errors import NasreidError

BASES = {"spaces": ("nasreid.space", "SearchSpace"), "strategies": ("nasreid.strategy", "Strategy"),
         "objectives": ("nasreid.objective", "Objective")}
MULTI_TRIAL = ("evolution", "tpe", "random", "grid")  # NNI's strategies, see nasreid/trials.py; classes are one-shot


def resolve(name: str, folder: str) -> type:
    """The class behind a name.

    A plain name is looked up in one of our folders (spaces, strategies, objectives), "package.module:Class" in an
    installed module, "path/to/file.py:Class" in a file, which is executed: give only files that you trust.
    """
    place, _, attribute = name.rpartition(":")
    if not place:
        place, attribute = _ours(name, folder), name
    module = _from_file(place) if place.endswith(".py") else _import(place, name)
    found = getattr(module, attribute, None)
    if not isinstance(found, type):
        raise NasreidError(f"{name!r}: {place} has no class {attribute!r}; expected one of {_classes(module)}")
    return found


def available(folder: str) -> dict[str, str]:
    """{class name: module} of the public classes in one of our folders, found by reading, not by importing."""
    package = importlib.util.find_spec(f"nasreid.{folder}")
    places = list(package.submodule_search_locations or []) if package else []
    found: dict[str, str] = {}
    for file in sorted(f for place in places for f in Path(place).glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name] = f"nasreid.{folder}.{file.stem}"
    return found


def complete(folder: str) -> dict[str, type]:
    """{name: class} of the plug-ins in one of our folders: finished subclasses of what the folder is for."""
    module, name = BASES[folder]
    base = getattr(importlib.import_module(module), name)
    classes = {name: resolve(name, folder) for name in available(folder)}
    return {n: c for n, c in classes.items() if issubclass(c, base) and not inspect.isabstract(c)}


def construct(cls: type, arguments: dict[str, Any], **context: Any) -> Any:
    """cls(**arguments), with those of `context` that its constructor names; an unknown argument is refused by name."""
    constructor = getattr(cls, "_init_wrapped", cls.__init__)  # NNI wraps the constructor of a space
    signature = inspect.signature(constructor).parameters
    known = [n for n in list(signature)[1:] if signature[n].kind is not inspect.Parameter.VAR_KEYWORD]
    for name in arguments:
        if name not in known:
            expected = ", ".join(n for n in known if n not in context) or "no arguments"
            raise NasreidError(f"{cls.__name__} has no argument {name!r}; expected {expected}")
    offered = {n: v for n, v in context.items() if n in known}
    try:
        return cls(**{**offered, **arguments})
    except (TypeError, ValueError) as error:
        raise NasreidError(f"{cls.__name__}({_shown(arguments)}): {error}") from error


def is_ours(name: str) -> bool:
    """Whether a name stays inside nasreid's own folders, so that resolving it runs no foreign code."""
    place, _, _ = name.rpartition(":")
    return not place or (place.split(".")[0] == "nasreid" and not place.endswith(".py"))


def _ours(name: str, folder: str) -> str:
    known = available(folder)
    if name not in known:
        names = ", ".join(sorted(complete(folder)))
        raise NasreidError(f"{name!r} is not among our {folder} ({names}); expected one of them, module:Class or "
                           "file.py:Class")
    return known[name]


def _import(place: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        raise NasreidError(f"{name!r}: no module {error.name!r}; expected module:Class or file.py:Class") from error


def _from_file(place: str) -> ModuleType:
    path = Path(place).resolve()
    if not path.is_file():
        raise NasreidError(f"plug-in file {place!r} does not exist; expected file.py:Class")
    key = f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if key in sys.modules:
        return sys.modules[key]
    spec = importlib.util.spec_from_file_location(key, path)
    if spec is None or spec.loader is None:
        raise NasreidError(f"plug-in file {place!r} cannot be read as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[key] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[key]
        raise NasreidError(f"plug-in file {place!r} fails on import: {type(error).__name__}: {error}") from error
    return module


def _classes(module: ModuleType) -> str:
    names = [n for n, v in vars(module).items() if isinstance(v, type) and v.__module__ == module.__name__]
    return ", ".join(names) or "no class at all"


def _shown(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in arguments.items())
