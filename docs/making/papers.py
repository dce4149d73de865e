"""The papers' tables against ours: what a recipe says that its paper has, and what its rows gave in small."""

from __future__ import annotations

import csv
import re
from collections import defaultdict

from docs.making.page import ROOT, escaped, table, write
from docs.making.published import price
from nasreid.cli.recipe import recipe, recipe_path, shipped
from nasreid.genotype import Genotype
from nasreid.network.catalogue import genotype

GRIDS = ROOT / "benchmarks" / "compare" / "grids.csv"
ROW = re.compile(r"^    ([^ #{].*?):(?: .*?)? +# (.+)$", re.MULTILINE)


def make() -> None:
    ours = grids()
    blocks = [block for name in shipped() for block in _grid(name, ours.get(name, {}))]
    write("papers.md", "# The papers' tables against ours",
          "A row's second column is the paper's, at its size, on its data sets: the recipe's page says in which "
          "columns. The third is ours **in small**: the embedded people, one seed, minutes of training, [commit "
          "9f249a6](numbers/grids.md). They show that a grid runs and what it costs; no row of ours says which row is "
          "ahead.",
          "## Sizes", "OSNet's parameters and multiply-adds (OSNet-AIN, table 6), counted by `nasreid.network.cost`:",
          _sizes(), *blocks)


def grids() -> dict[str, dict[str, str]]:
    """{grid: {variant: mAP / rank-1}} of those that were run."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with GRIDS.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found[row["grid"]][row["variant"]] = f"{float(row['mAP']):.1f} / {float(row['rank-1']):.1f}"
    return found


def _grid(name: str, ours: dict[str, str]) -> list[str]:
    theirs = papers(name) if "compare" in recipe(name) else {}
    if not theirs:
        return []
    rows = [(escaped(variant), escaped(said), ours.get(variant, "–")) for variant, said in theirs.items()]
    head = ("row", "paper", "ours in small, mAP / rank-1")
    return [f"## {name}", f"[The recipe](parts/recipes/{name}.md)", table(head, rows)]


def papers(name: str) -> dict[str, str]:
    """{variant: what the paper has for it}, from the comments behind the rows of a recipe."""
    text = recipe_path(name).read_text(encoding="utf-8")
    return {found[1]: found[2].strip() for found in ROW.finditer(text) if re.match(r"\d[\d.]* ", found[2])}


def _sizes() -> str:
    rows = []
    for variant, said in papers("osnet-shrinking").items():
        width, resolution = map(float, re.findall(r"[\d.]+", variant))
        made = genotype("osnet")
        narrow = Genotype(made.space, {**made.arguments, "width_multiplier": width}, made.choices)
        counted = price(narrow, (round(256 * resolution), round(128 * resolution)))
        paper = said.split("  ")
        rows.append((variant, *paper[:2], *(f"{number / 1e6:.1f} M" for number in counted or ())))
    return table(("osnet", "parameters, paper", "multiply-adds, paper", "parameters, ours", "multiply-adds, ours"),
                 rows)
