"""A relaxed space: every open decision a mix of its candidates, whose weights come from a relaxation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import decisions
from nasreid.mutation.door import (
    DifferentiableMixedLayer,
    LayerChoice,
    ModelSpace,
    OneShotStrategy,
    no_default_hook,
)
from nasreid.mutation.labels import natural
from nasreid.relaxation import Relaxation

Mix = Callable[..., Any]


class MixedChoice(DifferentiableMixedLayer):
    """A relaxed decision: the weighted sum of its candidates, or the sampled one alone.

    `weights` (K,) of the step come from the relaxation and are shared by all choices of one label. Where the family of
    candidates defines `mix(candidates, weights, *inputs)`, that computes the sum; it must equal the plain one.
    """

    def __init__(self, paths: Any, alpha: Tensor, softmax: nn.Module, label: str):
        super().__init__(paths, alpha, softmax, label)
        self._plain_sum = False
        self._mix = _common_mix(list(self))

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Any inputs of the candidates -> what a candidate returns, mixed."""
        weights = self._softmax(self._arch_alpha)
        alone = cast(Relaxer, self._softmax).alone()
        if alone is not None:  # a hard sample runs one candidate only; the weight carries the gradient
            return _scaled(self[self.names[alone]](*inputs, **options), weights[alone])
        if self._mix is not None and not self._plain_sum and not options:
            return self._mix({str(n): self[n] for n in self.names}, weights, *inputs)
        return _sum([self[n](*inputs, **options) for n in self.names], weights)


class Relaxer(nn.Module):
    """Turns the alpha (K,) of one label into mixing weights (K,); holds the noise of the step in a buffer.

    One object per label, so that choices which share a label share the draw.
    """

    noise: Tensor

    def __init__(self, relaxation: Relaxation, candidates: int):
        super().__init__()
        self.relaxation = relaxation
        self.temperature = 1.0
        self.register_buffer("noise", torch.zeros(candidates), persistent=False)
        self._index: int | None = None

    def draw(self, alpha: Tensor, generator: torch.Generator) -> None:
        """New noise for this step; `generator` lives on the CPU so that every device draws the same."""
        self.noise.copy_(self.relaxation.noise(len(self.noise), generator))
        with torch.no_grad():
            self._index = self.relaxation.index(alpha, self.noise.to(alpha.dtype))  # what `forward` will see

    def alone(self) -> int | None:
        """The only candidate that runs in this step, or None when all are mixed."""
        return self._index if self.training else None

    def forward(self, alpha: Tensor) -> Tensor:
        """alpha (K,) -> weights (K,); without noise in evaluation."""
        if not self.training:
            return self.relaxation.probabilities(alpha)
        return self.relaxation.weights(alpha, self.noise.to(alpha.dtype), self.temperature)


class Supernet(nn.Module):
    """A relaxed space: the space with every choice mixed, and its architecture parameters ordered by label.

    The order matters: an optimiser that is restored after a restart finds its moments by position.
    """

    def __init__(self, space: nn.Module, alphas: dict[str, nn.Parameter], relaxers: dict[str, Relaxer]):
        super().__init__()
        self.space = space
        self.labels = list(alphas)
        self._alphas = alphas
        self._relaxers = relaxers

    def alphas(self) -> dict[str, nn.Parameter]:
        """{label: (K,)} raw architecture parameters, ordered by label."""
        return dict(self._alphas)

    def weights(self) -> list[nn.Parameter]:
        """All other parameters, in the order of the modules."""
        mine = {id(alpha) for alpha in self._alphas.values()}
        return [p for p in self.parameters() if id(p) not in mine]

    def draw(self, temperature: float, generator: torch.Generator) -> None:
        """Noise and temperature of the coming step, label by label."""
        for label in self.labels:
            self._relaxers[label].temperature = temperature
            self._relaxers[label].draw(self._alphas[label], generator)

    def choices(self) -> dict[str, str]:
        """The strongest candidate of each decision (the first one of equals)."""
        memo: dict[str, Any] = {}
        for module in _mixed(self.space):
            memo.update(cast(dict[str, Any], module.export(memo)))
        return {label: str(memo[label]) for label in self.labels}

    def probabilities(self) -> dict[str, dict[str, float]]:
        """{label: {candidate: probability}}, free of noise."""
        names = {str(m.label): [str(n) for n in m.names] for m in _mixed(self.space)}
        with torch.no_grad():
            rows = {label: self._relaxers[label].relaxation.probabilities(self._alphas[label].double()).tolist()
                    for label in self.labels}
        return {label: dict(zip(names[label], rows[label], strict=True)) for label in self.labels}

    def sizes(self) -> dict[str, dict[str, int]]:
        """{label: {candidate: number of parameters}}; of choices that share a label the first one's."""
        found: dict[str, dict[str, int]] = {}
        for module in _mixed(self.space):
            found.setdefault(str(module.label), {str(n): sum(p.numel() for p in module[n].parameters())
                                                 for n in module.names})
        return found

    def mix_plainly(self, plain: bool = True) -> None:
        """Sum the candidates one by one, as NNI does, instead of a family's cheaper `mix`: the reference."""
        for module in _mixed(self.space):
            module._plain_sum = plain

    def forward(self, *inputs: Any) -> Any:
        """What the space makes of the inputs."""
        return self.space(*inputs)


def relax(space: nn.Module, relaxation: Relaxation, alphas: dict[str, Tensor] | None = None, seed: int = 0) -> Supernet:
    """Mutate a space in place into a supernet in which every decision is a mix of its candidates.

    alphas {label: (K,)}: raw start values; else `relaxation.start` drawn from `seed`, label by label.
    """
    generator = torch.Generator().manual_seed(seed)
    known = decisions(space)
    if not known:
        raise NasreidError(f"space {type(space).__name__} has no open decision; expected at least one choice()")
    parameters, relaxers = {}, {}
    for label in sorted(known, key=natural):
        start = relaxation.start(len(known[label]), generator) if alphas is None else alphas[label].clone()
        parameters[label] = nn.Parameter(start)
        relaxers[label] = Relaxer(relaxation, len(known[label]))

    def hook(module: nn.Module, name: str, memo: dict[str, Any], options: dict[str, Any]) -> Any:
        if type(module) is not LayerChoice:
            return None
        return MixedChoice(module.candidates, parameters[module.label], relaxers[module.label], module.label)

    OneShotStrategy(mutation_hooks=[hook, no_default_hook]).mutate_model(cast(ModelSpace, space))
    return Supernet(space, parameters, relaxers)


def _mixed(space: nn.Module) -> Iterable[MixedChoice]:
    return (m for m in space.modules() if isinstance(m, MixedChoice))


def _common_mix(candidates: list[nn.Module]) -> Mix | None:
    mixes = {getattr(type(c), "mix", None) for c in candidates}
    return mixes.pop() if len(mixes) == 1 else None


def _scaled(output: Any, weight: Tensor) -> Any:
    if isinstance(output, tuple):
        return tuple(_scaled(item, weight) for item in output)
    return output * weight


def _sum(outputs: list[Any], weights: Tensor) -> Any:
    if isinstance(outputs[0], tuple):
        return tuple(_sum(list(column), weights) for column in zip(*outputs, strict=True))
    total = outputs[0] * weights[0]
    for output, weight in zip(outputs[1:], weights[1:], strict=True):
        total = total + output * weight
    return total


