"""Whole runs on given batches: arrays alphas, train_memory, valid_memory, state_after, feat_after."""

from dataclasses import replace
from itertools import count

import numpy as np
import torch

from nasreid.batch import Batch
from nasreid.objective import Objective
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.objectives.memory import Memory
from nasreid.optimisers import WeightOptimiser
from nasreid.strategy import Part, Split, Twins
from nasreid.training.named_objectives import compose
from nasreid.training.stepper import Stepper
from tests.oracle_adapters import settings
from tests.oracle_adapters.cmnas_training import NUMBER
from tests.oracle_adapters.memory import batch
from tests.oracle_adapters.names import MEMORY, load
from tests.oracle_adapters.networks import Retrained, classes, manifest_of, rows
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.supernet import Searched


def search(oracle: Oracle) -> None:
    """The official search, step by step, from zero memories."""
    params, strategy = oracle.params, settings.strategy()
    weights = manifest_of(oracle)
    model = Searched(oracle.tensor("alphas0"), classes(oracle, weights)).to(oracle.dtype)
    load(model.names(), oracle.weights(weights, "train"))
    nothing = np.zeros(0)
    parts = [Part(nothing, nothing, params[classes]) for classes in ("ncls", "nval")]
    twins = strategy.objectives(model.network.space.width, Split(*parts)).to(oracle.dtype)
    parameters = [*model.supernet.weights(), *model.network.neck.parameters()]
    optimiser = _sgd(oracle, "search", parameters)
    alphas = replace(strategy.architecture, lr=oracle.number(rf"arch lr {NUMBER}", settings.alphas().lr, "arch_lr"))
    stepper = Stepper(model.network, twins, optimiser, strategy.order, model.supernet, alphas.make(model.alphas()))
    train, valid = _batches(oracle, "train", "iters"), _batches(oracle, "valid", "vit")
    turn = count()
    for _ in range(params["epochs"]):
        for at, one in enumerate(train):
            # the validation batches go round and round, whatever the epoch
            stepper.step(one, valid[next(turn) % len(valid)], first=at == 0)
    _after_search(oracle, model, twins, weights)


def _after_search(oracle: Oracle, model: Searched, twins: Twins, weights: str) -> None:
    train, valid = twins.weights, twins.architecture
    assert isinstance(train, Memory)
    assert isinstance(valid, Memory)
    oracle.check("alphas", torch.stack([*model.alphas()]))
    oracle.check("train_memory", train.memory)
    oracle.check("valid_memory", valid.memory)
    # officially the memory of the validation part comes first among the model's entries
    rows(oracle, "state_after", {MEMORY: valid.memory, **model.names()}, weights)


def training(oracle: Oracle) -> None:
    """The official retraining, step by step: both losses on both features."""
    weights = manifest_of(oracle)
    oracle.params.agree("ncls", classes(oracle, weights))
    model = Retrained(oracle.params["genotype"], classes(oracle, weights)).to(oracle.dtype)
    objective = compose(settings.objectives(), model.network, classes(oracle, weights)).to(oracle.dtype)
    model.main, model.local = _classifiers(objective)
    load(model.names(), oracle.weights(weights, "train"))
    optimiser = _sgd(oracle, "retrain", [*model.network.parameters(), *objective.parameters()])
    stepper = Stepper(model.network, Twins(objective), optimiser)
    train = _batches(oracle, "train", "iters")
    for _ in range(oracle.params["epochs"]):
        for one in train:
            stepper.step(one)
    rows(oracle, "state_after", model.names(), weights)
    model.eval()
    oracle.check("feat_after", model.network.vectors(train[0].images))


def _classifiers(objective: Objective) -> list[CrossEntropy]:
    """The classifiers of the global and of the local feature."""
    return [module for module in objective.modules() if isinstance(module, CrossEntropy)]


def _batches(oracle: Oracle, name: str, many: str) -> list[Batch]:
    oracle.params.agree(many, len(oracle.inputs(name)))
    return [batch(oracle.tensor(f"{one}_pid"), oracle.tensor(one)) for one in oracle.inputs(name)]


def _sgd(oracle: Oracle, command: str, parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    official = settings.weights(command)
    momentum = oracle.number(rf"momentum {NUMBER}", official.momentum, "momentum")
    decay = oracle.number(rf"weight decay {NUMBER}", official.weight_decay, "weight_decay|wd")
    return WeightOptimiser(oracle.params["lr"], momentum, decay).make(parameters)
