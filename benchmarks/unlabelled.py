"""python -m benchmarks.unlabelled: what training without labels is worth on the embedded people, as a table.

Source: domain 0, with labels. Target: domain 1, the same test people before other cameras in other places. Rows:
untrained; source only; unlabelled, from fresh weights on the target; adapted, from the source's weights; trained with
the target's labels. Every row of a seed has the same steps of the same size, but for the adaptation, which has half of
them on top of the source's. Goes on where it was cut off: one line of the CSV file for each score.

    nasreid data synthesize --root people --height 64 --width 32
    nasreid data synthesize --root elsewhere --domain 1 --height 64 --width 32
    python -m benchmarks.unlabelled --source people --target elsewhere --output benchmarks/unlabelled.csv
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from nasreid.arguments import Options
from nasreid.data.batches.transforms import Augment
from nasreid.data.datasets import read
from nasreid.evaluation.clustering import Clustering
from nasreid.evaluation.evaluate import evaluate
from nasreid.evaluation.statistics import paired, summary
from nasreid.genotype import Genotype
from nasreid.network.catalogue import find
from nasreid.network.network import Network
from nasreid.network.weights import save_weights
from nasreid.optimisers import WeightOptimiser
from nasreid.training.engine import Budget, Engine
from nasreid.training.history import History
from nasreid.training.retrain import Retrain
from nasreid.training.unlabelled import Clusters, Unlabelled

HEIGHT, WIDTH, K = 64, 32, 4
ROWS = ("untrained", "source only", "unlabelled", "adapted", "with labels")
COLUMNS = ("network", "seed", "row", "mAP", "rank-1", "clusters", "outliers", "pair_f", "seconds")
BEST = dict(zip(("stage1.slot1", "stage1.slot2", "stage2.slot1", "stage2.slot2", "stage3.slot1"),
                ("gate", "conv3-in", "conv3-in", "conv3", "conv3"), strict=True))  # the best of the micro table
# name: genotype, arguments of its space, epochs, rate, identities in a batch
NETWORKS: dict[str, tuple[Genotype | str, Options, int, float, int]] = {
    "micro": (Genotype("Micro", {}, BEST), {}, 5, 0.02, 8),
    "msinet": ("msinet", {"width_multiplier": 0.25}, 24, 0.01, 16),
    "osnet-ain": ("osnet-ain", {"width_multiplier": 0.25}, 12, 0.01, 16),
    "resnet50": ("resnet50", {"network_args": {"width_multiplier": 0.125}}, 30, 0.01, 16),
}
# about eighteen images of each of 64 people before six cameras, whose style is most of what a network sees at first
CLUSTERING = Clustering(eps=0.5, k1=20, camera_aware=True)
PLAIN = Augment(HEIGHT, WIDTH, pad=4, erase=0.0)
# a network that knows nothing learns first what its augmentation leaves alone: without the jitter that is the camera
VARIED = Augment(HEIGHT, WIDTH, pad=4, erase=0.3, jitter=(0.3, 0.3, 0.3, 0.05))


class Cells:
    """The trainings of one network and seed, each of them made when it is asked for."""

    def __init__(self, network: str, seed: int, source: pd.DataFrame, target: pd.DataFrame, place: Path):
        self.network, self.seed, self.source, self.target = network, seed, source, target
        self.weights = place / f"{network}-{seed}.safetensors"

    def run(self, share: float = 1.0, rate: float = 1.0, init: str | None = None, alone: bool = False) -> Retrain:
        genotype, arguments, epochs, lr, people = NETWORKS[self.network]
        record = find(genotype) if isinstance(genotype, str) else genotype
        optimiser = WeightOptimiser(lr=lr * rate, kind="adam", schedule="cosine", warmup_epochs=0 if init else 1)
        p, k = (people * K // 2, 2) if alone else (people, K)
        return Retrain(record, space_args=arguments, neck="bnneck", seed=self.seed, init=init, optimiser=optimiser,
                       budget=Budget(max(1, round(epochs * share)), p, k, HEIGHT, WIDTH),
                       augment=VARIED if alone else PLAIN, engine=Engine(device="cpu", quiet=True))

    def made(self, row: str) -> tuple[Network, History | None]:
        if row == "untrained":
            return self.run().network().eval(), None
        if row == "source only":
            return self.taught(), None
        if row == "with labels":
            return self.run().train(self.target).network, None
        if row == "adapted":
            if not self.weights.is_file():
                self.taught()
            found = Unlabelled(self.run(0.5, 0.25, str(self.weights)), Clusters(CLUSTERING)).train(self.target)
        else:
            found = Unlabelled(self.run(alone=True), Clusters(CLUSTERING, alone=True)).train(self.target)
        return found.network, found.history

    def taught(self) -> Network:
        """Trained on the source; its weights are kept for the adaptation."""
        network = self.run().train(self.source).network
        save_weights(network, self.weights)
        return network


def line(cells: Cells, row: str) -> Options:
    """One line of the file."""
    begun = time.process_time()
    network, history = cells.made(row)
    scores = evaluate(network, cells.target, HEIGHT, WIDTH, progress=False)
    found: Options = {"network": cells.network, "seed": cells.seed, "row": row, "mAP": round(100 * scores.map, 3),
                      "rank-1": round(100 * scores.rank1, 3), "seconds": round(time.process_time() - begun, 1)}
    if history is not None:
        last = history.metrics.groupby("name", sort=False)["value"].last()
        found |= {name: round(last[name], 4) for name in ("clusters", "outliers", "pair_f")}
    return found


def table(lines: pd.DataFrame) -> str:
    """Means and intervals as Markdown, and what the unlabelled rows gain, paired by seed."""
    said = ["| network | " + " | ".join(ROWS) + " | adapted − source only | unlabelled − untrained | seeds |",
            "|---|" + "---|" * (len(ROWS) + 3)]
    for network, part in lines.groupby("network", sort=False):
        part = part.rename(columns={"row": "variant"})
        means = summary(part).set_index("variant")
        cells = [f"{means.loc[row, 'mean']:.1f} ({means.loc[row, 'low']:.1f} to {means.loc[row, 'high']:.1f})"
                 if row in means.index else "–" for row in ROWS]
        gains = [_gain(part, *pair) for pair in (("adapted", "source only"), ("unlabelled", "untrained"))]
        said.append(f"| {network} | " + " | ".join([*cells, *gains]) + f" | {part['seed'].nunique()} |")
    return "\n".join(said)


def _gain(part: pd.DataFrame, row: str, reference: str) -> str:
    both = part[part["variant"].isin([row, reference])]
    if both["variant"].nunique() < 2:
        return "–"
    found = paired(both, reference).iloc[0]
    return f"{found['difference']:+.1f} ({found['low']:+.1f} to {found['high']:+.1f})"


def fill(path: Path, wanted: list[tuple[str, int, str]], cells: Callable[[str, int], Cells]) -> pd.DataFrame:
    """The lines of the file, with those that were missing."""
    if not path.exists():
        path.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    done = {tuple(one) for one in pd.read_csv(path)[["network", "seed", "row"]].itertuples(index=False, name=None)}
    for network, seed, row in wanted:
        if (network, seed, row) in done:
            continue
        found = line(cells(network, seed), row)
        print(found, file=sys.stderr, flush=True)
        with open(path, "a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, COLUMNS, lineterminator="\n").writerow(found)
    return pd.read_csv(path)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unlabelled", description=__doc__)
    parser.add_argument("--source", default="people")
    parser.add_argument("--target", default="elsewhere")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/unlabelled.csv"))
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--weights", type=Path, help="folder that keeps the weights of the source, to go on later")
    given = parser.parse_args(arguments)
    source, target = (read("market1501", place) for place in (given.source, given.target))
    with tempfile.TemporaryDirectory() as folder:
        place = given.weights or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        seeds = range(given.first_seed, given.first_seed + given.seeds)
        wanted = [(network, seed, row) for seed in seeds for network in given.networks for row in ROWS]
        lines = fill(given.output, wanted, lambda network, seed: Cells(network, seed, source, target, place))
    print(table(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
