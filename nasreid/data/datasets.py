"""The door to the layouts: by name ("market1501"), module ("mine:Mine") or file ("./mine.py:Mine").

Ours are found by reading the folder `nasreid/data/layouts`, so that nothing lists them.
"""

from __future__ import annotations

import ast
import difflib
import inspect
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.data.frame import checked_columns
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy
from nasreid.errors import NasreidError
from nasreid.plugins import resolve

PLACE = "nasreid.data.layouts"


@cache
def layouts() -> dict[str, str]:
    """{name: "module:Class"} of our layouts, found by reading their files, not by importing them."""
    found = {}
    for file in sorted((Path(__file__).parent / "layouts").glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and (name := _name(node)):
                found[name] = f"{PLACE}.{file.stem}:{node.name}"
    return found


def layout_class(layout: str) -> type[Layout]:
    """The class behind a layout's name or place; raises NasreidError, with the nearest name, when there is none."""
    place = layouts().get(layout, layout)
    if ":" not in place:
        near = difflib.get_close_matches(layout, layouts(), 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise NasreidError(f"data layout {layout!r}{hint}: expected one of {', '.join(sorted(layouts()))}, or "
                           "file.py:Class")
    found = resolve(place, "layouts")
    if not issubclass(found, Layout) or inspect.isabstract(found):
        raise NasreidError(f"data layout {layout!r}: no finished layout; expected a subclass of "
                           f"{Layout.__module__}.{Layout.__name__} with a method read")
    if not isinstance(inspect.getattr_static(found, "protocol", None), str):
        raise NasreidError(f"data layout {layout!r} has no protocol; expected protocol = \"market\" or another in it")
    return found


def make(layout: str, **options: Any) -> Layout:
    """The layout behind a name or place, with its options; raises NasreidError for one that it does not have."""
    found = layout_class(layout)
    parameters = inspect.signature(found).parameters
    for name, value in options.items():
        if name not in parameters:
            raise NasreidError(f"data layout {layout!r} has no option {name!r}: expected "
                               f"{'one of ' + ', '.join(parameters) if parameters else 'none'}")
        _check_kind(name, value, str(parameters[name].annotation))
    return found(**options)


def read(layout: str, root: str | Path, skip_broken: bool = False, **options: Any) -> pd.DataFrame:
    """Frame of the N images of the data set under `root`; columns as documented in `nasreid.data.frame`.

    `options` are those of the layout; with `skip_broken`, what is none of the data set's is left out. Raises
    NasreidError for an unknown layout, for an option that it does not have, and for whatever its reader refuses.
    """
    if not isinstance(skip_broken, bool):
        raise NasreidError(f"option skip_broken {skip_broken!r}: expected bool")
    return checked_columns(make(layout, **options).read(Path(root), skip_broken), f"layout {layout}")


def protocol_of(layout: str) -> str:
    """The name of the protocol that a layout is scored under; raises NasreidError for an unknown layout.

    ":function", in the layout's own file, becomes "./mine.py:function".
    """
    protocol = layout_class(layout).protocol
    place = layouts().get(layout, layout).rpartition(":")[0]
    return f"{place}{protocol}" if protocol.startswith(":") else protocol


def plan(layout: str, arguments: Arguments, options: dict[str, Any] | None = None) -> Copy:
    """What to write of the embedded people, and the rows expected of the reader with these options.

    Raises NasreidError for a layout that cannot be written.
    """
    copy = make(layout, **(options or {})).people(arguments)
    if copy is None:
        raise NasreidError(f"layout {layout!r} cannot be written; expected one with a method people")
    return copy


def _name(node: ast.ClassDef) -> str:
    """What a class says in the line `name = "…"`; nothing where there is no such line."""
    for line in node.body:
        if isinstance(line, ast.Assign) and [ast.unparse(target) for target in line.targets] == ["name"]:
            return str(ast.literal_eval(line.value))
    return ""


def _check_kind(name: str, value: Any, annotation: str) -> None:
    """Options come from JSON: `trial: "x"` must not reach a reader."""
    kinds = {"str": str, "int": int, "float": (int, float), "bool": bool, "None": type(None)}
    names = annotation.split(" | ")
    if not set(names) <= kinds.keys():
        return
    fits = any(isinstance(value, kinds[kind]) and (kind == "bool" or not isinstance(value, bool)) for kind in names)
    if not fits:
        raise NasreidError(f"option {name} {value!r}: expected {' or '.join(names)}")
