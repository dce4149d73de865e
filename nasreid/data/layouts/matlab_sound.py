"""Is a MATLAB file of version 5 to 7 whole? scipy's reader crashes the process on some torn ones."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator

MATRIX, COMPRESSED, UTF8 = 14, 15, 16
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, UTF8: 1, 17: 2, 18: 4}  # bytes of a number
CELL, STRUCT, CHAR, NUMBERS = 1, 2, 4, range(6, 16)  # classes of arrays
DEEP = 8  # cells in cells


def sound(data: bytes) -> bool:
    """Does every element lie within its parent, and has every array as many numbers as its sizes say?"""
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    try:
        return order is not None and all(_matrix(body, order, 0) for body in _variables(data[128:], order))
    except (ValueError, IndexError, struct.error, zlib.error):
        return False


def _variables(data: bytes, order: str) -> Iterator[bytes]:
    for kind, body in _elements(data, order):
        inner = list(_elements(zlib.decompress(body), order)) if kind == COMPRESSED else [(kind, body)]
        if [kind for kind, _ in inner] != [MATRIX]:
            raise ValueError("something else than one array")
        yield inner[0][1]


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """(type, content) one after the other; a small one keeps its size in the upper half of the type."""
    place = 0
    while place < len(data):
        kind, size = struct.unpack_from(f"{order}II", data, place)
        small = kind >> 16
        start, size = (place + 4, small) if small else (place + 8, size)
        if small > 4 or start + size > len(data):
            raise ValueError("an element longer than its parent")
        yield kind & 0xFFFF, data[start:start + size]
        place = place + 8 if small else start + size + (0 if kind == COMPRESSED else -size % 8)


def _matrix(body: bytes, order: str, depth: int) -> bool:
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
        return len(rest) == count and all(k == MATRIX and _matrix(inner, order, depth + 1) for k, inner in rest)
    if kind not in (CHAR, *NUMBERS) or len(rest) != (2 if bits & 0x800 else 1):
        return False
    return all(k in SIZES and (k == UTF8 or len(inner) == count * SIZES[k]) for k, inner in rest)
