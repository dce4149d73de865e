"""The door to the layouts: by name ("market1501"), module ("mine:Mine") or file ("./mine.py:Mine").

Ours are found by reading the folder `nasreid/data/layouts`, so that nothing lists them.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.arguments import Options, checked
from nasreid.data.frame import checked_columns
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy
from nasreid.data.layouts.source import COLUMNS
from nasreid.errors import NasreidError, one_of
from nasreid.names import located
from nasreid.plugins import plug_in

PLACE = "nasreid.data.layouts"


@cache
def layouts() -> dict[str, str]:
    """{name: "module:Class"} of our layouts, found by reading their files, not by importing them."""
    found = {}
    for file in sorted((Path(__file__).parent / "layouts").glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and (name := _name(node)):
                found[name] = f"{PLACE}.{file.stem}:{node.name}"
    return dict(sorted(found.items()))


def layout_class(layout: str) -> type[Layout]:
    """The class behind a layout's name or place; raises NasreidError, with the nearest name, when there is none."""
    place = layouts().get(layout, layout)
    if ":" not in place:
        raise NasreidError(f"data layout {one_of(layout, layouts())}, module:Class or file.py:Class")
    found = plug_in(place, "layouts")
    if not found.protocol:
        raise NasreidError(f"data layout {layout!r} has no protocol; expected protocol = 'market' or another in it")
    return found


def make(layout: str, **options: object) -> Layout:
    """The layout behind a name or place, with its options; raises NasreidError for one that it does not have."""
    found = layout_class(layout)
    return found(**checked(found, options, f"data layout {layout!r}"))


def read(layout: str, root: str | Path, skip_broken: bool = False, **options: Any) -> pd.DataFrame:
    """Frame of the N images of the data set under `root`; columns as documented in `nasreid.data.frame`.

    `options` are those of the layout; with `skip_broken`, what is none of the data set's is left out. Raises
    NasreidError for an unknown layout, for an option that it does not have, and for whatever its reader refuses.
    """
    if not isinstance(skip_broken, bool):
        raise NasreidError(f"option skip_broken {skip_broken!r}: expected bool")
    return checked_columns(make(layout, **options).read(located(root), skip_broken), f"data layout {layout!r}", COLUMNS)


def protocol_of(layout: str) -> str:
    """The name of the protocol that a layout is scored under; raises NasreidError for an unknown layout.

    ":function", in the layout's own file, becomes "./mine.py:function".
    """
    protocol = layout_class(layout).protocol
    place = layouts().get(layout, layout).rpartition(":")[0]
    return f"{place}{protocol}" if protocol.startswith(":") else protocol


def plan(layout: str, arguments: Arguments, options: Options | None = None) -> Copy:
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
