"""Call this with checked options: the one place where what people wrote meets what a function takes.

Options come from a recipe, from JSON or from the command line. What was typed as text stays text, unless the parameter
that receives it is a number, a switch or a list. A frozen dataclass among the parameters can be written as one value
({architecture: {lr: 0.01}}) or flat: `architecture_lr`, or just the name of its field where no other value has one.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from nasreid.errors import NasreidError, nearest
from nasreid.files import parsed

Options: TypeAlias = dict[str, Any]  # {name: value} that somebody chose: of a command, of a part's constructor

CONTAINERS = (list, tuple, Sequence)
WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def checked(maker: Callable[..., object], options: Mapping[str, object], what: str = "", **context: object) -> Options:
    """The options as `maker` takes them, with those of `context` that it names.

    what: how messages call it.

    Raises:
        NasreidError: an option that it has not (with the nearest that it has), of another kind, or missing.
    """
    takes = parameters(maker)
    what = what or maker.__name__
    _texts(options, what)
    given = _composed(takes, options, what, context)
    found = {name: fitting(value, takes[name].annotation, f"{what}: {name}") for name, value in given.items()}
    found = {**{name: value for name, value in context.items() if name in takes}, **found}
    for name, parameter in takes.items():
        if parameter.default is parameter.empty and name not in found:
            raise NasreidError(f"{what} without {name}: expected {name}, which has no default")
    return found


def read(maker: Callable[..., object], options: Mapping[str, object], what: str = "") -> Options:
    """The same options with what was typed as text made numbers, switches and lists where `maker` takes those.

    They stay as flat and as plain as they were given, so that JSON can hold them.
    """
    takes, what = parameters(maker), what or maker.__name__
    _texts(options, what)
    values = _values(takes)
    found: Options = {}
    for name, value in options.items():
        place = None if name in takes else _place(name, values)
        if place is not None:
            kind = parameters(values[place[0]])[place[1]].annotation
            found[name] = fitting(value, kind, f"{what}: {name}")
        elif name in values and isinstance(value, Mapping):
            found[name] = read(values[name], value, f"{what}: {name}")
        elif name in takes:
            found[name] = fitting(value, takes[name].annotation, f"{what}: {name}")
        else:
            found[name] = value  # which `checked` will refuse
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def parameters(maker: Callable[..., object]) -> dict[str, inspect.Parameter]:
    """{name: parameter, its annotation resolved} of a function, or of a class's constructor."""
    constructor = inspect.getattr_static(maker, "_init_wrapped", None)  # NNI wraps the constructor of a space
    target = constructor or (maker.__init__ if isinstance(maker, type) else maker)
    try:
        hints = get_type_hints(target, include_extras=True)
    except (NameError, TypeError):  # written for a type checker alone
        hints = {}
    signature = inspect.signature(target).parameters.values()
    mine = [p for p in signature if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name != "self"]
    return {p.name: p.replace(annotation=hints.get(p.name, _like(p.default))) for p in mine}


def fitting(value: object, kind: object, what: str) -> object:
    """`value` as a parameter of that kind takes it; NasreidError in the name of `what` where it cannot be one."""
    kinds = kinds_of(kind)
    if isinstance(value, str) and not _is_text(kinds):
        value = _read(value, kinds)
    if isinstance(value, Mapping):
        _texts(value, what)
        for one in kinds:
            if is_dataclass(one) and isinstance(one, type):
                return one(**checked(one, dict(value), what))
    if any(_is(value, one) for one in kinds):
        if isinstance(value, list) and not any(_outer(one) in (list, Any) for one in kinds):
            return tuple(value)  # frozen
        return value
    hint = " (quoted, if it is meant as text)" if isinstance(value, bool) and str in kinds else ""
    raise NasreidError(f"{what} is {value!r}; expected {_words(kinds)}{hint}")


def _texts(options: Mapping[Any, object], what: str) -> None:
    for name in options:
        if not isinstance(name, str):
            raise NasreidError(f"{what} has the argument {name!r}; expected names that are text")


