"""Names to classes: "MSI", "nasreid.spaces.msi:MSI" or "./mine.py:Mine". No registry, no decorator, no entry point."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeVar

from nasreid.arguments import Options, checked, parameters, read
from nasreid.available import BASES, available, complete
from nasreid.errors import NasreidError, nearest
from nasreid.names import located

T = TypeVar("T")

# strategies by trials; classes are one-shot
OF_NNI, OF_OPTUNA = ("evolution", "tpe", "random", "grid"), ("optuna-tpe", "gp", "cma-es", "nsga2")
MULTI_TRIAL = (*OF_NNI, *OF_OPTUNA)


def resolve(name: str, kind: str) -> type:
    """The class behind a name.

    A plain name is looked up among ours of that kind (`BASES`), "package.module:Class" in an installed module,
    "path/to/file.py:Class" in a file, which is executed: give only files that you trust.
    """
    place, attribute = place_of(name, kind)
    module = imported(place, name)
    found = vars(module).get(attribute)
    if not isinstance(found, type):
        classes = _classes(module)
        raise NasreidError(f"{name!r}: {place} has no class {attribute!r}{nearest(attribute, classes)}; expected one "
                           f"of {', '.join(classes) or 'no class at all'}")
    return found


def resolve_function(name: str) -> Callable[..., Any]:
    """The function behind "package.module:function" or "path/to/file.py:function", which is executed."""
    place, _, attribute = name.rpartition(":")
    module = imported(place, name)
    found = vars(module).get(attribute)
    if not callable(found):
        known = [n for n, v in vars(module).items() if inspect.isfunction(v) and v.__module__ == module.__name__]
        raise NasreidError(f"{name!r}: {place} has no function {attribute!r}{nearest(attribute, known)}; expected one "
                           f"of {', '.join(known) or 'no function at all'}")
    return found


def place_of(name: str, kind: str) -> tuple[str, str]:
    """(module or file, class) that a name means; nothing is imported."""
    place, _, attribute = name.rpartition(":")
    return (place, attribute) if place else (_ours(name, kind), name)


def imported(place: str, name: str) -> ModuleType:
    """The module of a place, a file's once for all; `name` is what messages call it."""
    return _from_file(place) if place.endswith(".py") else _import(place, name)


def plug_in(name: str, kind: str) -> type:
    """As `resolve`, and a finished subclass of the kind's base class; NasreidError says what it lacks."""
    found = resolve(name, kind)
    module, base_name, _ = BASES[kind]
    base = vars(importlib.import_module(module))[base_name]
    if not issubclass(found, base):
        raise NasreidError(f"{name!r} is no {base_name}; expected a subclass of {module}.{base_name}")
    if missing := sorted(found.__abstractmethods__) if inspect.isabstract(found) else []:
        raise NasreidError(f"{name!r} is not finished: it lacks {', '.join(missing)}; expected a {base_name} with them")
    return found


def fitted(cls: type, arguments: Mapping[str, object], **context: Any) -> Options:
    """Arguments as the constructor takes them (`nasreid.arguments.checked`), those of inner plug-ins, too."""
    return _inside(cls, checked(cls, arguments, **context), fitted)


def read_arguments(cls: type, arguments: Mapping[str, object]) -> Options:
    """Arguments with what was typed as text made numbers (`nasreid.arguments.read`), those of inner plug-ins, too."""
    return _inside(cls, read(cls, arguments), read_arguments)


def construct(cls: type[T], arguments: Mapping[str, object], **context: Any) -> T:
    """cls(**arguments), with those of `context` that its constructor names; an unknown argument is refused by name."""
    try:
        return cls(**fitted(cls, arguments, **context))
    except (TypeError, ValueError) as error:
        raise NasreidError(f"{cls.__name__}({_shown(arguments)}): {error}") from error


def is_ours(name: str) -> bool:
    """Whether a name stays inside nasreid's own folders, so that resolving it runs no foreign code."""
    place, _, _ = name.rpartition(":")
    return not place or (place.split(".")[0] == "nasreid" and not place.endswith(".py"))


def _inside(cls: type, found: Options, fit: Callable[[type, Mapping[str, object]], Options]) -> Options:
    """The arguments, where a mapping `NAME_args` beside a plug-in's `NAME` is fitted to that plug-in in its turn."""
    takes = parameters(cls)
    for name in [n for n in found if n.endswith("_args") and n[:-5] in takes and isinstance(found[n], dict)]:
        inner = found.get(name[:-5], takes[name[:-5]].default)
        if found[name] and isinstance(inner, str):
            kind = f"{name[:-5]}s"
            found[name] = fit(resolve(inner, kind if kind in BASES else "spaces"), found[name])
    return found


def _ours(name: str, kind: str) -> str:
    known = available(kind)
    if name not in known:
        names = sorted(complete(kind))
        raise NasreidError(f"{name!r} is not among our {kind}{nearest(name, names)}: expected one of "
                           f"{', '.join(names)}, module:Class or file.py:Class")
    return known[name].module


def _import(place: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        raise NasreidError(f"{name!r}: no module {error.name!r}; expected module:Class or file.py:Class") from error


def _from_file(place: str) -> ModuleType:
    path = located(place).resolve()
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


def _classes(module: ModuleType) -> list[str]:
    return [n for n, v in vars(module).items() if isinstance(v, type) and v.__module__ == module.__name__]


def _shown(arguments: Mapping[str, object]) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in arguments.items())
