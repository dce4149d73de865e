"""Is a MATLAB file of version 5 to 7 whole, and how much is in it? scipy's reader crashes on some torn ones, and
unpacks whatever a file holds."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator

MATRIX, COMPRESSED, UTF8 = 14, 15, 16
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, UTF8: 1, 17: 2, 18: 4}  # bytes of a number
COMPLEX = 0x800
CELL, STRUCT, CHAR, NUMBERS = 1, 2, 4, range(6, 16)  # classes of arrays
DEEP = 8  # cells in cells
UNPACKED = 2**28  # bytes in memory, of numbers and texts in all: 256 MiB
ARRAYS = 2**20  # cells in all
HEAD = 5  # elements of an array before its cells


class TooMuch(Exception):
    """A file that unpacks to more than `UNPACKED` bytes or `ARRAYS` cells."""


class _Room:
    """What is left of the limits."""

    def __init__(self) -> None:
        self.inflated = self.unpacked = UNPACKED
        self.arrays = ARRAYS

    def inflate(self, body: bytes) -> bytes:
        """A compressed variable."""
        stream = zlib.decompressobj()
        content = stream.decompress(body, self.inflated + 1)
        self.inflated -= len(content)
        self._check()
        if not stream.eof:
            raise ValueError("a stream without its end")
        return content

    def take(self, arrays: int, numbers: int) -> None:
        """Numbers are perhaps kept in less than the 8 bytes that they have in memory."""
        self.arrays -= arrays
        self.unpacked -= 8 * numbers
        self._check()

    def _check(self) -> None:
        if self.arrays < 0:
            raise TooMuch(f"more than {ARRAYS} cells")
        if self.inflated < 0 or self.unpacked < 0:
            raise TooMuch(f"more than {UNPACKED} bytes")


def sound(data: bytes) -> bool:
    """Does every element lie within its parent, and has every array as many numbers as its sizes say?

    Raises TooMuch, before that much is unpacked.
    """
    order, room = {b"IM": "<", b"MI": ">"}.get(data[126:128]), _Room()
    try:
        return order is not None and all(_matrix(body, order, 0, room) for body in _variables(data[128:], order, room))
    except (ValueError, IndexError, struct.error, zlib.error):
        return False


def _variables(data: bytes, order: str, room: _Room) -> Iterator[bytes]:
    for kind, body in _elements(data, order):
        inner = list(_elements(room.inflate(body), order)) if kind == COMPRESSED else [(kind, body)]
        if [kind for kind, _ in inner] != [MATRIX]:
            raise ValueError("something else than one array")
        yield inner[0][1]


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """(type, content) one after the other; a small one keeps its size in the upper half of the type."""
    place = found = 0
    while place < len(data):
        found += 1
        if found > ARRAYS + HEAD:
            raise TooMuch(f"more than {ARRAYS} cells")
        kind, size = struct.unpack_from(f"{order}II", data, place)
        small = kind >> 16
        start, size = (place + 4, small) if small else (place + 8, size)
        if small > 4 or start + size > len(data):
            raise ValueError("an element longer than its parent")
        yield kind & 0xFFFF, data[start:start + size]
        place = place + 8 if small else start + size + (0 if kind == COMPRESSED else -size % 8)


def _matrix(body: bytes, order: str, depth: int, room: _Room) -> bool:
    if not body:
        return True
    (_, flags), (_, sizes), _, *rest = _elements(body, order)
    (bits,), dimensions = struct.unpack_from(f"{order}I", flags), struct.unpack(f"{order}{len(sizes) // 4}i", sizes)
    kind, count = bits & 0xFF, math.prod(dimensions)
    if depth > DEEP or len(flags) != 8 or len(dimensions) < 2 or min(dimensions) < 0:
        return False
    if kind == STRUCT:
        (length,), names = struct.unpack(f"{order}i", rest[0][1]), rest[1][1]
        if length < 1 or len(names) % length:
            return False
        rest, count, kind = rest[2:], count * (len(names) // length), CELL
    if kind == CELL:
        room.take(len(rest), 0)
        return len(rest) == count and all(k == MATRIX and _matrix(inner, order, depth + 1, room) for k, inner in rest)
    if kind not in (CHAR, *NUMBERS) or len(rest) != (2 if bits & COMPLEX else 1):
        return False
    if not all(k in SIZES and (k == UTF8 or len(inner) == count * SIZES[k]) for k, inner in rest):
        return False
    room.take(0, count * len(rest))  # of UTF-8 as well: scipy fills up what is missing
    return True
