"""The nearest of a large gallery by an index of faiss that is made once: who is missed is the price of the speed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nasreid.errors import NasreidError
from nasreid.evaluation.distances import unit
from nasreid.evaluation.nearest import ROWS, Nearest, checked, measured, part
from nasreid.files import ordinary, write

SAMPLE = 40  # rows for each cell that the cells are made from: faiss wants 39 at least
MOST_CELLS = 4096
WITNESSES = 8  # rows of the gallery that must find themselves


@dataclass(frozen=True)
class Approximate:
    """An inverted file over a gallery (G, D), and that gallery: about sqrt(G) cells, a byte a number.

    Of each query the `probes` nearest cells are looked through. Jégou et al., Product quantization for nearest neighbor
    search, TPAMI 2011, section IV, with a scalar quantiser in place of the products.
    """

    index: Any
    gallery: np.ndarray
    probes: int = 32

    def nearest(self, query: np.ndarray, top: int = 10) -> Nearest:
        """Rows of the gallery near to each query (Q, D), as `nasreid.evaluation.nearest` has them: their distances are
        measured anew, so they are true; somebody nearer may be missed."""
        checked(query, self.gallery, top)
        self.index.nprobe = min(self.probes, self.index.nlist)
        wide = min(len(self.gallery), 4 * top)  # bytes err: who is among the first ones is seen by measuring
        found = self.index.search(unit(np.ascontiguousarray(query, np.float32)), wide)[1]  # (Q, wide), -1: no more
        if found.max() >= len(self.gallery):
            raise NasreidError(f"the index names row {found.max()} of a gallery of {len(self.gallery)}: it is damaged; "
                               "remove it, and it is made anew")
        some = [measured(one, self.gallery, np.sort(rows[rows >= 0]), top)
                for one, rows in zip(query, found, strict=True)]
        short = min(len(rows) for rows, _ in some)
        if short < top:
            raise NasreidError(f"{short} of {top} neighbours are in {self.index.nprobe} of {self.index.nlist} cells; "
                               "expected a smaller top, more probes, or an exact search")
        return Nearest(np.stack([rows for rows, _ in some]), np.stack([far for _, far in some]))


def approximate(path: str | Path, gallery: np.ndarray, probes: int = 32) -> Approximate:
    """The index in the file, which is made and written where there is none.

    Raises:
        NasreidError: faiss is not installed, or the file is damaged or of another gallery.
    """
    if importlib.util.find_spec("faiss") is None:
        raise NasreidError("an approximate search needs the package faiss-cpu, which is not installed; expected pip "
                           "install 'nasreid[find]', or an exact search")
    import faiss

    place = ordinary(path, "index")
    if not place.exists():
        made = _made(faiss, gallery)
        write(place, lambda draft: faiss.write_index(made, str(draft)))
    try:
        found = faiss.read_index(str(place))
    except RuntimeError as error:  # faiss has no class of its own
        raise NasreidError(f"index {str(path)!r} cannot be read ({' '.join(str(error).split())[:120]}); expected one "
                           "that nasreid find made") from error
    own = Approximate(found, gallery, probes)
    _check(own, str(path))
    return own


def _made(faiss: Any, gallery: np.ndarray) -> Any:
    number, width = gallery.shape
    cells = int(np.clip(np.sqrt(number), 1, MOST_CELLS))
    flat = faiss.IndexFlatIP(width)
    index = faiss.IndexIVFScalarQuantizer(flat, width, cells, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    index.cp.min_points_per_centroid = 1  # of a small gallery, too, without a warning
    chosen = np.zeros(number, bool)
    chosen[np.random.default_rng(0).permutation(number)[: SAMPLE * cells]] = True
    # from the first row to the last, as a disk likes it
    sample = [rows[chosen[start : start + ROWS]] for start, rows in _parts(gallery)]
    index.train(np.concatenate(sample))
    for _, rows in _parts(gallery):
        index.add(rows)
    return index


def _parts(gallery: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """(first row, directions (ROWS, D) of the rows from there on), one after the other."""
    for start in range(0, len(gallery), ROWS):
        yield start, _directions(part(gallery, start))


def _directions(rows: np.ndarray) -> np.ndarray:
    found = unit(np.asarray(rows, np.float32))
    if not np.isfinite(found).all():
        raise NasreidError("features of the gallery: not all are finite; expected numbers")
    return found


def _check(found: Approximate, source: str) -> None:
    number, width = found.gallery.shape
    index, kind = found.index, type(found.index).__name__
    if kind != "IndexIVFScalarQuantizer" or (index.ntotal, index.d) != (number, width):
        raise NasreidError(f"index {source!r} is an {kind} of {index.ntotal} x {index.d}; expected one that nasreid "
                           f"find made of this gallery, {number} x {width}")
    rows = np.linspace(0, number - 1, min(number, WITNESSES)).astype(int)
    near = found.nearest(np.asarray(found.gallery[rows]), 1)
    if (near.distances > 1e-3).any():
        row = int(rows[int(np.argmax(near.distances[:, 0]))])
        raise NasreidError(f"index {source!r} does not find row {row} of the gallery; expected the index of this very "
                           "gallery: remove it, and it is made anew")
