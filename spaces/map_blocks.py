"""Maps in blocks that stay in a processor's cache, in either memory format, without a copy."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

BLOCK = 2**18  # elements that are worked on at once on a CPU: a dozen maps of them stay in its last cache
Block = tuple[slice, slice]


class Blocks:
    """How maps of the shape and memory format of one are cut: (N, C, L) or, channels last, (N, L, C), L = H * W.

    `dim` is where the positions are. Vectors are (..., N, C) whatever the format. exact: the type that sums are in.
    """

    def __init__(self, maps: Tensor, exact: torch.dtype):
        self.shape, self.exact, self.device = maps.shape, exact, maps.device
        last = not maps.is_contiguous() and maps.is_contiguous(memory_format=torch.channels_last)
        self.format = torch.channels_last if last else torch.contiguous_format
        self.dim = 1 if last else 2
        self.positions = maps.shape[2] * maps.shape[3]
        self.all = list(self._cut())

    def view(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, L) or (N, L, C)."""
        maps = maps.contiguous(memory_format=self.format)
        return maps.flatten(2) if self.dim == 2 else maps.permute(0, 2, 3, 1).flatten(1, 2)

    def back(self, view: Tensor) -> Tensor:
        """The inverse of `view`."""
        n, c, h, w = self.shape
        return view.view(self.shape) if self.dim == 2 else view.view(n, h, w, c).permute(0, 3, 1, 2)

    def over(self, block: Block, vectors: Tensor) -> Tensor:
        """(..., N, C) -> what belongs to a block, ready to be multiplied with it."""
        return self.place(block, vectors).unsqueeze(self.dim - 3)

    def place(self, block: Block, vectors: Tensor) -> Tensor:
        """(..., N, C) -> where sums over the positions of a block belong."""
        images, rows = block
        return vectors[..., images, rows] if self.dim == 2 else vectors[..., images, :]

    def scratch(self, number: int) -> Tensor:
        """Room (number, elements of a block), to be used again and again: memory that is warm."""
        images, rows = self.all[0]
        length = self.positions if self.dim == 2 else self.shape[1]
        size = (images.stop - images.start) * (rows.stop - rows.start) * length
        return torch.empty((number, size), dtype=self.exact, device=self.device)

    def _cut(self) -> Iterator[Block]:
        images, rows, length = self.shape[0], self.shape[1], self.positions
        if self.dim == 1:
            rows, length = length, rows
        size = BLOCK if self.device.type == "cpu" else self.shape.numel()
        some = max(1, size // (rows * length))
        step = rows if some > 1 else min(rows, max(1, size // length))
        for image in range(0, images, some):
            for row in range(0, rows, step):
                yield slice(image, min(image + some, images)), slice(row, min(row + step, rows))


def shaped(room: Tensor, block: Tensor) -> Tensor:
    """Room (..., elements) -> as much of it as a block of that shape needs, whatever it holds."""
    return room[..., : block.numel()].unflatten(-1, block.shape)
