"""Resized pictures kept in memory, where every worker finds them."""

from __future__ import annotations

import mmap

import numpy as np


class Cache:
    """Room for the pictures 0 … of a set of N, (height, width, 3) uint8 each, within `limit` bytes.

    Which pictures have room is fixed: the first ones. Workers that are forked share the memory, so each picture is
    resized once, and a page is taken when it is filled. Workers that are started otherwise fill a copy of their own.
    """

    def __init__(self, number: int, height: int, width: int, limit: int):
        self._arguments = number, height, width, limit
        size = height * width * 3
        self.room = max(0, min(number, limit // size))
        memory = mmap.mmap(-1, max(1, self.room * (size + 1)))  # anonymous, and shared with children
        self._pictures = np.frombuffer(memory, np.uint8, self.room * size).reshape(self.room, height, width, 3)
        self._filled = np.frombuffer(memory, np.uint8, self.room, self.room * size)

    def get(self, index: int) -> np.ndarray | None:
        """The picture (height, width, 3), or None when it is not there."""
        return self._pictures[index] if index < self.room and self._filled[index] else None

    def put(self, index: int, picture: np.ndarray) -> None:
        """Keep a picture, if it has room."""
        if index < self.room:
            self._pictures[index] = picture
            self._filled[index] = 1  # last: another process may look at any time

    def __reduce__(self) -> tuple[type[Cache], tuple[int, int, int, int]]:
        return Cache, self._arguments
