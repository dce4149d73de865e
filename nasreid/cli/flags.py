"""What can be typed after each command, as data: help, completion and misspelt options need neither torch nor NNI.

It is made from the commands' dataclasses by `python -m nasreid.cli.flags`; a test tells where it is out of date.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from pathlib import Path
from typing import get_origin

from nasreid.arguments import kinds_of
from nasreid.cli.commands import COMMANDS, Completed, command
from nasreid.configuration import REQUIRED, Option, known, plain
from nasreid.files import write_text

FILE = Path(__file__).with_name("flags.json")


@dataclass(frozen=True)
class Flag:
    """An option as it is typed. shape: place, places, switch, list, text or value; word: what stands for its value;
    help: what it means; default: as text, nothing where there is none to tell; required: it has none at all."""

    name: str
    shape: str
    word: str
    help: str
    default: str
    required: bool
    group: str

    @property
    def placed(self) -> bool:
        """Whether it is given by its place, without a name."""
        return self.shape in ("place", "places")


@dataclass(frozen=True)
class Typed:
    """A command: what it says of itself, whether it completes what was typed by itself, and its options."""

    words: str
    completes: bool
    flags: Sequence[Flag]

    @property
    def summary(self) -> str:
        """One line."""
        return self.words.partition("\n")[0]


@cache
def typable() -> dict[str, Typed]:
    """{command: what can be typed after it}; no command is imported."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: Typed(words, completes, [Flag(**flag) for flag in flags])
            for name, (words, completes, flags) in content.items()}


def made() -> str:
    """The file's text, from the commands themselves."""
    found = {}
    for name in COMMANDS:
        cls = command(name)
        flags = [asdict(_flag(one, cls)) for one in known(cls).values()]
        found[name] = (inspect.cleandoc(cls.__doc__ or ""), issubclass(cls, Completed), flags)
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _flag(option: Option, cls: type) -> Flag:
    kinds, default = kinds_of(option.kind), None if option.default is REQUIRED else plain(option.default)
    shown = " ".join(map(str, default)) if isinstance(default, list) else "yes" if default is True else str(default)
    shown = "" if default in (None, False, {}, []) else shown
    group = "" if option.group is cls else (option.group.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    return Flag(option.name, _shape(option, kinds), _word(kinds), option.help, shown, option.default is REQUIRED, group)


def _shape(option: Option, kinds: tuple[object, ...]) -> str:
    many = any(str(kind).replace("collections.abc.", "") in ("Sequence[str]", "list[str]", "tuple[str, ...]")
               for kind in kinds)
    if option.place:
        return "places" if many else "place"
    if bool in kinds:
        return "switch"
    return "list" if many else "text" if _without_none(kinds) == (str,) else "value"


def _without_none(kinds: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(kind for kind in kinds if kind is not type(None))


def _word(kinds: tuple[object, ...]) -> str:
    if _without_none(kinds) in ((int,), (float,)):
        return "NUMBER"
    if any(dict in (kind, get_origin(kind)) for kind in kinds):
        return "{NAME: VALUE, …}"
    return "TEXT" if str in kinds or any(is_dataclass(kind) for kind in kinds) else "[VALUE, …]"


if __name__ == "__main__":
    write_text(FILE, made())
