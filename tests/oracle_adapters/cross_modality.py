"""Arrays {cmmd|mmd|cc|tri|total}_{case} with gradients, tri_{vv|tt|vt|tv|norm_vt|soft_vt}_{case}, ce_{case}."""

import numpy as np
import torch
from torch import Tensor, nn

from nasreid.batch import Batch, Embedding
from nasreid.objective import Objective, Weighted
from nasreid.objectives.c3mmd import C3MMD, CMMD, MMD, CorrelationConsistency
from nasreid.objectives.cross_triplet import CrossModalityTriplet
from tests.oracle_adapters.losses import classifier
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.parameters import same


def run(oracle: Oracle) -> None:
    """The losses of the official code on stored features (n, D) of both modalities."""
    margin = oracle.number(r"TripletLoss\(([\d.]+)", 0.4)
    for case, (identities, images, width) in enumerate(oracle.params["cfg"]):
        same("cfg", np.arange(identities).repeat(images), oracle.input(f"labels{case}"))
        same("cfg", width, oracle.input(f"v{case}").shape[1])
        objectives: dict[str, Objective] = {
            "cmmd": CMMD(images, root=False), "mmd": MMD(root=False), "cc": CorrelationConsistency(),
            "tri": CrossModalityTriplet(margin)}  # fmt: skip
        for name, objective in objectives.items():
            _both(oracle, f"{name}_{case}", objective, case)
        _terms(oracle, margin, case)
        _identities(oracle, case)
        _total(oracle, margin, images, case)


def halves(identities: Tensor, images: Tensor | None = None) -> Batch:
    """A batch of n visible and then n infrared images, with identities (n,) in both halves."""
    infrared = torch.arange(2 * len(identities)) >= len(identities)
    images = torch.zeros(2 * len(identities), 3, 1, 1) if images is None else images
    return Batch(images, identities.repeat(2), infrared.long(), infrared)


def _both(oracle: Oracle, name: str, objective: nn.Module, case: int) -> None:
    visible, infrared = (oracle.tensor(f"{side}{case}").requires_grad_() for side in "vt")
    both = torch.cat([visible, infrared])
    loss = objective(Embedding(both, both), halves(oracle.tensor(f"labels{case}")))
    gradients = torch.autograd.grad(loss, (visible, infrared))
    oracle.check(name, loss)
    for side, gradient in zip("vt", gradients, strict=True):
        oracle.check(f"{name}_d{side}", gradient)


def _terms(oracle: Oracle, margin: float, case: int) -> None:
    labels = oracle.tensor(f"labels{case}")
    for pair in ("vv", "tt", "vt", "tv"):
        anchors, others = (oracle.tensor(f"{side}{case}") for side in pair)
        for kind, triplet in (("", CrossModalityTriplet(margin)), ("norm_", CrossModalityTriplet(margin, True)),
                              ("soft_", CrossModalityTriplet(soft=True))):  # fmt: skip
            oracle.check(f"tri_{kind}{pair}_{case}", triplet.term(anchors, labels, others, labels))


def _identities(oracle: Oracle, case: int) -> None:
    logits, given = oracle.tensor(f"logits{case}"), halves(oracle.tensor(f"labels{case}"))
    for name, smoothing in (("ce", 0.0), ("ce_ls", oracle.number(r"eps ([\d.]+)", 0.1))):
        oracle.check(f"{name}_{case}", classifier(oracle, logits.shape[1], smoothing)(Embedding(logits, logits), given))


def _total(oracle: Oracle, margin: float, images: int, case: int) -> None:
    vectors = torch.cat([oracle.tensor(f"v{case}"), oracle.tensor(f"t{case}")]).requires_grad_()
    neck, logits = (oracle.tensor(f"{name}{case}").requires_grad_() for name in ("f", "logits"))
    given = halves(oracle.tensor(f"labels{case}"))
    factors = oracle.number(r"([\d.]+)\*cmmd", 0.05), oracle.number(r"([\d.]+)\*cc", 5.0)
    rest = Weighted((1.0, CrossModalityTriplet(margin)), (1.0, C3MMD(*factors, images=images, root=False)))
    # the stored logits do not come from the stored neck
    identity = classifier(oracle, logits.shape[1], 0.0)
    loss = identity(Embedding(logits, logits), given) + rest(Embedding(vectors, neck), given)
    oracle.check(f"total_{case}", loss)
    for letter, gradient in zip("gfl", torch.autograd.grad(loss, (vectors, neck, logits)), strict=True):
        oracle.check(f"total_{case}_d{letter}", gradient)
