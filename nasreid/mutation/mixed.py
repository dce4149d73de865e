"""A relaxed decision: the weighted sum of its candidates, or the sampled one alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import Mix, Output
from nasreid.mutation.door import DifferentiableMixedLayer
from nasreid.relaxation import Relaxation, Turn

Shapes: TypeAlias = "str | tuple[int | Shapes, ...]"  # of a tensor its shape, of a tuple of outputs a tuple of those


class MixedChoice(DifferentiableMixedLayer):
    """A relaxed decision: the weighted sum of its candidates, of those alone that a relaxation lets run.

    `weights` (K,) of the step come from the relaxation and are shared by all choices of one label. Where the family of
    candidates brought a cheaper `mix` (see `nasreid.space.choice`), that computes the sum, unless `plain_sum` is set.
    """

    def __init__(self, paths: dict[str, nn.Module] | list[nn.Module], alpha: Tensor, softmax: nn.Module, label: str,
                 mix: Mix | None = None):
        super().__init__(paths, alpha, softmax, label)
        self.plain_sum = False
        self.family_mix = mix
        self._seen: tuple[Shapes, str, Shapes] | None = None

    @property
    def relaxer(self) -> Relaxer:
        """Who knows the weights of the step."""
        return cast(Relaxer, self._softmax)

    def settled(self, candidate: str) -> nn.Module:
        """What the decision becomes when the candidate is chosen."""
        return self[candidate]

    def reached(self, child: str) -> frozenset[str]:
        """The candidates whose choice makes a child of this module part of the network."""
        return frozenset([child])

    def sizes(self) -> dict[str, int]:
        """{candidate: number of parameters}."""
        return {str(name): sum(p.numel() for p in self[name].parameters()) for name in self.names}

    def forward(self, *inputs: object, **options: object) -> Output:
        """Any inputs of the candidates -> what a candidate returns, mixed.

        Raises:
            NasreidError: a candidate fails on these inputs, or candidates return other shapes than each other.
        """
        weights = self._softmax(self._arch_alpha)
        some = self.relaxer.running()
        if some is not None:  # others have weight 0; the weights of these carry the gradient
            return weighted([self._output(str(self.names[at]), inputs, options) for at in some],
                            [weights[at] for at in some])
        if self.family_mix is not None and not self.plain_sum and not options:
            candidates = {str(name): self[name] for name in self.names}
            mix = self.family_mix
            return said(f"the mix of choice {str(self.label)!r}", inputs, lambda: mix(candidates, weights, *inputs))
        return weighted([self._output(str(name), inputs, options) for name in self.names], weights)

    def _output(self, name: str, inputs: tuple[object, ...], options: dict[str, object]) -> Output:
        module = self[name]
        output = said(f"candidate {name!r} of choice {str(self.label)!r}", inputs, lambda: module(*inputs, **options))
        if not _mixable(output):
            raise NasreidError(f"candidate {name!r} of choice {str(self.label)!r} returns a {type(output).__name__}; "
                               "expected a tensor, or a tuple of tensors")
        self._compare(name, shapes(inputs), shapes(output))
        return output

    def _compare(self, name: str, inputs: Shapes, output: Shapes) -> None:
        """Refuse an output whose shape differs from that of the candidate that ran before on inputs of this shape."""
        if self._seen is not None and self._seen[0] == inputs and self._seen[2] != output:
            _, other, before = self._seen
            raise self._refusal(f"of inputs of shape {shown(inputs)}", f"{other!r} makes {shown(before)}",
                                f"{name!r} {shown(output)}")
        self._seen = inputs, name, output

    def _refusal(self, given: str, one: str, two: str) -> NasreidError:
        return NasreidError(f"choice {str(self.label)!r}: {given} candidate {one} and candidate {two}; expected one "
                            "shape")


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
        self._running: list[int] | None = None

    def new_noise(self, generator: torch.Generator, place: int = 0, turn: Turn | None = None) -> Tensor:
        """Noise (K,) for a step; `generator` and noise live on the CPU so that every device draws the same.

        place: of the decision among all; turn: which draw this is, where that is known.
        """
        count = len(self.noise)
        noise = None if turn is None else self.relaxation.in_turn(count, place, turn)
        return (self.relaxation.noise(count, generator) if noise is None else noise).to(self.noise.dtype)

    def draw(self, noise: Tensor, there: Tensor, alpha: Tensor, temperature: float) -> None:
        """Take the noise (K,) of a step: on the CPU, with alpha (K,) beside it, and `there`, on the device."""
        self.noise, self.temperature = there, temperature
        with torch.no_grad():
            noise = noise.to(alpha.dtype)  # what `forward` will see
            self._index, self._running = self.relaxation.index(alpha, noise), self.relaxation.running(alpha, noise)

    def alone(self) -> int | None:
        """The only candidate that runs in this step, or None when several are mixed."""
        return self._index if self.training else None

    def running(self) -> list[int] | None:
        """The candidates that run in this step, or None when all do."""
        return self._running if self.training else None

    def strongest(self, alpha: Tensor) -> int | None:
        """The likeliest candidate, where the relaxation runs candidates alone; None where it mixes them."""
        with torch.no_grad():
            if self.relaxation.index(alpha, torch.zeros_like(alpha)) is None:
                return None
            return int(self.relaxation.probabilities(alpha).argmax())

    def forward(self, alpha: Tensor) -> Tensor:
        """alpha (K,) -> weights (K,); without noise in evaluation."""
        if not self.training:
            return self.relaxation.plain(alpha)
        return self.relaxation.weights(alpha, self.noise.to(alpha.dtype), self.temperature)


def _mixable(output: object) -> bool:
    return all(_mixable(item) for item in output) if isinstance(output, tuple) else isinstance(output, Tensor)


def said(who: str, inputs: object, call: Callable[[], Output]) -> Output:
    """call(), whose failure is told in one line."""
    try:
        return call()
    except torch.cuda.OutOfMemoryError:
        raise
    except (RuntimeError, TypeError) as error:
        raise NasreidError(f"{who} fails on inputs of shape {shown(shapes(inputs))}: "
                           f"{str(error).strip().splitlines()[0]}") from error


def shapes(value: object) -> Shapes:
    """The shape of a tensor, of a tuple of outputs a tuple of those, of anything else its kind."""
    if isinstance(value, Tensor):
        return tuple(value.shape)
    return tuple(shapes(item) for item in value) if isinstance(value, tuple) else type(value).__name__


def shown(shapes: Shapes) -> str:
    """A lone input without the brackets of the tuple around it."""
    return str(shapes[0] if isinstance(shapes, tuple) and len(shapes) == 1 else shapes)


def weighted(outputs: list[Any], weights: Tensor | list[Tensor]) -> Output:
    """The sum of K outputs, each times its weight of (K,)."""
    if isinstance(outputs[0], tuple):
        return tuple(weighted(list(column), weights) for column in zip(*outputs, strict=True))
    total = outputs[0] * weights[0]
    for output, weight in zip(outputs[1:], weights[1:], strict=True):
        total = total + output * weight
    return total
