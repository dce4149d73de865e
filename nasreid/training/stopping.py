"""Candidates whose weights stop learning, once what teaches them no longer serves the validation images.

Operation-level early stopping (OLES; Jiang et al., NeurIPS 2023, section 3.2): a candidate has begun to fit the
training images alone when the gradients of its weights in both steps point apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.mutation import Supernet
from nasreid.mutation.mixed import MixedChoice
from nasreid.mutation.mixed_value import MixedValue
from nasreid.ranges import real, whole


@dataclass(frozen=True)
class Stopping:
    """Whether candidates stop learning one by one."""

    stop_below: Annotated[float | None, "cosine between the gradients of a candidate's weights in both steps, below "
                                        "which they stop learning, such as 0.3; default: never"] = None
    stop_window: Annotated[int, "steps over which that is averaged"] = 20

    def __post_init__(self) -> None:
        real(self, -1, 1, "stop_below")
        whole(self, 1, 1_000_000, "stop_window")

    def of(self, supernet: Supernet) -> Stopped | None:
        """What watches the candidates of a supernet; None where none shall stop.

        Raises:
            NasreidError: no candidate has weights of its own.
        """
        if self.stop_below is None:
            return None
        found = Stopped(owners(supernet), self.stop_below, self.stop_window)
        if not found.owners:
            raise NasreidError(f"stop_below is {self.stop_below}, and no candidate has weights of its own; expected "
                               "none")
        return found


def owners(supernet: Supernet) -> dict[str, list[nn.Parameter]]:
    """{"path=candidate": its weights}, of candidates that have some; numbers share theirs and are left out."""
    alphas = {id(alpha) for alpha in supernet.alphas().values()}
    found: dict[str, list[nn.Parameter]] = {}
    for path, module in supernet.space.named_modules():
        if isinstance(module, MixedChoice) and not isinstance(module, MixedValue):
            for name in map(str, module.names):
                weights = [weight for weight in module[name].parameters() if id(weight) not in alphas]
                if weights:
                    found[f"{path}={name}"] = weights
    return found


class Stopped(nn.Module):
    """Which candidates have stopped, and the means that decide about the others. Its state is that of a run.

    owners {name of a candidate: its weights}, G of them; a candidate stops where its mean cosine over `window` steps is
    below `least`. Steps in which it had no gradient do not count.
    """

    sums: Tensor
    counts: Tensor
    stopped: Tensor

    def __init__(self, owners: dict[str, list[nn.Parameter]], least: float, window: int):
        super().__init__()
        self.owners, self.least, self.window = owners, least, window
        for name, start in (("sums", 0.0), ("counts", 0.0), ("stopped", False)):
            self.register_buffer(name, torch.full((len(owners),), start))
        self.register_buffer("steps", torch.tensor(0))
        self._seen = 0
        self._first: list[list[Tensor | None]] = []
        self._off: list[nn.Parameter] | None = None
        self.register_load_state_dict_post_hook(lambda module, _: setattr(module, "_off", None))

    def off(self) -> list[nn.Parameter]:
        """The weights that learn no more."""
        if self._off is None:  # at the start, after a restart, and where a window has ended
            self._seen = int(self.get_buffer("steps"))
            self._off = [weight for weights, stopped in zip(self.owners.values(), self.stopped.tolist(), strict=True)
                         if stopped for weight in weights]
        return self._off

    def watched(self) -> list[nn.Parameter]:
        """The weights that still learn, each once."""
        gone = {id(weight) for weight in self.off()}
        return list({id(weight): weight for weights in self.owners.values() for weight in weights
                     if id(weight) not in gone}.values())

    def take(self) -> None:
        """Note the gradients of one step and take them away; the second step of an iteration is compared with them."""
        found = [[weight.grad for weight in weights] for weights in self.owners.values()]
        for weight in (weight for weights in self.owners.values() for weight in weights):
            weight.grad = None
        if not self._first:
            self._first = found
            return
        cosines, there = cosines_of(self._first, found, self.sums)
        self.sums += torch.where(there, cosines, 0.0)
        self.counts += there
        self._first = []
        self._count()

    def _count(self) -> None:
        self.off()
        self._seen += 1
        self.get_buffer("steps").fill_(self._seen)
        if self._seen % self.window:
            return
        apart = (self.counts > 0) & (self.sums < self.least * self.counts)
        self.stopped |= apart
        self.sums.zero_()
        self.counts.zero_()
        self._off = None  # the device is waited for, once in a window

    def number(self) -> int:
        """How many candidates have stopped."""
        gone = {id(weight) for weight in self.off()}
        return sum(id(weights[0]) in gone for weights in self.owners.values())


def cosines_of(first: list[list[Tensor | None]], second: list[list[Tensor | None]],
               like: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of G candidates in two steps -> their cosines (G,), and where there is one (G,) bool."""
    rows = []
    for one, two in zip(first, second, strict=True):
        pairs = [(a.detach().flatten().to(like), b.detach().flatten().to(like)) for a, b in zip(one, two, strict=True)
                 if a is not None and b is not None]
        if not pairs:
            rows.append(like.new_zeros(3))
            continue
        a, b = (torch.cat(side) for side in zip(*pairs, strict=True))
        rows.append(torch.stack([a @ b, a @ a, b @ b]))
    products, own, other = torch.stack(rows).unbind(1)
    there = (own > 0) & (other > 0)
    return products / (own * other).sqrt().clamp_min(1e-30), there