def _composed(takes: Mapping[str, inspect.Parameter], options: Mapping[str, object], what: str,
              context: Mapping[str, object]) -> Options:
    """Flat options put into the dataclasses that they belong to."""
    values = _values(takes)
    found: Options = {}
    for option, value in options.items():
        place = None if option in takes else _place(option, values)
        if place is not None:
            found.setdefault(place[0], {})[place[1]] = value
        elif option not in takes:
            flat = [f"{name}_{f.name}" for name, cls in values.items() for f in fields(cls)]
            known = [name for name in takes if name not in context]
            raise NasreidError(f"{what} has no argument {option!r}{nearest(option, [*known, *flat])}; expected "
                               f"{', '.join(known) or 'none'}")
    for name, value in options.items():
        if name in takes:
            own = found.get(name)
            found[name] = {**value, **own} if own and isinstance(value, Mapping) else value
    return {name: _over_default(takes[name], value) for name, value in found.items()}


def _values(takes: Mapping[str, inspect.Parameter]) -> dict[str, type]:
    """{name: dataclass} of the parameters that are one."""
    return {name: one for name, p in takes.items() for one in kinds_of(p.annotation)
            if is_dataclass(one) and isinstance(one, type)}


def _over_default(parameter: inspect.Parameter, value: object) -> object:
    """Fields that are not given are those of the parameter's default, not of the class."""
    default = parameter.default
    if isinstance(value, Mapping) and is_dataclass(default) and not isinstance(default, type):
        return {**{f.name: getattr(default, f.name) for f in fields(default)}, **value}
    return value


def _place(option: str, values: Mapping[str, type]) -> tuple[str, str] | None:
    """(parameter, field) of a flat option."""
    for name, cls in values.items():
        if option.startswith(f"{name}_") and option[len(name) + 1:] in {f.name for f in fields(cls)}:
            return name, option[len(name) + 1:]
    homes = [name for name, cls in values.items() if option in {f.name for f in fields(cls)}]
    return (homes[0], option) if len(homes) == 1 else None


def _like(default: object) -> object:
    """The kind of a parameter without annotation: that of its default."""
    return type(default) if isinstance(default, bool | int | float | str | list | dict | tuple) else Any


def kinds_of(kind: object) -> tuple[object, ...]:
    """The kinds that an annotation allows: int | None -> (int, NoneType)."""
    if get_origin(kind) is Annotated:
        return kinds_of(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(one for part in get_args(kind) for one in kinds_of(part))
    return (kind,)


def _outer(kind: object) -> object:
    return get_origin(kind) or kind


def _is_text(kinds: tuple[object, ...]) -> bool:
    """Whether text may stay as it is: also where the kind is not known."""
    return any(kind in (str, Any, object) or get_origin(kind) is Literal or _outer(kind) not in (
        bool, int, float, list, tuple, dict, type(None), Sequence, Mapping) for kind in kinds)


def _read(text: str, kinds: tuple[object, ...]) -> object:
    if bool in kinds and text.lower() in WORDS:
        return WORDS[text.lower()]
    try:
        return parsed(text)
    except NasreidError:
        return text


def _is(value: object, kind: object) -> bool:
    if kind is Any or kind is object:
        return True
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    outer = _outer(kind)
    if outer in CONTAINERS:
        inside = [one for one in get_args(kind) if one is not Ellipsis]
        return isinstance(value, list | tuple) and (not inside or all(
            any(_is(v, k) for one in inside for k in kinds_of(one)) for v in value))
    if outer in (int, float, bool):
        return isinstance(value, bool) if outer is bool else not isinstance(value, bool) and isinstance(
            value, (int, float) if outer is float else int)
    return isinstance(value, outer) if isinstance(outer, type) else value is None if kind is None else True


def _words(kinds: tuple[object, ...]) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text", type(None): "nothing",
             list: "a list", tuple: "a list", Sequence: "a list", dict: "{name: value}", Mapping: "{name: value}"}
    said = [", ".join(map(str, get_args(k))) if get_origin(k) is Literal else names.get(_outer(k)) or getattr(
        k, "__name__", str(k)) for k in kinds]
    return " or ".join(dict.fromkeys(said))
