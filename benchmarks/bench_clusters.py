"""Clusters of images without labels against the dense way in numpy, and what 20,000 images cost in memory.

The dense way is the algorithm of `benchmarks.bench_rerank` on whole matrices, and DBSCAN on all of its distances. Peak
memory is that of a process of its own (Linux), beyond what it held with the features. And what clustering adds to an
epoch: one without labels against one with labels of the same network, images and steps.

    python -m benchmarks.bench_clusters 100000      # images: seconds and GiB of one clustering
"""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from benchmarks.bench_rerank import dense
from benchmarks.data import people
from benchmarks.ratio import Goal, compare, note
from nasreid.data.batches.transforms import Augment
from nasreid.data.datasets import read
from nasreid.data.people.synthesize import synthesize
from nasreid.evaluation.clustering import Clustering, in_order
from nasreid.experiments.peak import grown
from nasreid.genotype import Genotype
from nasreid.optimisers import WeightOptimiser
from nasreid.training.engine import Budget, Engine
from nasreid.training.retrain import Retrain
from nasreid.training.unlabelled import Clusters, Unlabelled

IMAGES, LIMIT = 6_000, 1.5  # GiB; the dense way takes 2 GiB for so many, and a minute
SLOTS = ("stage1.slot1", "stage1.slot2", "stage2.slot1", "stage2.slot2", "stage3.slot1")
EPOCHS, HEIGHT, WIDTH = 2, 64, 32


def crowd(images: int) -> tuple[np.ndarray, np.ndarray]:
    """vectors (N, 512) and cameras (N,): about seventeen images of each identity, as on Market-1501."""
    vectors, _, _, _, cameras, _ = people(images, 1, images // 17)
    return vectors, cameras


def dense_clusters(vectors: np.ndarray, cameras: np.ndarray) -> np.ndarray:
    """All distances, then DBSCAN."""
    from sklearn.cluster import DBSCAN

    distances = dense(vectors, vectors[:0], k1=30, weight=0.0, every=True)
    found = DBSCAN(eps=0.6, min_samples=4, metric="precomputed").fit(np.maximum(distances, 0))
    return in_order(found.labels_)


def bench_clusters(benchmark):
    given, few = crowd(IMAGES), crowd(600)
    assert (Clustering()(*few) == dense_clusters(*few)).all()
    ways = {"ours": lambda: Clustering()(*given), "dense numpy": lambda: dense_clusters(*given)}
    work = f"clusters of {IMAGES:,} images, 512 values"
    compare(benchmark, work, ways, [Goal("dense numpy", "faster", 5)], rounds=1, warmup=0)


def bench_memory(benchmark):
    work = "clusters of 20,000 images, 512 values: GiB beyond the features"
    benchmark.group = work
    found = benchmark.pedantic(lambda: measured(20_000), rounds=1)
    note(benchmark, work, Goal(f"{LIMIT} GiB", "memory", 1), found[1] / LIMIT)


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    root = tmp_path_factory.mktemp("people")
    synthesize(root, test_identities=1, height=HEIGHT, width=WIDTH)
    return read("market1501", root).query("split == 'train'").reset_index(drop=True)


def bench_epochs(benchmark, frame):
    run = Retrain(Genotype("Micro", {}, dict.fromkeys(SLOTS, "conv3")), neck="bnneck",
                  optimiser=WeightOptimiser(0.01, kind="adam"), budget=Budget(EPOCHS, 16, 4, HEIGHT, WIDTH),
                  augment=Augment(HEIGHT, WIDTH, pad=4, erase=0.0), engine=Engine(device="cpu", quiet=True))
    steps = len(run.plan(frame))
    own = Unlabelled(run, Clusters(Clustering(eps=0.5, k1=20), epoch_steps=steps // EPOCHS, alone=True))
    ways = {"ours": lambda: own.train(frame), "with labels": lambda: run.train(frame)}
    compare(benchmark, f"epochs without labels of Micro, {len(frame):,} images", ways, [Goal("with labels", "time")],
            rounds=3)


def measured(images: int) -> tuple[float, float]:
    """(seconds, GiB beyond the features) of one clustering, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_clusters", str(images)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, gib = told.stdout.split()[:2]
    return float(seconds), float(gib)


def main(images: int) -> None:
    vectors, cameras = crowd(images)
    Clustering()(vectors[:200], cameras[:200])  # what is loaded once
    begun, made = time.perf_counter(), []
    more = grown(lambda: made.append(Clustering()(vectors, cameras)))
    (found,) = made
    print(f"{time.perf_counter() - begun:.1f} {more / 2**30:.3f} seconds and GiB: {images} images, "
          f"{found.max() + 1} clusters, {(found < 0).sum()} in none")


if __name__ == "__main__":
    main(int(sys.argv[1]))
