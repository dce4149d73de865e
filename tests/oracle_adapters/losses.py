"""Arrays {ce|ce_ls|triplet|triplet_raw|reid}_{case}, with `_grad` and `_prec`."""

import numpy as np
import torch
from torch import nn

from nasreid.batch import Embedding
from nasreid.objective import Weighted
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.objectives.triplet import Triplet, precision
from tests.oracle_adapters.memory import batch
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.parameters import same


def run(oracle: Oracle) -> None:
    """Value and gradient of each loss on stored logits (N, C) and vectors (N, D)."""
    margin = oracle.number(r"TripletLoss\(([\d.]+)", 0.3)
    smoothing = oracle.number(r"eps ([\d.]+)", 0.1)
    normalised = "normalize_feature=True" in oracle.ran
    for case, (images, instances, width, classes) in enumerate(oracle.params["cfg"]):
        same("cfg", np.arange(images) // instances, oracle.input(f"labels{case}"))
        same("cfg", (images, width), oracle.input(f"feats{case}").shape)
        smooth, plain = classifier(oracle, classes, smoothing), classifier(oracle, classes, 0.0)
        both = "ce_ls" in " ".join(oracle.arrays)  # there, `ce` is the loss without smoothing
        _value(oracle, f"ce_{case}", plain if both else smooth, case, "neck")
        _value(oracle, f"ce_ls_{case}", smooth, case, "neck")
        _value(oracle, f"triplet_{case}", Triplet(margin, normalised), case, "vectors")
        _value(oracle, f"triplet_raw_{case}", Triplet(margin, normalise=False), case, "vectors")
        _value(oracle, f"reid_{case}", Weighted((1.0, smooth), (1.0, Triplet(margin, normalised))), case, "vectors")
        vectors, labels = oracle.tensor(f"feats{case}"), oracle.tensor(f"labels{case}")
        oracle.check(f"triplet_{case}_prec", precision(vectors, labels, normalised))
        oracle.check(f"triplet_raw_{case}_prec", precision(vectors, labels, normalise=False))


def classifier(oracle: Oracle, classes: int, smoothing: float) -> CrossEntropy:
    """A cross-entropy whose classifier passes logits (N, C) through."""
    objective = CrossEntropy(classes, classes, smoothing).to(oracle.dtype)
    nn.init.eye_(objective.classifier.weight)
    return objective


def _value(oracle: Oracle, name: str, objective: nn.Module, case: int, towards: str) -> None:
    vectors, neck = (oracle.tensor(f"{name}{case}").requires_grad_() for name in ("feats", "logits"))
    loss = objective(Embedding(vectors, neck), batch(oracle.tensor(f"labels{case}")))
    oracle.check(name, loss)
    oracle.check(f"{name}_grad", torch.autograd.grad(loss, neck if towards == "neck" else vectors)[0])
