"""A relaxed layer of an open number: one set of weights, of which each number takes a slice."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import Output
from nasreid.mutation.mixed import MixedChoice, Shapes
from nasreid.mutation.ties import Tie, borrowed, holders, kept, tied


class Unmixable(NasreidError):
    """A relaxation mixes what has no sum."""


class MixedValue(MixedChoice):
    """A relaxed layer of an open number: its candidates share their weights, as slices of the largest.

    In evaluation the likeliest candidate runs alone where the relaxation runs candidates alone: a width is one number.
    """

    held: Mapping[str, Mapping[str, str]] = {}

    def tie(self, alphas: Collection[int]) -> None:
        """Leave the weights to the largest candidates, after those inside have done so; alphas: ids of what is none."""
        options = {str(name): self[name] for name in self.names}
        self.held = holders(options, str(self.label), alphas)
        self._ties: dict[str, list[Tie]] = tied(options, self.held)

    def settled(self, candidate: str) -> nn.Module:
        """The layer of that number, whose weights lie in the memory of the largest."""
        kept(self._ties[candidate])
        return self[candidate]

    def forward(self, *inputs: object, **options: object) -> Output:
        """Any inputs of the candidates -> what a candidate returns.

        Raises:
            Unmixable: candidates are mixed, and return other shapes than each other.
        """
        strongest = self._strongest()
        if strongest is not None:
            return self._output(str(self.names[strongest]), inputs, options)
        return super().forward(*inputs, **options)

    def _strongest(self) -> int | None:
        return None if self.training else self.relaxer.strongest(self._arch_alpha)

    def _output(self, name: str, inputs: tuple[object, ...], options: dict[str, object]) -> Output:
        with borrowed(self._ties[name]):
            return super()._output(name, inputs, options)

    def _compare(self, name: str, inputs: Shapes, output: Shapes) -> None:
        """What runs alone may have any shape."""
        if self.relaxer.alone() is None and self._strongest() is None:
            super()._compare(name, inputs, output)

    def _refusal(self, given: str, one: str, two: str) -> NasreidError:
        label = str(self.label)
        return Unmixable(f"value {label!r}: {given} {one} and {two}, which {type(self.relaxer.relaxation).__name__} "
                         "cannot mix; expected a relaxation that runs one candidate alone, such as SinglePath, or one "
                         f"layer() around all that {label!r} parametrises")
