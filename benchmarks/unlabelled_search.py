"""python -m benchmarks.unlabelled_search: searches of the micro space without labels, judged by its table of truth.

Twins Contrastive Mechanism over clusters, with about as many images as the searches of the recipe `micro` show. One
line of the CSV file for each seed; a random network is 15.10 behind the best of the table.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import pandas as pd

from nasreid.arguments import Options
from nasreid.data.batches.transforms import Augment
from nasreid.data.datasets import read
from nasreid.evaluation.clustering import Clustering
from nasreid.evaluation.statistics import interval
from nasreid.experiments.truth import Truth
from nasreid.optimisers import WeightOptimiser
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search
from nasreid.training.unlabelled import Clusters
from nasreid.training.unlabelled_search import UnlabelledSearch

HEIGHT, WIDTH, EPOCHS, STEPS = 64, 32, 10, 10  # two halves of 64 images a step: 12,800
COLUMNS = ("seed", "init", "regret", "unseen_regret", "clusters", "outliers", "pair_f", "seconds", "choices")


def search(seed: int, init: str | None) -> UnlabelledSearch:
    optimiser = WeightOptimiser(lr=0.025, kind="adam", schedule="cosine", warmup_epochs=1)
    run = Search("Micro", seed=seed, init=init, budget=Budget(EPOCHS, 16, 4, HEIGHT, WIDTH), optimiser=optimiser,
                 augment=Augment(HEIGHT, WIDTH, pad=4, erase=0.3, jitter=(0.3, 0.3, 0.3, 0.05)),
                 engine=Engine(device="cpu", quiet=True))
    return UnlabelledSearch(run, Clusters(Clustering(eps=0.6, k1=20, camera_aware=True), STEPS, 2, after_neck=False))


def line(seed: int, init: str | None, frame: pd.DataFrame, truths: list[Truth]) -> Options:
    begun = time.process_time()
    found = search(seed, init).find(frame)
    last = found.history.metrics.groupby("name", sort=False)["value"].last()
    regrets = [float(truth.by_seed.mean(1).max() - truth.score(found.genotype.choices)) for truth in truths]
    return {"seed": seed, "init": init or "", "regret": round(regrets[0], 3), "unseen_regret": round(regrets[1], 3),
            **{name: round(last[name], 4) for name in ("clusters", "outliers", "pair_f")},
            "seconds": round(time.process_time() - begun, 1), "choices": "/".join(found.genotype.choices.values())}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unlabelled_search", description=__doc__)
    parser.add_argument("--data", default="people")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/unlabelled-search.csv"))
    parser.add_argument("--init", help="weights of a supernet to start from")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args(arguments)
    frame, truths = read("market1501", given.data), [Truth.load("micro"), Truth.load("micro", "unseen mAP")]
    if not given.output.exists():
        given.output.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    done = set(pd.read_csv(given.output)["seed"])
    for seed in sorted(set(range(given.seeds)) - done):
        with open(given.output, "a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, COLUMNS, lineterminator="\n").writerow(line(seed, given.init, frame, truths))
    found = pd.read_csv(given.output)["regret"].to_numpy()
    low, high = interval(found)
    print(f"regret {found.mean():.2f} ({low:.2f} to {high:.2f}) over {len(found)} seeds")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
