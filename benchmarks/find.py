"""nasreid find against a plain product: a million features on the disk, `python -m benchmarks.find [ROWS] [WIDTH]`.

Ten pictures of each of ROWS / 10 identities. Prints time and the growth of the process's peak memory, each way in a
process of its own, and how many of the nearest it finds; with faiss-cpu the approximate search, too.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from nasreid.evaluation.approximate import approximate
from nasreid.evaluation.nearest import nearest
from nasreid.experiments.peak import grown

QUERIES, TOP, PICTURES, NOISE = 10, 10, 10, 0.5


def ours(gallery: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The rows of the nearest (Q, K)."""
    return nearest(query, gallery, TOP).rows


def plain(gallery: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The same by one product over all, in float32."""
    everything = np.array(gallery)
    everything /= np.linalg.norm(everything, axis=1, keepdims=True)
    query = query / np.linalg.norm(query, axis=1, keepdims=True)
    return np.argsort(-(query @ everything.T), axis=1, kind="stable")[:, :TOP]


def indexed(index: str, gallery: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The same by an index, which is made where it is not there."""
    return approximate(index, gallery).nearest(query, TOP).rows


def measured(find, path: str, query: np.ndarray, into) -> None:
    """Seconds by the clock and of the processor, MiB of peak memory beyond the start, and what was found."""
    nearest(query, query, 1)  # loads what all need
    gallery, found = np.load(path, mmap_mode="r"), []
    start, worked = time.perf_counter(), time.process_time()
    memory = grown(lambda: found.append(find(gallery, query)))
    into.put((time.perf_counter() - start, time.process_time() - worked, memory / 2**20, found[0]))


def draw(path: str, rows: int, width: int) -> np.ndarray:
    """Write the gallery, and give queries (Q, D) of its first identities."""
    rng = np.random.default_rng(0)
    table = np.lib.format.open_memmap(path, "w+", np.float32, (rows, width))
    query = np.zeros((QUERIES, width), np.float32)
    for at in range(0, rows, 10_000):
        number = min(10_000, rows - at)
        centres = rng.standard_normal((-(-number // PICTURES), width), np.float32)
        noise = NOISE * rng.standard_normal((number, width), np.float32)
        table[at : at + number] = np.repeat(centres, PICTURES, 0)[:number] + noise
        if not at:
            query = centres[:QUERIES] + NOISE * rng.standard_normal((QUERIES, width), np.float32)
    return query


def main(rows: int = 1_000_000, width: int = 512) -> None:
    """Draw the features, find, print."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path, index = str(Path(folder) / "f.npy"), str(Path(folder) / "f.faiss")
        query, exact = draw(path, rows, width), None
        ways = {"plain product": plain, "nasreid find": ours}
        if importlib.util.find_spec("faiss") is not None:
            ways |= {"make an index": partial(indexed, index), "find by index": partial(indexed, index)}
        for name, find in ways.items():
            into = context.Queue()
            process = context.Process(target=measured, args=(find, path, query, into))
            process.start()
            seconds, worked, memory, found = into.get()
            process.join()
            exact = found if exact is None else exact
            shared = np.mean([len(set(a) & set(b)) / TOP for a, b in zip(found, exact, strict=True)])
            print(f"{name:14} {QUERIES} queries in {rows:,} x {width}: {seconds:7.2f} s ({worked:7.2f} s of a core), "
                  f"{memory:7.0f} MiB, {100 * shared:.0f} % of the nearest {TOP}", flush=True)
        if Path(index).exists():
            print(f"the index takes {os.path.getsize(index) / 2**20:,.0f} MiB on the disk")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
