"""The parameters of a recipe, and whether they are true of the inputs that the folder records in full."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

# shapes of images, among which a parameter such as eval_shapes must be found
SHAPES = re.compile(r"(\w+_)?shapes?(_\w+)?")
SEED = re.compile(r"\b(?:images|normal|uniform|integers)\((\d+),")


class Parameters(Mapping[str, Any]):
    """A mapping that remembers in `read` which of its names were asked for."""

    def __init__(self, values: Mapping[str, Any]):
        self._values = dict(values)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        self.read.add(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def unread(self) -> list[str]:
        """The names that nobody has asked for."""
        return [name for name in self if name not in self.read]

    def named(self, pattern: str) -> Any:
        """The value of the first name that matches a pattern as a whole, or None."""
        return next((self[name] for name in self if re.fullmatch(pattern, name)), None)

    def agree(self, name: str, found: Any) -> None:
        """A parameter that only describes an input must be true of it."""
        if name in self:
            same(name, self[name], found)


def check_described(params: Parameters, recipes: Mapping[str, Mapping[str, Any]], weights: Mapping[str, Any],
                    shapes: Mapping[str, tuple[int, ...]]) -> None:  # fmt: skip
    """Seeds, salts and shapes of the parameters against the recipes of inputs and weights, and the inputs' shapes."""
    for name in params:
        if SHAPES.fullmatch(name):
            listed = params[name] if isinstance(params[name][0], list) else [params[name]]
            for shape in listed:
                if tuple(shape) not in shapes.values():
                    raise ValueError(f"parameter {name} has {shape}, but no input is of that shape")
    images = [shape for shape in shapes.values() if len(shape) == 4]
    for name, part in (("hw", slice(2, None)), ("b", 0)):
        for shape in images:
            params.agree(name, shape[part])
    for record in weights.values():
        params.agree("salt", record["salt"])
    _check_seed(params, recipes)


def _check_seed(params: Parameters, recipes: Mapping[str, Mapping[str, Any]]) -> None:
    """The draws begin at the seed, or, where the first of them is stored, one later.

    Where all are stored, the seed says where they came from, and nothing can contradict it.
    """
    drawn = [int(seed) for recipe in recipes.values() for seed in SEED.findall(recipe["recipe"])]
    seed = params.get("seed")
    if drawn and seed is not None and not 0 <= min(drawn) - seed <= 1:
        raise ValueError(f"parameter seed is {seed}, but the draws begin at {min(drawn)}")


def same(name: str, said: Any, found: Any) -> None:
    """What a parameter says against what was found; a difference is an error of the folder."""
    if _plain(said) != _plain(found):
        raise ValueError(f"parameter {name} says {_plain(said)}, but the inputs have {_plain(found)}")


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list | tuple | np.ndarray) else value
