"""A relaxed depth: blocks one after the other, and the weighted sum of what comes after each depth."""

from __future__ import annotations

from functools import partial

from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import Output
from nasreid.mutation.depths import OpenDepth, deep_enough, first
from nasreid.mutation.mixed import Relaxer, said, shapes, weighted


class MixedDepth(nn.Module):
    """A relaxed `repeat`: each block runs once, and outputs after each depth are mixed, or blocks run to the drawn one.

    `weights` (K,) of the step come from the relaxation and are shared by all decisions of one label.
    """

    def __init__(self, blocks: OpenDepth, alpha: nn.Parameter, relaxer: Relaxer):
        super().__init__()
        for name, block in blocks.named_children():
            self.add_module(name, block)
        self.label, self.depths, self.names = blocks.label, blocks.depths, blocks.names
        self._arch_alpha, self._softmax = alpha, relaxer

    def settled(self, candidate: str) -> nn.Module:
        """The first so many blocks."""
        return first(self, int(candidate))

    def reached(self, child: str) -> frozenset[str]:
        """The depths for which a block is part of the network."""
        return deep_enough(self.names, child)

    def sizes(self) -> dict[str, int]:
        """{depth: number of parameters}."""
        return {name: sum(p.numel() for p in self.settled(name).parameters()) for name in self.names}

    def forward(self, inputs: Output) -> Output:
        """What the first block takes -> what a block returns, mixed.

        Raises:
            NasreidError: a block fails on what the one before returns, or the shapes after two depths differ.
        """
        weights = self._softmax(self._arch_alpha)
        some = self._softmax.running()
        at = list(range(len(self.depths))) if some is None else some
        found = self._after(inputs, [self.depths[one] for one in at])
        odd = next((one for one, output in zip(at, found, strict=True) if shapes(output) != shapes(found[0])), None)
        if odd is not None:
            raise NasreidError(f"repeat {self.label!r}: of inputs of shape {shapes(inputs)} depth {self.names[at[0]]} "
                               f"makes {shapes(found[0])} and depth {self.names[odd]} {shapes(found[at.index(odd)])}; "
                               "expected one shape")
        return weighted(found, [weights[one] for one in at])

    def _after(self, given: Output, depths: list[int]) -> list[Output]:
        """What comes after so many blocks, for each of `depths`."""
        found = {0: given}
        for at in range(max(depths)):
            block, before = self.get_submodule(str(at)), found[at]
            found[at + 1] = said(f"block {at} of repeat {self.label!r}", before, partial(block, before))
        return [found[depth] for depth in depths]
