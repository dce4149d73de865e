"""A page for every recipe: what its file says of itself, what it was run on, and the file."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from docs.making.page import code, escaped, fenced, table, write
from docs.making.papers import grids
from nasreid.cli.recipe import recipe, recipe_path, shipped

RUNS = Path(__file__).parent / "runs.yaml"
NEVER = ("Not run at its size by us: we hold no copy of its data set. `tests/cli/test_recipes.py` checks that it is "
         "accepted.")


def make() -> None:
    run = runs()
    for name in shipped():
        text = recipe_path(name).read_text(encoding="utf-8")
        sections = list(recipe(name))
        write(f"parts/recipes/{name}.md", f"# {name}", escaped(about(text)), "## Use it",
              fenced(_commands(name, sections), "sh"), "## What it was run on", run.get(name, ran_nothing(name)),
              "## The recipe", fenced(text, "yaml"))
    rows = [(f"[{name}]({name}.md)", ", ".join(map(code, recipe(name))), _first(name)) for name in shipped()]
    write("parts/recipes/index.md", "# Recipes", "YAML files with a section for each command: `--config NAME`, again "
          "for another over it; what is typed counts over all. `nasreid show NAME` prints one.",
          table(("recipe", "sections", ""), rows))


def runs() -> dict[str, str]:
    """{recipe: what it was run on, in Markdown}: the grids, and what docs/making/runs.yaml says."""
    small = {name: f"In small, {len(rows)} rows, one seed, on the embedded people: [the grids](../../numbers/grids.md)."
             for name, rows in grids().items() if rows}
    return {**small, **yaml.safe_load(RUNS.read_text(encoding="utf-8"))}


def about(text: str) -> str:
    """The comment at the head of a recipe, without the commands in it."""
    lines = [line[1:].strip() for line in _head(text) if not line.startswith("#   ")]
    return " ".join(lines).strip()


def ran_nothing(name: str) -> str:
    return "Not recorded." if name.endswith("demo") else NEVER


def _head(text: str) -> list[str]:
    return re.match(r"(#.*\n)*", text).group().splitlines()  # type: ignore[union-attr]


def _commands(name: str, sections: list[str]) -> str:
    own = [line[4:] for line in _head(recipe_path(name).read_text(encoding="utf-8")) if line.startswith("#   ")]
    made = {"search": f"nasreid search --config {name} --data FOLDER --output runs/search",
            "retrain": f"nasreid retrain --config {name} --genotype runs/search/genotype.json --data FOLDER --output "
                       "runs/net",
            "compare": f"nasreid compare --config {name} --output runs/compare",
            "exhaust": f"nasreid exhaust --config {name} --data FOLDER --output runs/truth"}
    return "\n".join(own or [line for section, line in made.items() if section in sections]
                     or [f"nasreid {sections[0].replace('data-', 'data ')} --config {name}"])


def _first(name: str) -> str:
    said = about(recipe_path(name).read_text(encoding="utf-8"))
    return escaped(re.split(r"(?<=[.:]) (?=[A-Z])", said)[0][:160])
