"""The law of the whole way: search, genotype, JSON, network, maps, picture; see `nasreid.experiments.laws`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from nasreid.arguments import Options
from nasreid.batch import Batch, Embedding
from nasreid.data.batches.tensor_set import Images
from nasreid.data.frame import infrared, relabel
from nasreid.experiments.laws.inputs import noise
from nasreid.experiments.laws.law import law, require, some
from nasreid.experiments.laws.small_search import search
from nasreid.genotype import Genotype
from nasreid.mutation import Supernet, decisions
from nasreid.network.build import built
from nasreid.objective import Objective
from nasreid.pictures.diagram.diagram import draw
from nasreid.relaxation import Relaxation, Softmax
from nasreid.space import SearchSpace
from nasreid.strategy import Division, Part, Split, Strategy, Twins


class Whole(Division):
    """All images, in one half."""

    def __call__(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        labels = relabel(frame["identity"])
        return Split(Part(np.arange(len(frame)), labels, int(labels.max()) + 1))


class Small(Strategy):
    """A strategy to try a space with: one level, all images, vectors that shall be short."""

    division = Whole()

    def __init__(self, relaxation: Relaxation | None = None):
        self.relaxation = relaxation or Softmax()

    def objectives(self, width: int, split: Split) -> Twins:
        """The mean square of the vectors."""
        return Twins(Short())


class Short(Objective):
    """The mean square of the vectors."""

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """embedding of N images, their batch -> scalar ()."""
        return embedding.vectors.square().mean()


@law
def check_pipeline(make: Callable[[], SearchSpace], space: str, arguments: Options,
                   strategy: Callable[[], Strategy], frame: pd.DataFrame, pictures: Images | None = None,
                   steps: int = 1) -> None:
    """A search ends in a genotype that JSON keeps, a network with finite maps that builds twice alike, and a picture.

    space, arguments: the name and the JSON of what make() makes. pictures: of the rows of the frame; default noise.
    """
    found(make, space, arguments, strategy(), frame, pictures or noise(), steps)


def found(make: Callable[[], SearchSpace], space: str, arguments: Options, strategy: Strategy,
          frame: pd.DataFrame, pictures: Images, steps: int = 1) -> Genotype:
    """The genotype of such a search, after all that `check_pipeline` looks at."""
    choices, supernet, logs = search(make, strategy, frame, pictures, steps=steps)
    require(len(logs) == (steps if strategy.trained else 0), f"{len(logs)} steps, expected {steps}")
    odd = [f"{name} is {value}" for step in logs for name, value in step.items() if not np.isfinite(value)]
    require(not odd, some(odd))
    expected = [label for label in supernet.alphas() if supernet.decisions.exists(label, choices)]
    require(list(choices) == expected, f"choices of {some(choices)}; expected {some(expected)}")
    genotype = Genotype(space, json.loads(json.dumps(arguments)), choices, {"probabilities": supernet.probabilities()})
    picture = drawn(genotype, supernet)
    missing = [label for label in choices if label.rpartition(".")[2] not in picture]
    require(not missing, f"the picture shows no {some(missing)}")
    network, again = (built(genotype, space=space, **genotype.arguments).eval() for _ in range(2))  # ours to run
    require(decisions(network.space) == {}, f"the network has the decisions {some(decisions(network.space))} left")
    given = pictures(np.arange(4), 0)
    side = None if infrared(frame) is None else torch.arange(4) % 2 == 0
    with torch.no_grad():
        vectors = network.vectors(given, side)
        require(bool(torch.isfinite(vectors).all()), "vectors that are not finite")
        require(torch.equal(again.vectors(given, side), vectors), "the genotype built twice makes other vectors")
    return genotype


def drawn(genotype: Genotype, supernet: Supernet) -> str:
    """The picture of a genotype as SVG, after it was saved and loaded."""
    with tempfile.TemporaryDirectory() as folder:
        genotype.save(Path(folder) / "genotype.json")
        loaded = Genotype.load(Path(folder) / "genotype.json")
        require(loaded == genotype, "saved and loaded it is another genotype")
        draw(loaded, Path(folder) / "genotype.svg", probabilities=supernet.probabilities())
        return (Path(folder) / "genotype.svg").read_text(encoding="utf-8")
