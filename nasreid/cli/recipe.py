"""Recipes: YAML files with a section for each command, ours by name; the config.yaml of a run is one, too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nasreid.arguments import Options
from nasreid.configuration import over
from nasreid.errors import NasreidError, nearest
from nasreid.files import parsed, read_text
from nasreid.run import STAMP

RECIPES = Path(__file__).parents[1] / "recipes"
SHARED = "data"  # a section for every command that reads a data set


def shipped() -> list[str]:
    """The names of our recipes."""
    return sorted(path.stem for path in RECIPES.glob("*.yaml"))


def recipe_path(name: str) -> Path:
    """A YAML file, or the shipped recipe of that name."""
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return Path(name).expanduser()
    if name not in shipped():
        raise NasreidError(f"recipe {name!r}{nearest(name, shipped())}: expected a YAML file or one of "
                           f"{', '.join(shipped())}")
    return RECIPES / f"{name}.yaml"


def recipe(name: str) -> dict[str, Options]:
    """{section: options} of a recipe.

    Raises:
        NasreidError: there is no such file, it is no YAML in UTF-8, or it has something else than sections of commands.
    """
    path = recipe_path(name)
    content = parsed(read_text(path, "recipe"), f"recipe {str(path)!r}")
    if not isinstance(content, dict):
        raise NasreidError(f"recipe {str(path)!r}: expected one section for each command, e.g. search: and retrain:")
    found = {str(section): {} if options is None else options for section, options in content.items()
             if section != STAMP}
    known = sections()
    for section, options in found.items():
        if section not in known:
            raise NasreidError(f"recipe {str(path)!r} has the section {section!r}{nearest(section, known)}; expected "
                               f"some of {', '.join(known)}")
        if not isinstance(options, dict):
            raise NasreidError(f"recipe {str(path)!r}: section {section} is {options!r}; expected options")
    where = f"recipe {str(path)!r}: section"
    return {section: _spelled(options, f"{where} {section}") for section, options in found.items()}


def _spelled(options: Options, what: str) -> Options:
    """The options with _ in their names, however they were written; one that is there in both ways is refused."""
    found: Options = {}
    for written, value in options.items():
        name = str(written).replace("-", "_")
        if name in found:
            raise NasreidError(f"{what} has {name!r} twice; expected it once")
        found[name] = value
    return found


def section(names: Iterable[str], command: str, reads_data: bool, must: bool = True) -> Options:
    """The options that recipes give a command, later ones over earlier ones; must: one of them has such a section."""
    options: Options = {}
    names = list(names)
    contents = {name: recipe(name) for name in names}
    for content in contents.values():
        shared = content.get(SHARED, {}) if reads_data else {}
        options = over(options, {**shared, **content.get(command, {})})
    if names and must and not any(command in content or SHARED in content for content in contents.values()):
        there = ", ".join(section for content in contents.values() for section in content) or "none"
        raise NasreidError(f"recipe {', '.join(names)} has no section {command}; it has {there}")
    return options


def sections() -> list[str]:
    """Every section that a recipe may have."""
    from nasreid.cli.commands import COMMANDS

    return [*COMMANDS, SHARED]
