"""Arrays eval{case}_feat, train_*, d_alpha, tcm_*, genotype_idx: the relaxed MSI space with one feature."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasreid.mutation import relax
from nasreid.network.necks import BNNeck
from nasreid.network.network import Network
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.spaces.msi_published import LABELS
from tests.oracle_adapters import settings
from tests.oracle_adapters.memory import batch, official
from tests.oracle_adapters.names import OPERATIONS, load, official_names
from tests.oracle_adapters.networks import classes, manifest_of, rows
from tests.oracle_adapters.oracle import Oracle


class Searched(nn.Module):
    """The supernet as in the official code: narrow cells, their order of operations, a classifier that is not used."""

    def __init__(self, alphas: Tensor, classes: int):
        super().__init__()
        space = settings.supernet_space()
        relaxation = settings.strategy().relaxation
        self.supernet = relax(space, relaxation, dict(zip(LABELS, alphas, strict=True)))
        self.network = Network(space, BNNeck(space.width))
        self.unused = CrossEntropy(classes, space.width)

    def in_official_order(self) -> None:
        """Sum the candidates one by one: in float32 the fused mix rounds elsewhere, and single ReLUs flip."""
        self.supernet.mix_plainly()

    def names(self) -> dict[str, Tensor]:
        """{official key: tensor}."""
        return official_names(self.network) | official_names(self.unused.classifier, "classifier")

    def alphas(self) -> list[nn.Parameter]:
        """The rows of the official table of architecture weights."""
        return [self.supernet.alphas()[label] for label in LABELS]


def run(oracle: Oracle) -> None:
    """Features, gradients of weights and alphas, the derived genotype; and the same with the contrastive loss."""
    weights = manifest_of(oracle)
    model = Searched(oracle.tensor("alphas"), classes(oracle, weights)).to(oracle.dtype)
    if oracle.dtype == torch.float32:
        model.in_official_order()
    chosen = model.supernet.choices()
    oracle.check("genotype_idx", [list(OPERATIONS.values()).index(chosen[label]) for label in LABELS])
    load(model.names(), oracle.weights(weights, "eval"))
    model.eval()
    for case, name in enumerate(oracle.inputs("x_eval")):
        oracle.check(f"eval{case}_feat", model.network.vectors(oracle.tensor(name)))
    model.train()
    _probed(oracle, model, weights)
    _contrasted(oracle, model, weights)


def _probed(oracle: Oracle, model: Searched, weights: str) -> None:
    load(model.names(), oracle.weights(weights, "train"))
    embedding = model.network(oracle.tensor("x_train"))
    outputs = {"x": embedding.vectors, "prob": model.unused.logits(embedding)}
    for name, value in outputs.items():
        oracle.check(f"train_{name}", value)
    rows(oracle, "train_bn_after", model.names(), weights)
    _gradients(oracle, model, oracle.objective(outputs), "d_alpha")
    rows(oracle, "train_pgrad", model.names(), weights)


def _contrasted(oracle: Oracle, model: Searched, weights: str) -> None:
    load(model.names(), oracle.weights(weights, "train"))
    start, targets = F.normalize(oracle.tensor("memory"), dim=1), oracle.tensor("tcm_targets")
    memory = official(oracle, len(start), start.shape[1], start)
    embedding = model.network(oracle.tensor("x_train"))
    loss = memory(embedding, batch(targets))
    _gradients(oracle, model, loss, "tcm_d_alpha")
    memory.learn(embedding, batch(targets))
    oracle.check("tcm_loss", loss)
    oracle.check("tcm_memory_after", memory.memory)
    rows(oracle, "tcm_pgrad", model.names(), weights)


def _gradients(oracle: Oracle, model: Searched, scalar: Tensor, alphas: str) -> None:
    model.zero_grad(set_to_none=True)
    scalar.backward()
    oracle.check(alphas, torch.stack([alpha.grad for alpha in model.alphas() if alpha.grad is not None]))
