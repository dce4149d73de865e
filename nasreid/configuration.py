"""One configuration, three spellings: a frozen dataclass of frozen dataclasses, its options in YAML, the command line.

An option is a field that is no dataclass itself; its name is unique in the run (height and width, which two values ask
for, are one option that both get). What an option means is written where the field is:

    epochs: Annotated[int, "epochs over the training identities"] = 350
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from nasreid.arguments import Options, fitting, kinds_of
from nasreid.errors import NasreidError, nearest, one_of
from nasreid.names import home
from nasreid.ranges import one_spelling

T = TypeVar("T")
REQUIRED: object = MISSING


@dataclass(frozen=True)
class Spelled:
    """In a field's annotation: the option's name, where it is not the field's."""

    name: str


class How:
    """In a field's annotation: it says how a run is executed and does not shape its result."""


class Place:
    """In a field's annotation: on the command line it is given by its place, without a name."""


@dataclass(frozen=True)
class Option:
    """A field that people set. path: of the fields that lead to it; group: the dataclass that it is in."""

    name: str
    path: tuple[str, ...]
    kind: object
    default: object
    help: str
    group: type
    how: bool = False
    place: bool = False


def options(cls: type, default: object = REQUIRED, path: tuple[str, ...] = ()) -> Iterator[Option]:
    """The options of a dataclass in order, those of the dataclasses inside it included."""
    for field, kind, marks, inner in _read(cls):
        value = _default(field) if default in (REQUIRED, None) else getattr(default, field.name)
        if inner is not None:
            yield from options(inner, value, (*path, field.name))
            continue
        name = next((mark.name for mark in marks if isinstance(mark, Spelled)), field.name)
        words = next((mark for mark in marks if isinstance(mark, str)), "")
        yield Option(name, (*path, field.name), kind, value, words, cls, How in marks, Place in marks)


def known(cls: type) -> dict[str, Option]:
    """{name: option}; of options that share a name the first."""
    found: dict[str, Option] = {}
    for option in options(cls):
        found.setdefault(option.name, option)
    return found


def build(cls: type[T], values: Mapping[str, object], what: str = "") -> T:
    """The dataclass of these options {name: value}; the others have their defaults.

    A value that is a mapping may also stand under the name of an inner dataclass: {budget: {epochs: 3}}; ~/ is home.

    Raises:
        NasreidError: an option that there is not (with the nearest that there is), of another kind, or missing.
    """
    what = what or cls.__name__
    given = home(flattened(cls, values, what))
    _refuse(cls, given, what)
    shared = [option for option in options(cls) if option.default is not REQUIRED]
    twice = {option.name for option in options(cls) if option.default is REQUIRED} - set(given)
    given |= {option.name: option.default for option in reversed(shared) if option.name in twice}
    return _made(cls, given, what, REQUIRED)


def values(run: object, how: bool = True) -> Options:
    """{name: value} of every option of a dataclass, as JSON can hold it, ~/ as in `build`; how: of execution, too."""
    found: Options = {}
    for option in options(type(run), run):
        if (how or not option.how) and option.name not in found:
            found[option.name] = home(plain(option.default))
    return found


def plain(value: object) -> Any:
    """As JSON can hold it."""
    data = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    return json.loads(json.dumps(data))


def flattened(cls: type, given: Mapping[str, object], what: str) -> Options:
    """Options under the name of the dataclass that they are in, as if they stood alone."""
    every = list(options(cls))
    groups = {name for option in every for name in option.path[:-1]}
    found: Options = {}
    for name, value in given.items():
        if name not in groups or not isinstance(value, Mapping):
            found[name] = value
            continue
        inside: dict[str, str] = {option.path[-1]: option.name for option in every if name in option.path[:-1]}
        for field, inner in ((str(key), one) for key, one in value.items()):
            if field not in {**inside, **dict.fromkeys(inside.values())} and not isinstance(inner, Mapping):
                raise NasreidError(f"{what}: {name} has no option {field!r}{nearest(field, inside)}; expected "
                                   f"{', '.join(inside)}")
            found |= flattened(cls, {inside.get(field, field): inner}, what)
    return found


def over(base: Mapping[str, object], own: Mapping[str, object]) -> Options:
    """`own` options over `base` ones; mappings of arguments are united.

    Arguments of another plug-in than the base's do not stay, and who sets the epochs does not want the images of the
    base, which would set them.

    >>> over({"strategy": "TCM", "strategy_args": {"train": 0.5}}, {"strategy": "CEDarts"})
    {'strategy': 'CEDarts'}
    """
    kept = dict(base)
    for name in [n for n in own if f"{n}_args" in kept and own[n] != kept.get(n)]:
        kept.pop(f"{name}_args")
    if "epochs" in own and "images" not in own:
        kept.pop("images", None)
    return united(kept, own)


def united(base: Mapping[str, Any], own: Mapping[str, object]) -> Options:
    """`own` over `base`; dictionaries of arguments are united, at any depth.

    >>> united({"inner_args": {"norm": "instance"}}, {"inner_args": {"width_multiplier": 0.25}})
    {'inner_args': {'norm': 'instance', 'width_multiplier': 0.25}}
    """
    both = {name: united(base[name], value) for name, value in own.items()
            if isinstance(value, dict) and isinstance(base.get(name), dict)}
    return {**base, **own, **both}


def _made(cls: type[T], given: Mapping[str, object], what: str, default: object) -> T:
    found: Options = {}
    for field, kind, marks, inner in _read(cls):
        value = _default(field) if default in (REQUIRED, None) else getattr(default, field.name)
        if inner is not None:
            found[field.name] = _made(inner, given, what, value)
            continue
        name = next((mark.name for mark in marks if isinstance(mark, Spelled)), field.name)
        if name in given:
            found[field.name] = one_spelling(fitting(given[name], kind, f"{what}: {name}"), kinds_of(kind))
        elif value is not REQUIRED:
            found[field.name] = value
        else:
            raise missing(what, name, next((mark for mark in marks if isinstance(mark, str)), ""))
    return cls(**found)


def missing(what: str, name: str, words: str) -> NasreidError:
    """What is said where a required option is not given; words: what it means."""
    return NasreidError(f"{what} without {name}: expected {name}{f' ({words})' if words else ''}")


def _refuse(cls: type, given: Mapping[str, object], what: str) -> None:
    names = known(cls)
    for name in given:
        if name not in names:
            raise NasreidError(f"{what} has no option {one_of(name, names)}")


@cache
def _read(cls: type) -> list[tuple[Field[Any], object, tuple[object, ...], type | None]]:
    """(field, kind, marks, the dataclass that it holds or None) of every field."""
    hints = get_type_hints(cls, include_extras=True)
    read = [(field, *_annotated(hints[field.name])) for field in fields(cls)]
    return [(field, kind, marks, _dataclass(kind, marks)) for field, kind, marks in read]


def _annotated(hint: object) -> tuple[object, tuple[object, ...]]:
    return (get_args(hint)[0], get_args(hint)[1:]) if get_origin(hint) is Annotated else (hint, ())


def _dataclass(kind: object, marks: tuple[object, ...]) -> type | None:
    """The dataclass that a field holds; one with words of its own is a single option."""
    if any(isinstance(mark, str) for mark in marks):
        return None
    return next((one for one in kinds_of(kind) if isinstance(one, type) and is_dataclass(one)), None)


def _default(field: Field[Any]) -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
