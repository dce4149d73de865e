"""Recipes: YAML files with one section for each command, ours by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from nasreid.errors import NasreidError

RECIPES = Path(__file__).parents[1] / "recipes"


def recipe_path(name: str) -> Path:
    """A YAML file, or the shipped recipe of that name."""
    shipped = RECIPES / f"{name}.yaml"
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return Path(name)
    if not shipped.is_file():
        known = ", ".join(sorted(path.stem for path in RECIPES.glob("*.yaml")))
        raise NasreidError(f"recipe {name!r}: expected a YAML file or one of {known}")
    return shipped


def sections(recipe: str) -> dict[str, dict[str, Any]]:
    """Sections search, retrain and evaluate of a recipe."""
    content = _recipe(recipe)
    return {name: dict(content.get(name, {})) for name in ("search", "retrain", "evaluate")}


def _recipe(recipe: str) -> dict[str, Any]:
    return yaml.safe_load(recipe_path(recipe).read_text(encoding="utf-8"))


def with_recipe(argv: list[str]) -> list[str]:
    """Replace --config by the options of its section, placed first so that what was typed overrides them."""
    place = next((i for i, token in enumerate(argv) if token.split("=")[0] == "--config"), None)
    if place is None:
        return argv
    _, joined, value = argv[place].partition("=")
    if not joined and place + 1 >= len(argv):
        raise NasreidError("--config needs a value: a YAML file or the name of a shipped recipe")
    rest = argv[:place] + argv[place + (1 if joined else 2):]
    # a comparison hands the other sections of its recipe on
    options = [f"--recipe={value if joined else argv[place + 1]}"] if rest[:1] in (["compare"], ["exhaust"]) else []
    section = _section(value if joined else argv[place + 1], rest[0] if rest else "")
    if _typed("epochs", rest) and not _typed("images", rest):
        section.pop("images", None)  # it would set the epochs, over what was typed
    for key, setting in section.items():
        if setting is True or setting is False:
            options += [f"--{'' if setting else 'no-'}{dash(key)}"]
        elif isinstance(setting, list) and setting and all(isinstance(entry, str) for entry in setting):
            options += [f"--{dash(key)}", *setting]
        else:
            options.append(f"--{dash(key)}={setting if isinstance(setting, str) else json.dumps(setting)}")
    return rest[:1] + options + rest[1:]


def _typed(option: str, argv: list[str]) -> bool:
    return any(token.split("=")[0] == f"--{option}" for token in argv)


def _section(recipe: str, command: str) -> dict[str, Any]:
    path = recipe_path(recipe)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NasreidError(f"recipe {recipe!r} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise NasreidError(f"recipe {str(path)!r} is no YAML: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(v, dict) for v in content.values()):
        raise NasreidError(f"recipe {str(path)!r}: expected one section for each command, e.g. search: and retrain:")
    shared = {} if command in ("draw", "embed") else content.get("data", {})
    return {**shared, **content.get(command, {})}


def dash(name: str) -> str:
    """An option as it is typed."""
    return name.replace("_", "-")
