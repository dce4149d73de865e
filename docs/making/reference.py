"""The API reference: a page for every module, which mkdocstrings fills from the docstrings."""

from __future__ import annotations

import importlib.util
import pkgutil
from collections import defaultdict

import nasreid
from docs.making.page import ROOT, table, write


def make() -> None:
    rooms: dict[str, list[str]] = defaultdict(list)
    for name in modules():
        rooms[_room(name)].append(name)
    for names in rooms.values():
        for name in names:
            write(f"reference/{name}.md", f"# {name}", f"::: {name}")
    rows = [(room, ", ".join(f"[{name.removeprefix('nasreid.')}]({name}.md)" for name in names))
            for room, names in rooms.items()]
    write("reference/index.md", "# Reference", "Public names of every module. Shapes are written in the letters N "
          "(images), D (numbers of a vector), C (classes, or channels), H and W (pixels; h and w of maps), Q (queries) "
          "and G (gallery). Imports go down this list only: `cli`, `experiments`, `training`, `pictures`, "
          "`evaluation`, `network`, `data`, `mutation`, the hall.", table(("room", "modules"), rows))


def modules() -> list[str]:
    """Every module with something public in it."""
    found = [module.name for module in pkgutil.walk_packages(nasreid.__path__, "nasreid.") if not module.ispkg]
    return ["nasreid", *(name for name in found if not name.endswith("__main__") and _says(name))]


def _says(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def _room(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 2 and (ROOT / "nasreid" / parts[1]).is_dir() else "the hall"
