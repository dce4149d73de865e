"""nasreid find against a plain product: a million features on the disk, `python -m benchmarks.find [ROWS] [WIDTH]`.

Prints time and the growth of the process's peak memory, of both in processes of their own, and whether they agree.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from nasreid.evaluation.nearest import nearest

QUERIES, TOP = 10, 10


def ours(gallery: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The rows of the nearest (Q, K)."""
    return nearest(query, gallery, TOP).rows


def plain(gallery: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The same by one product over all, in float32."""
    everything = np.array(gallery)
    everything /= np.linalg.norm(everything, axis=1, keepdims=True)
    query = query / np.linalg.norm(query, axis=1, keepdims=True)
    return np.argsort(-(query @ everything.T), axis=1, kind="stable")[:, :TOP]


def measured(find, path: str, query: np.ndarray, into) -> None:
    """Seconds, MiB of peak memory beyond the start, and what was found."""
    gallery, before = np.load(path, mmap_mode="r"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    found = find(gallery, query)
    into.put((time.perf_counter() - start, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, found))


def main(rows: int = 1_000_000, width: int = 512) -> None:
    """Draw the features, find, print."""
    rng, context = np.random.default_rng(0), multiprocessing.get_context("spawn")
    query = rng.normal(size=(QUERIES, width)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "f.npy")
        table = np.lib.format.open_memmap(path, "w+", np.float32, (rows, width))
        for at in range(0, rows, 10_000):
            table[at : at + 10_000] = rng.standard_normal((min(10_000, rows - at), width), np.float32)
        del table
        results = []
        for name, find in (("plain product", plain), ("nasreid find", ours)):
            into = context.Queue()
            process = context.Process(target=measured, args=(find, path, query, into))
            process.start()
            seconds, memory, found = into.get()
            process.join()
            results.append(found)
            print(f"{name:14} {QUERIES} queries in {rows:,} x {width}: {seconds:6.2f} s, {memory:7.0f} MiB")
    print("same rows" if np.array_equal(*results) else "rows differ")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
