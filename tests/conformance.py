"""The laws every plug-in must keep, ours or a third party's; call these from a test of your own."""

import copy

import torch
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.mutation import decisions, freeze, relax
from nasreid.network import BNNeck, Network
from nasreid.objective import Objective
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace
from nasreid.stepper import Stepper
from nasreid.strategy import ArchitectureOptimiser, Strategy, WeightOptimiser


def images(number: int = 4, height: int = 32, width: int = 16, seed: int = 0) -> Tensor:
    """Noise (N, 3, H, W)."""
    return torch.randn(number, 3, height, width, generator=torch.Generator().manual_seed(seed))


def batch(number: int = 4, identities: int = 2) -> Batch:
    """A batch of N images, in consecutive groups of one identity, alternating modality."""
    labels = torch.arange(number) * identities // number
    return Batch(images(number), labels, torch.zeros(number, dtype=torch.int64), torch.arange(number) % 2 == 1)


def check_genotypes(make, samples: list[dict[str, str]]) -> None:
    """Every genotype builds a network with no decision left and one output shape; supernet weights load by name."""
    space = make()
    supernet = relax(copy.deepcopy(space), Softmax())
    shapes = set()
    for choices in samples:
        network = freeze(make(), choices)
        assert isinstance(network, SearchSpace)
        assert decisions(network) == {}
        shapes.add(tuple(network.eval().maps(images()).shape))
        own, theirs = network.state_dict(), freeze(supernet.space, choices).state_dict()
        assert {n: v.shape for n, v in own.items()} == {n: v.shape for n, v in theirs.items()}
    assert len(shapes) == 1
    assert shapes.pop()[:2] == (4, space.width)


def check_objective(objective: Objective, width: int) -> None:
    """`forward` gives a scalar with a gradient and changes no state."""
    given = batch(8)
    vectors = torch.randn(8, width, generator=torch.Generator().manual_seed(1)).requires_grad_()
    if objective.needs_start:
        objective.start(vectors.detach(), given.identities)
    before = {name: value.clone() for name, value in objective.state_dict().items()}
    maps = vectors[:, :, None, None] * torch.randn(8, width, 4, 2, generator=torch.Generator().manual_seed(2))
    loss = objective(Embedding(vectors, vectors, maps, Embedding(vectors, vectors, maps)), given)
    loss.backward()
    assert loss.shape == ()
    assert vectors.grad is not None
    assert all(torch.equal(value, before[name]) for name, value in objective.state_dict().items())


def check_search_step(make, strategy: Strategy, frame, rng) -> dict[str, float]:
    """One iteration of the strategy on the space moves the alphas and gives finite losses."""
    split = strategy.split(frame, rng)
    space = make()
    supernet = relax(space, strategy.relaxation)
    network = Network(space, BNNeck(space.width))
    twins = strategy.objectives(space.width, split)
    for objective, part in ((twins.weights, split.weights), (twins.architecture, split.architecture)):
        if objective is not None and part is not None and objective.needs_start:
            objective.start(torch.randn(len(part.labels), space.width), torch.as_tensor(part.labels))
    weights = [*supernet.weights(), *network.neck.parameters(), *twins.parameters()]
    stepper = Stepper(network, twins, WeightOptimiser(0.01).make(weights), strategy.order, supernet,
                      ArchitectureOptimiser(0.01).make(supernet.alphas().values()))
    before = [alpha.detach().clone() for alpha in stepper.alphas]
    logs = stepper.step(batch(8), None if split.architecture is None else batch(8))
    assert all(torch.isfinite(torch.tensor(value)) for value in logs.values())
    assert any(not torch.equal(a, b) for a, b in zip(before, stepper.alphas, strict=True))
    return logs
