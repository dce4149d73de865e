"""Relaxed inputs: each goes through its part once, and the sums that the candidates make of them are mixed."""

from __future__ import annotations

from functools import partial
from typing import cast

from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import Output
from nasreid.mutation.inputs import OpenInputs, mixed, settled, taking, through
from nasreid.mutation.mixed import Relaxer, said, shapes


class MixedInputs(nn.Module):
    """Relaxed `inputs` with parts: candidates are mixed, and the parts of those that run have run once.

    `weights` (K,) of the step come from the relaxation and are shared by all decisions of one label.
    """

    def __init__(self, made: OpenInputs, alpha: nn.Parameter, relaxer: Relaxer):
        super().__init__()
        for name, part in made._modules.items():  # named_children leaves out what has two names
            self.add_module(name, part)
        self.label, self.sets, self.names, self.join = made.label, made.sets, made.names, made.join
        self.count = made.count
        self._arch_alpha, self._softmax = alpha, relaxer

    def settled(self, candidate: str) -> nn.Module:
        """Those inputs alone, and what they go through."""
        return settled(self, self.sets[candidate], self.count, self.label, self.join)

    def reached(self, child: str) -> frozenset[str]:
        """The sets that have an input, of which its module is a part."""
        return taking(self.sets, child)

    def sizes(self) -> dict[str, int]:
        """{set of inputs: number of parameters}."""
        return {name: sum(p.numel() for p in self.settled(name).parameters()) for name in self.names}

    def forward(self, *given: Tensor) -> Output:
        """`count` inputs -> what one candidate returns, mixed.

        Raises:
            NasreidError: there is another number of inputs, a part fails, or parts return other shapes than each other.
        """
        weights = self._softmax(self._arch_alpha)
        if len(given) != self.count:
            raise NasreidError(f"inputs {self.label!r} got {len(given)} inputs; expected {self.count}")
        some = self._softmax.running()
        at = list(range(len(self.names))) if some is None else some
        sets = [self.sets[self.names[one]] for one in at]
        used = sorted({place for places in sets for place in places})
        made = [cast(Tensor, said(f"part {one} of inputs {self.label!r}", given[one],
                                  partial(through, self, one, given[one]))) for one in used]
        odd = next((one for one, output in zip(used, made, strict=True) if output.shape != made[0].shape), None)
        if odd is not None:
            raise NasreidError(f"inputs {self.label!r}: part {used[0]} makes {shapes(made[0])} and part {odd} "
                               f"{shapes(made[used.index(odd)])}; expected one shape")
        places = [tuple(used.index(place) for place in one) for one in sets]
        return mixed(places, [weights[one] for one in at], tuple(made), self.join)
