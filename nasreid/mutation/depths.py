"""A part that is repeated as often as a decision says: `repeat`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import check_label, chosen_of

MOST = 1000  # blocks of one part


class OpenDepth(nn.Module):
    """A decision that nobody has made yet: how many of the blocks, its children, run one after the other."""

    def __init__(self, blocks: Sequence[nn.Module], label: str, depths: Sequence[int]):
        super().__init__()
        for at, block in enumerate(blocks):
            self.add_module(str(at), block)
        self.label, self.depths, self.names = label, list(depths), [str(depth) for depth in depths]

    def settled(self, candidate: str) -> nn.Module:
        """The first so many blocks."""
        return first(self, int(candidate))

    def reached(self, child: str) -> frozenset[str]:
        """The depths for which a block is part of the network."""
        return deep_enough(self.names, child)

    def forward(self, *inputs: object) -> NoReturn:
        """Refused: what is open has no output."""
        raise NasreidError(f"depth {self.label!r} is still open; expected a space that is relaxed into a supernet or "
                           "frozen into a network (relax, freeze)")


def repeat(label: str, make: Callable[[int], nn.Module], depths: int | Sequence[int]) -> nn.Module:
    """make(0), make(1), … one after the other, as many as the decision `label` says: 1 to `depths`, or one of `depths`.

    Each block gets what the one before returns; from the smallest depth on all return the same shape. What is deeper
    than chosen is no part of the network, and decisions in it do not exist. In a search all depths share their blocks,
    each of which runs once a step: the output is the weighted sum of what comes after each depth. Candidates are named
    by their digits.

    >>> from nasreid.mutation import decisions
    >>> blocks = repeat("stage1", lambda i: nn.Conv2d(16, 16, 3, padding=1), 3)
    >>> decisions(nn.Sequential(blocks))
    {'stage1': ['1', '2', '3']}

    Raises:
        NasreidError: the label is no text or holds "/", the depths are no different whole numbers from 0 on, or a block
            is no module.
    """
    check_label(label, "repeat")
    known = list(range(1, depths + 1)) if type(depths) is int else depths
    if (not isinstance(known, list | tuple) or not known or len(set(known)) < len(known)
            or any(type(depth) is not int or not 0 <= depth <= MOST for depth in known)):
        raise NasreidError(f"depths of repeat {label!r} are {depths!r}; expected a whole number from 1 on, or "
                           f"different whole numbers from 0 to {MOST}")
    chosen = chosen_of(label, map(str, known))
    blocks = [_made(label, make, at) for at in range(max(known) if chosen is None else int(chosen))]
    return OpenDepth(blocks, label, known) if chosen is None else nn.Sequential(*blocks)


def first(parts: nn.Module, depth: int) -> nn.Module:
    """So many of the numbered children of a module, one after the other."""
    return nn.Sequential(*(parts.get_submodule(str(at)) for at in range(depth)))


def deep_enough(names: Sequence[str], child: str) -> frozenset[str]:
    """The depths of which a numbered child is a part."""
    return frozenset(name for name in names if child.isdigit() and int(name) > int(child))


def _made(label: str, make: Callable[[int], nn.Module], at: int) -> nn.Module:
    block = make(at)
    if not isinstance(block, nn.Module):
        raise NasreidError(f"block {at} of repeat {label!r} is {block!r}; expected a module (torch.nn.Module)")
    return block
