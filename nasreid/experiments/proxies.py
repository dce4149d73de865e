"""Zero-cost proxies: what a network that was never trained says of itself, and what that is worth against a truth.

Each looks at a fresh network and one batch. None means anything without parameters and multiply-adds beside it, which
cost nothing either, so `values` always has those, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils._python_dispatch import TorchDispatchMode

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.experiments.truth import Truth
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.cost import cost
from nasreid.network.network import Network
from nasreid.progress import track

BASELINES = ("parameters", "multiply_adds")
Images = Tensor


def synflow(network: Network, images: Images) -> float:
    """Sum of w * dR/dw over the absolute weights w, R being the sum of the outputs for ones (Tanaka, NeurIPS 2020)."""
    with _kept(network), torch.no_grad():
        for weight in network.parameters():
            weight.abs_()
        with torch.enable_grad():
            _maps(network.eval(), torch.ones_like(images[:1])).sum().backward()
        return _products(network)


def snip(network: Network, images: Images) -> float:
    """Sum of |w * dL/dw|, L a cross-entropy on drawn identities (Lee et al., ICLR 2019, eq. 6)."""
    with _kept(network):
        _loss(network, images).backward()
        return _products(network, Tensor.abs)


def grad_norm(network: Network, images: Images) -> float:
    """Norm of dL/dw over all weights, L as for `snip` (Abdelfattah et al., ICLR 2021, section 3.1)."""
    with _kept(network):
        _loss(network, images).backward()
        return math.sqrt(sum(float(w.grad.square().sum()) for w in network.parameters() if w.grad is not None))


def naswot(network: Network, images: Images) -> float:
    """log |det K| of how many ReLUs agree on each pair of images (Mellor et al., ICML 2021, eq. 2)."""
    with _kept(network), torch.no_grad(), _Codes(len(images)) as codes:
        _maps(network.train(), images)
    if codes.kernel is None:
        raise NasreidError("naswot sees no ReLU in this network; expected one that has some")
    return float(torch.linalg.slogdet(codes.kernel).logabsdet)


def jacov(network: Network, images: Images) -> float:
    """-sum(log v + 1 / v) over the eigenvalues v of the correlations of the images' Jacobians (Mellor, arXiv v1)."""
    with _kept(network):
        given = images.clone().requires_grad_()
        _maps(network.train(), given).sum().backward()
        values = torch.linalg.eigvalsh(torch.corrcoef(cast(Tensor, given.grad).flatten(1))) + 1e-5
        return -float((values.log() + 1 / values).sum())


def zen(network: Network, images: Images) -> float:
    """log of how far the maps move with noise on noise, and of what BatchNorms divide by (Lin et al., ICCV 2021)."""
    generator, scales = torch.Generator().manual_seed(0), []
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    handles = [norm.register_forward_pre_hook(lambda _, given: scales.append(given[0].detach().var((0, 2, 3)).mean()))
               for norm in norms]
    try:
        with _kept(network), torch.no_grad():
            noise, more = (torch.randn(images.shape, generator=generator).to(images) for _ in range(2))
            first = _maps(network.train(), noise)
            seen = list(scales)
            moved = (_maps(network, noise + 0.01 * more) - first).abs().mean()
            return float(moved.log() + sum((0.5 * torch.stack(seen).clamp_min(1e-12).log()).tolist()))
    finally:
        for handle in handles:
            handle.remove()


PROXIES: dict[str, Callable[[Network, Images], float]] = {
    "synflow": synflow, "snip": snip, "grad_norm": grad_norm, "naswot": naswot, "jacov": jacov, "zen": zen}


def values(space: str, arguments: Options, architectures: Sequence[dict[str, str]], height: int = 64, width: int = 32,
           images: int = 16, seed: int = 0, quiet: bool = False) -> pd.DataFrame:
    """A row for each architecture: its parameters, multiply-adds and proxies, of fresh weights and a batch of noise.

    Raises:
        NasreidError: a proxy is no finite number, with the architecture.
    """
    batch = torch.randn(images, 3, height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    rows = []
    for choices in track(architectures, "proxies", len(architectures), quiet):
        network = built(Genotype(space, arguments, choices), seed=seed).double()
        counts = cost(network.space, height, width)
        row = {"parameters": float(counts.parameters), "multiply_adds": float(counts.multiply_adds)}
        for name, proxy in PROXIES.items():
            row[name] = proxy(network, batch)
            if not math.isfinite(row[name]):
                raise NasreidError(f"proxy {name} of {' '.join(choices.values())} is {row[name]}; expected a finite "
                                   "number")
        rows.append(row)
    return pd.DataFrame(rows)


def worth(truth: Truth, space: str, arguments: Options, quiet: bool = False, **options: int) -> pd.DataFrame:
    """proxy, tau: Kendall's tau-b of each with the truth, the baselines first."""
    found = values(space, arguments, truth.architectures(), quiet=quiet, **options)
    return pd.DataFrame({"proxy": list(found), "tau": [truth.tau(found[name]) for name in found]})


class _Codes(TorchDispatchMode):
    """Watches every ReLU, as a module or as a call: (N, N) numbers of units on which two images agree."""

    RELUS = ("aten::relu", "aten::relu_")

    def __init__(self, images: int):
        super().__init__()
        self.images, self.kernel = images, cast("Tensor | None", None)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        if func.name().partition(".")[0] in self.RELUS and len(found) == self.images:
            on = (found > 0).flatten(1).double()
            agreed = on @ on.T + (1 - on) @ (1 - on).T
            self.kernel = agreed if self.kernel is None else self.kernel + agreed
        return found


def _maps(network: Network, images: Images) -> Tensor:
    return network.space.maps(images)


def _loss(network: Network, images: Images) -> Tensor:
    """Cross-entropy of a linear classifier with fresh weights, four drawn identities."""
    generator, means = torch.Generator().manual_seed(0), _maps(network.train(), images).mean((2, 3))
    classifier = torch.randn(4, means.shape[1], generator=generator).to(means) / math.sqrt(means.shape[1])
    return cross_entropy(means @ classifier.T, torch.arange(len(means)) % 4)


def _products(network: nn.Module, of: Callable[[Tensor], Tensor] = lambda product: product) -> float:
    """Sum over all weights of `of` their products with their gradients."""
    return sum(float(of(w.detach() * w.grad).sum()) for w in network.parameters() if w.grad is not None)


@contextmanager
def _kept(network: nn.Module) -> Iterator[None]:
    """Weights, statistics, mode and gradients are what they were, afterwards."""
    before, training = {name: value.clone() for name, value in network.state_dict().items()}, network.training
    network.zero_grad()
    try:
        yield
    finally:
        network.load_state_dict(before)
        network.zero_grad()
        network.train(training)
