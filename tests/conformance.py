"""The laws that every space, strategy and objective keeps, ours or a third party's.

Call them from a test of your own, with the root of this repository in `pythonpath`:

    from mine import MyLoss, MySpace, MyStrategy
    from tests.conformance import check_objective, check_space, check_strategy

    def test_my_space():
        check_space(MySpace)                              # a function without arguments that makes one

    def test_my_strategy():
        check_strategy(MyStrategy)                        # likewise

    def test_my_loss():
        check_objective(lambda: MyLoss(classes=4, width=16), classes=4, width=16)

or, without a test, on the command line: python -m tests.conformance space mine.py:MySpace. Each law is a function whose
name says which, too, for those who want one alone. A law that is broken is an AssertionError.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from nasreid.data.frame import infrared
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import built
from nasreid.pictures.diagram.diagram import draw
from nasreid.plugins import resolve
from nasreid.strategy import Strategy
from tests.laws_of_objectives import check_gradient, check_memory, check_needs, check_objective, check_value
from tests.laws_of_spaces import Make, check_genotypes, check_mix, check_space, genotypes, images
from tests.laws_of_strategies import (
    check_architecture_arguments,
    check_choice,
    check_planted,
    check_split,
    check_strategy,
    check_twins,
)
from tests.small_search import noise, search

__all__ = ["check_architecture_arguments", "check_choice", "check_genotypes", "check_gradient", "check_memory",
           "check_mix", "check_needs", "check_objective", "check_pipeline", "check_planted", "check_space",
           "check_split", "check_strategy", "check_twins", "check_value", "genotypes"]


def check_pipeline(make: Make, space: str, arguments: dict[str, Any], strategy: Strategy, frame: pd.DataFrame,
                   steps: int = 1) -> Genotype:
    """Search, genotype, JSON, network, maps, diagram. space, arguments: the name and JSON of what make() makes."""
    choices, supernet, logs = search(make, strategy, frame, noise(), steps=steps)
    assert len(logs) == (steps if strategy.trained else 0)
    assert all(np.isfinite(value) for step in logs for value in step.values())
    assert list(choices) == list(supernet.alphas())
    probabilities = supernet.probabilities()
    genotype = Genotype(space, json.loads(json.dumps(arguments)), choices, {"probabilities": probabilities})
    with tempfile.TemporaryDirectory() as folder:
        genotype.save(Path(folder) / "genotype.json")
        loaded = Genotype.load(Path(folder) / "genotype.json")
        assert loaded == genotype
        draw(loaded, Path(folder) / "genotype.svg", probabilities=probabilities)
        picture = (Path(folder) / "genotype.svg").read_text(encoding="utf-8")
    assert all(label.rpartition(".")[2] in picture for label in choices)
    network = built(loaded, space=space).eval()
    assert decisions(network.space) == {}
    side = None if infrared(frame) is None else torch.arange(4) % 2 == 0
    with torch.no_grad():
        assert torch.isfinite(network.vectors(images(), side)).all()
        assert torch.equal(built(loaded, space=space).eval().vectors(images(), side), network.vectors(images(), side))
    return loaded


def main(kind: str, name: str, arguments: str = "{}") -> None:
    """Check the plug-in of that name: kind is space, strategy or objective; arguments: of its constructor, JSON."""
    checks = {"space": check_space, "strategy": check_strategy, "objective": check_objective}
    cls = resolve(name, {"space": "spaces", "strategy": "strategies"}.get(kind, "objectives"))
    checks[kind](lambda: cls(**json.loads(arguments)))
    print(f"{name} keeps the laws of a {kind}")


if __name__ == "__main__":
    main(*sys.argv[1:])
