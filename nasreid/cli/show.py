"""nasreid list: what there is, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from nasreid.cli.recipe import RECIPES
from nasreid.plugins import MULTI_TRIAL

if TYPE_CHECKING:
    pass


def show(*, config: Annotated[str | None, "recipe"] = None) -> None:
    """List spaces, strategies, objectives, genotypes by name, recipes, data layouts and protocols."""
    from nasreid.data.datasets import layouts, protocol_of
    from nasreid.network.catalogue import names
    from nasreid.plugins import complete

    for folder in ("spaces", "strategies", "objectives", "relaxations"):
        print(folder)
        for name, found in complete(folder).items():
            print(f"  {name:14} {found.summary}")
    print("strategies by trials, from NNI\n  " + "  ".join(MULTI_TRIAL))
    print("genotypes (SEED: a number, BLOCK: s11, s21 to s53)")
    for space, row in names().items():
        print(f"  {space:14} {'  '.join(row)}")
    print("recipes\n  " + "  ".join(sorted(p.stem for p in RECIPES.glob("*.yaml"))))
    print("layouts, and their protocols\n  " + "  ".join(f"{name} ({protocol_of(name)})" for name in layouts()))
