"""Scores from features: ours against the matrix product alone and an argsort per query, on one thread."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.data import people
from benchmarks.ratio import Goal, compare
from nasreid.evaluation.ranking import score

ROWS, COLUMNS = 512, 1024
SIZES = {"market": (1000, 15913, 750, 6), "msmt17": (11659, 82161, 3060, 15)}


def product(query, gallery, *_):
    """The blocked matrix product alone, float32."""
    query, gallery = torch.from_numpy(query), torch.from_numpy(gallery)
    out = torch.empty(ROWS * COLUMNS)
    for rows in query.split(ROWS):
        for columns in gallery.split(COLUMNS):
            torch.mm(rows, columns.T, out=out[: len(rows) * len(columns)].view(len(rows), len(columns)))


def argsort(query, gallery, q_ids, g_ids, q_cams, g_cams):
    """What one writes first: for each query its distances, their order, the camera rule, the average precision."""
    query, gallery = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (query, gallery))
    precision = []
    for vector, identity, camera in zip(query, q_ids, q_cams, strict=True):
        order = np.argsort(np.square(gallery - vector).sum(1), kind="stable")
        same = g_ids[order] == identity
        places = np.flatnonzero(same[~(same & (g_cams[order] == camera))])
        if len(places):
            precision.append(np.mean(np.arange(1, len(places) + 1) / (places + 1)))
    return float(np.mean(precision))


def ours(*problem):
    """CMC, mAP and mINP."""
    return score(*problem).map


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("name", "rounds", "most"), [
    ("market", 5, 1.5), pytest.param("msmt17", 3, 1.25, marks=pytest.mark.slow)])
def bench_scores(benchmark, one_thread, name, rounds, most):
    queries, gallery, identities, cameras = SIZES[name]
    problem = people(queries, gallery, identities, cameras=cameras)
    ways = {"ours": lambda: ours(*problem), "the matrix product alone": lambda: product(*problem)}
    goals = [Goal("the matrix product alone", "time", most)]
    if name == "market":
        ways["argsort of every query"] = lambda: argsort(*problem)
        goals.append(Goal("argsort of every query", "faster"))
    compare(benchmark, f"evaluation of {queries:,} queries × {gallery:,} × 512, one thread", ways, goals, rounds=rounds)


MEMORY = """
import sys
import torch
from benchmarks.data import people
from nasreid.evaluation.ranking import score
from nasreid.evaluation.reranking import Rerank

def gib(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 2**20

torch.set_num_threads(1)
what, queries, gallery, identities, cameras = sys.argv[1], *map(int, sys.argv[2:])
problem = people(queries, gallery, identities, cameras=cameras)
way = (lambda *given: score(*given)) if what == "score" else (lambda *given: Rerank()(*given[:2]))
way(*(part[:200] for part in problem))
open("/proc/self/clear_refs", "w").write("5")
before = gib("VmRSS")
way(*problem)
print(gib("VmHWM") - before, gib("VmHWM"))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("what", "sizes"), [("score", SIZES["msmt17"]), ("rerank", (3368, 15913, 751, 6))])
def bench_memory(benchmark, what, sizes):
    """Peak memory of a process of its own (Linux), beyond its features and in all: in the row's extra_info."""
    root = Path(__file__).parent.parent
    command = [sys.executable, "-c", MEMORY, what, *map(str, sizes)]
    benchmark.group = "peak memory, GiB"

    def measure():
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        beyond, whole = map(float, done.stdout.split())
        benchmark.extra_info.update(beyond_gib=round(beyond, 3), process_gib=round(whole, 3))
        print(f"{what} {sizes}: {beyond:.3f} GiB beyond the features, {whole:.3f} GiB in all")

    benchmark.pedantic(measure, rounds=1)
