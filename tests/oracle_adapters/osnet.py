"""OSNet, OSNet-IBN, OSNet-AIN and child networks: arrays NAME_{eval[CASE]|train_v|train_y|bn_after|pgrad}."""

import re
from importlib.resources import files
from typing import Any, cast

import yaml
from torch import Tensor, nn

from nasreid.mutation import freeze
from nasreid.network.necks import FCNeck
from nasreid.network.network import Network
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.space import SearchSpace
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.in_placement_published import RELEASED, choices_of, named, official_key
from tests.oracle_adapters.names import load
from tests.oracle_adapters.networks import classes, rows
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.recipes import Unknown

# official letter of a block: placement
LETTERS = {"O": "plain", "1": "in", "2": "out", "3": "in-out"}


def section(recipe: str, command: str) -> dict[str, Any]:
    """What a shipped recipe says of `search` or `retrain`."""
    text = (files("nasreid.recipes") / f"{recipe}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)[command]


class Classified(nn.Module):
    """A network with OSNet's head and a classifier, under its official names."""

    def __init__(self, space: nn.Module, classes: int, naming: str, affine: bool = True):
        super().__init__()
        assert isinstance(space, SearchSpace)
        self.naming = naming
        self.network = Network(space, FCNeck(space.width, affine=affine))
        self.objective = CrossEntropy(classes, 512, smoothing=0.1, bias=True)

    def names(self) -> dict[str, Tensor]:
        """{official key: tensor}; architecture parameters have none."""
        classifier = {f"classifier.{name}": value for name, value in self.objective.classifier.named_parameters()}
        tensors = {**dict(self.network.named_parameters()), **dict(self.network.named_buffers()), **classifier}
        return {official_key(name, self.naming): value for name, value in tensors.items()
                if not name.endswith(("_arch_alpha", "noise"))}  # fmt: skip


def family(oracle: Oracle) -> None:
    """Every network that the entry names by kind and width, such as osnet_ain_x0_25."""
    for weights in oracle.params.get("nets", oracle.recipe["weights"]):
        found = re.fullmatch(r"osnet_(?:(\w+)_)?x(\d+)_(\d+)", weights)
        if found is None:
            raise Unknown(f"network {weights!r}")
        kind = f"osnet-{found[1]}" if found[1] else "osnet"
        arguments, choices = cast(Any, named(kind))
        arguments |= {"width_multiplier": float(f"{found[2]}.{found[3]}")}
        naming = "osnet-ain" if kind == "osnet-ain" else "osnet"
        _run(oracle, weights, weights.removeprefix("osnet_"), arguments, choices, naming)


def child(oracle: Oracle) -> None:
    """Every network of six letters."""
    for name in oracle.params.get("archs", [weights.rpartition("_")[2] for weights in oracle.recipe["weights"]]):
        weights = next(weights for weights in oracle.recipe["weights"] if weights.endswith(name))
        choices = choices_of(tuple(LETTERS[letter] for letter in name))
        _run(oracle, weights, name, RELEASED, choices, "osnet-ain")


def _run(oracle: Oracle, weights: str, name: str, arguments: dict[str, Any], choices: dict[str, str],
         naming: str) -> None:  # fmt: skip
    # sharing makes the space smaller, and no difference to the network
    space = freeze(InPlacement(**arguments, shared=True), choices)
    model = Classified(space, classes(oracle, weights), naming).to(oracle.dtype)
    load(model.names(), oracle.weights(weights, "eval"))
    model.eval()
    first, *more = oracle.inputs("x_eval") or ["x_eval"]
    # only some of a family see the larger images
    for case in [first, *(more if name in oracle.params.get("big", [name]) else [])]:
        oracle.check(f"{name}_{case.removeprefix('x_')}", model.network.vectors(oracle.tensor(case)))
    _train(oracle, model, weights, name)


def _train(oracle: Oracle, model: Classified, weights: str, name: str) -> None:
    load(model.names(), oracle.weights(weights, "train"))
    model.train()
    embedding = model.network(oracle.tensor("x_train"))
    outputs = {"v": embedding.vectors, "y": model.objective.logits(embedding)}
    for what, value in outputs.items():
        oracle.check(f"{name}_train_{what}", value)
    rows(oracle, f"{name}_bn_after", model.names(), weights)
    oracle.objective(outputs).backward()
    rows(oracle, f"{name}_pgrad", model.names(), weights)
