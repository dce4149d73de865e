"""Arrays {z|r}{case}_{pass}_{loss|grad|memory}: two passes from a zero (z) or a random (r) memory."""

import torch
import torch.nn.functional as F
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.objectives.memory import Memory
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.parameters import same


def run(oracle: Oracle) -> None:
    """Loss, gradient with respect to the raw vectors, and the rows after learning, for each case and pass."""
    for case, (width, classes, images) in enumerate(oracle.params["cfg"]):
        vectors, targets = oracle.tensor(f"feats{case}"), oracle.tensor(f"targets{case}")
        same("cfg", images, targets.shape[1])
        start = F.normalize(oracle.tensor(f"memory{case}"), dim=1)
        for letter, rows in (("z", torch.zeros_like(start)), ("r", start)):
            memory = official(oracle, classes, width, rows)
            for turn in range(len(vectors)):
                _pass(oracle, f"{letter}{case}_{turn}", memory, vectors[turn], targets[turn])


def official(oracle: Oracle, classes: int, width: int, rows: Tensor) -> Memory:
    """A memory as in the official code, holding the given rows (C, D)."""
    temperature = oracle.number(r"[Tt]emperature ([\d.]+\d)", 0.05, "temp|temperature")
    momentum = oracle.number(r"Temperature [^.]+\.\d+, momentum ([\d.]+\d)", 0.2, "momentum")
    memory = Memory(classes, width, temperature, momentum, renormalise=True, start="zeros").to(oracle.dtype)
    memory.load_state_dict({"memory": rows, "ready": torch.tensor(True)})
    return memory


def batch(identities: Tensor, images: Tensor | None = None) -> Batch:
    """A batch of which only identities (N,), and perhaps images, matter."""
    images = torch.zeros(len(identities), 3, 1, 1) if images is None else images
    return Batch(images, identities, torch.zeros_like(identities))


def _pass(oracle: Oracle, name: str, memory: Memory, vectors: Tensor, targets: Tensor) -> None:
    vectors = vectors.clone().requires_grad_()
    embedding = Embedding(vectors, vectors)
    loss = memory(embedding, batch(targets))
    (gradient,) = torch.autograd.grad(loss, vectors)
    memory.learn(embedding, batch(targets))
    oracle.check(f"{name}_loss", loss)
    oracle.check(f"{name}_grad", gradient)
    oracle.check(f"{name}_memory", memory.memory)
