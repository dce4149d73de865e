"""What a part's constructor takes, as a table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass

from docs.making.page import code, table
from nasreid.arguments import kinds_of, parameters

Row = tuple[str, str, str]


def arguments(thing: Callable[..., object], flag: str = "") -> str:
    """The table of arguments with their kinds and defaults; flag: what is before a name on the command line."""
    return table(("argument", "kind", "default"), [(code(f"{flag}{name}"), code(kind), value)
                                                   for name, kind, value in rows(thing)]) or "It takes no arguments."


def rows(thing: Callable[..., object]) -> Iterator[Row]:
    """(name, kind, default) of each argument, those of the dataclasses among them included."""
    for name, parameter in parameters(thing).items():
        inner = next((k for k in kinds_of(parameter.annotation) if isinstance(k, type) and is_dataclass(k)), None)
        default = parameter.default
        if inner is None:
            yield name, kind_of(parameter.annotation), _default(default)
            continue
        for field in fields(inner):
            value = vars(default).get(field.name, field.default) if is_dataclass(default) else field.default
            yield f"{name}_{field.name}", kind_of(parameters(inner)[field.name].annotation), _default(value)


def kind_of(annotation: object) -> str:
    names = [k.__name__ if isinstance(k, type) and "[" not in str(k) else
             str(k).replace("collections.abc.", "").replace("typing.", "") for k in kinds_of(annotation)]
    return " or ".join(dict.fromkeys(name.replace("NoneType", "None") for name in names))


def _default(value: object) -> str:
    if value is inspect.Parameter.empty:
        return "required"
    return code(repr(value)) if not callable(value) else code(getattr(value, "__name__", value))
