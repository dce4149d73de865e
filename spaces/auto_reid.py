"""The space of Auto-ReID (ICCV 2019): cells of DARTS with a part-aware module among their operations."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.space import SearchSpace, choice, inputs
from nasreid.spaces.auto_reid_operations import OPERATIONS, Halved, ReLUConvBN, operation
from nasreid.spaces.blocks import Stem


class AutoReID(SearchSpace):
    """Two cells are searched, one that keeps the resolution and one that halves it; all cells of a kind are alike.

    A cell has two inputs, what the two cells before it made, and `nodes` nodes. A node is the sum of two of all that is
    before it in the cell, each by an operation of its own: which two, and which operations, is decided once for each
    kind, so that a decision stands for many layers. The nodes, joined, are what the cell makes. With four nodes and
    seven operations there are (180 · 7^8)^2 = 1,076,746,950,455,072,400 networks: 180 ways to take the inputs of a cell
    (1 · 3 · 6 · 10), 7^8 to fill its eight edges. An edge that is not taken has no operation to be decided.

    The cells, their operations and part-aware module (Quan et al., ICCV 2019) are as our description of the paper has
    them. Where it is silent this is assumed: ResNet's outline, that is a 7x7 stem with pooling and four stages, whose
    channels are 4 · 64 to 4 · 512 with four nodes; two cells in a stage, the first of which halves the resolution, but
    in the first stage; BatchNorms learn scale and shift while one searches, too; `none` may be what is found, and
    `operations` can leave it out.

    operations: candidates of every edge, and their order: max3, avg3, skip, sep3, dil3, part, none. depths: cells of
    each stage. width_multiplier scales all channels. last_stride: of the last stage, 2, or 1 for a finer resolution.
    parts: stripes of the part-aware module.

    >>> AutoReID(depths=(1, 1), width_multiplier=0.125, nodes=2).width
    32
    """

    def __init__(self, operations: Sequence[str] = OPERATIONS, depths: Sequence[int] = (2, 2, 2, 2),
                 width_multiplier: float = 1.0, nodes: int = 4, last_stride: int = 2, parts: int = 4):
        super().__init__()
        _check(operations, depths, width_multiplier, nodes, last_stride, parts)

        def edge(label: str, width: int, stride: int) -> nn.Module:
            def family(share: int) -> dict[str, nn.Module]:
                return {name: operation(name, width // share, stride, parts) for name in operations}

            return choice(label, family(1), narrow=family)

        def node(kind: str, number: int, width: int, stride: int) -> nn.Module:
            edges = [edge(f"{kind}.node{number}.input{at}", width, stride if at < 2 else 1) for at in range(number + 1)]
            return inputs(f"{kind}.node{number}.inputs", len(edges), 2, parts=edges) if number > 1 else Both(*edges)

        width = max(2, 2 * round(32 * width_multiplier))
        self.stem, self.cells = Stem(width), nn.ModuleList()
        seen, halved = (width, width), False
        for stage, depth in enumerate(depths):
            for at in range(depth):
                kind = "reduction" if stage and not at else "normal"
                stride = (last_stride if stage == len(depths) - 1 else 2) if kind == "reduction" else 1
                own = width * 2**stage
                self.cells.append(Cell(seen, own, [node(kind, number, own, stride) for number in range(1, nodes + 1)],
                                       halved))
                seen, halved = (seen[1], nodes * own), stride == 2
        self.width = seen[1]

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> (N, D, H/32, W/32) of four stages, D = width."""
        before = last = self.stem(images)
        for cell in self.cells:
            before, last = last, cell(before, last)
        return last


class Cell(nn.Module):
    """What the two cells before made, each by a 1x1 convolution to C = `width` channels; the nodes; all nodes joined.

    channels: of the two inputs. halved: the first of them has twice the resolution of the second.
    """

    def __init__(self, channels: tuple[int, int], width: int, nodes: Sequence[nn.Module], halved: bool):
        super().__init__()
        self.first = (Halved if halved else ReLUConvBN)(channels[0], width)
        self.second = ReLUConvBN(channels[1], width)
        self.nodes = nn.ModuleList(nodes)

    def forward(self, before: Tensor, last: Tensor) -> Tensor:
        """(N, B, H', W') and (N, L, H, W) -> (N, nodes * C, h, w), half the resolution where the cell halves it."""
        states = [self.first(before), self.second(last)]
        for node in self.nodes:
            states.append(node(*states))
        return torch.cat(states[2:], 1)


class Both(nn.Module):
    """The sum of two edges: in the first node nothing is left to choose from."""

    def __init__(self, first: nn.Module, second: nn.Module):
        super().__init__()
        self.first, self.second = first, second

    def forward(self, before: Tensor, last: Tensor) -> Tensor:
        """Twice (N, C, H, W) -> (N, C, h, w)."""
        return self.first(before) + self.second(last)


def _check(operations: Sequence[str], depths: Sequence[int], multiplier: float, nodes: int, last_stride: int,
           parts: int) -> None:
    unknown = [name for name in operations if name not in OPERATIONS]
    if unknown or not operations or len(set(operations)) < len(operations):
        raise NasreidError(f"operations {list(operations)!r}: expected a choice of {', '.join(OPERATIONS)}, each once")
    if not depths or any(type(depth) is not int or depth < 1 for depth in depths):
        raise NasreidError(f"depths {list(depths)!r}: expected the number of cells in each stage, from 1 on")
    if not multiplier > 0 or type(nodes) is not int or not 1 <= nodes <= 8 or last_stride not in (1, 2):
        raise NasreidError(f"AutoReID(width_multiplier={multiplier!r}, nodes={nodes!r}, last_stride={last_stride!r}): "
                           "expected a number above 0, 1 to 8, and 1 or 2")
    if type(parts) is not int or parts < 1:
        raise NasreidError(f"parts {parts!r}: expected a whole number from 1 on")
