"""nasreid list and nasreid show: what there is by name, and what one thing is and takes."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated

from nasreid.arguments import kinds_of, parameters
from nasreid.cli.recipe import recipe, recipe_path, shipped
from nasreid.configuration import Place
from nasreid.data.datasets import layout_class, layouts, protocol_of
from nasreid.errors import NasreidError, nearest
from nasreid.files import read_text
from nasreid.plugins import BASES, OF_NNI, OF_OPTUNA, complete, resolve


@dataclass(frozen=True)
class List:
    """List spaces, strategies, objectives, genotypes by name, recipes, data layouts and protocols."""

    space: Annotated[str | None, "file.py:Class of a space from outside nasreid, whose genotypes are listed; it is "
                                 "executed"] = None
    fits: Annotated[bool, "which spaces, strategies and objectives fit each other instead, and what refuses the "
                          "others; all are tried, which takes seconds"] = False

    def __call__(self) -> None:
        if self.fits:
            print(fitting())
            return
        from nasreid.network.catalogue import names

        for kind in ("spaces", "strategies", "objectives", "relaxations"):
            print(kind)
            for name, found in complete(kind).items():
                print(f"  {name:14} {found.summary}")
        for whose, found in (("NNI", OF_NNI), ("Optuna", OF_OPTUNA)):
            print(f"strategies by trials, from {whose}\n  " + "  ".join(found))
        print("genotypes (SEED: a number, BLOCK: s11, s21 to s53)")
        for space, row in names(self.space).items():
            print(f"  {space:14} {'  '.join(row)}")
        print("recipes\n  " + "  ".join(shipped()))
        print("layouts, and their protocols\n  " + "  ".join(f"{name} ({protocol_of(name)})" for name in layouts()))
        print("what fits what: nasreid list --fits")


@dataclass(frozen=True)
class Show:
    """Print what a space, strategy, objective, relaxation, layout or recipe is and takes."""

    name: Annotated[str, "its name (nasreid list), module:Class or file.py:Class", Place]

    def __call__(self) -> None:
        if self.name in shipped() or self.name.endswith((".yaml", ".yml")):
            print(read_text(recipe_path(self.name), "recipe"), end="")
            return
        print(described(found(self.name)))


def fitting() -> str:
    """The tables of what fits what, and which spaces have a table of truth."""
    from nasreid.experiments.matrix import LEGEND, spaces_by_strategies, strategies_by_objectives
    from nasreid.experiments.truth import shipped as tables

    recipes = {name: recipe(name) for name in shipped()}
    judged = [f"{recipes[name]['exhaust']['space']} (compare --truth {name})" for name in tables()]
    return "\n\n".join([f"spaces and strategies\n{spaces_by_strategies(recipes).text()}",
                        f"strategies and objectives\n{strategies_by_objectives(recipes).text()}", LEGEND,
                        "every objective works on every space; searches by trials take every space with a decision",
                        f"a table of truth judges searches of {', '.join(judged)}"])


def found(name: str) -> type:
    """The plug-in of that name, of whatever kind."""
    if ":" in name:
        return resolve(name, "spaces")
    if name in layouts():
        return layout_class(name)
    for kind in BASES:
        if kind != "layouts" and name in complete(kind):
            return resolve(name, kind)
    known = [*(n for kind in BASES if kind != "layouts" for n in complete(kind)), *layouts(), *shipped()]
    raise NasreidError(f"{name!r} is nothing that nasreid knows{nearest(name, known)}; nasreid list has all names")


def described(thing: type) -> str:
    """Docstring and arguments, those of the dataclasses among them included."""
    rows = [(name, p) for name, p in parameters(thing).items()]
    lines = [thing.__name__, "", inspect.cleandoc(thing.__doc__ or "no docstring"), ""]
    lines.append("arguments" if rows else "takes no arguments")
    for name, parameter in rows:
        inner = next((k for k in kinds_of(parameter.annotation) if isinstance(k, type) and is_dataclass(k)), None)
        if inner is None:
            lines.append(f"  {name:28} {_kind(parameter.annotation):20} {_default(parameter.default)}")
            continue
        default = parameter.default
        for field in fields(inner):
            value = vars(default).get(field.name, field.default) if is_dataclass(default) else field.default
            lines.append(f"  {name + '_' + field.name:28} {_kind(parameters(inner)[field.name].annotation):20} "
                         f"{_default(value)}")
    return "\n".join(lines)


def _kind(annotation: object) -> str:
    names = [k.__name__ if isinstance(k, type) and not str(k).startswith("collections") and "[" not in str(k) else
             str(k).replace("collections.abc.", "").replace("typing.", "") for k in kinds_of(annotation)]
    return " or ".join(name.replace("NoneType", "None") for name in names)


def _default(value: object) -> str:
    return "(required)" if value is inspect.Parameter.empty else f"default {value!r}"
