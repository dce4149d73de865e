"""nasreid demo: one search from pictures to scores, then searches that a table of truth judges. Every stage is a
command of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd

from nasreid.cli.compare import Compare
from nasreid.cli.data import Synthesize
from nasreid.cli.evaluate import EvaluateCommand
from nasreid.cli.recipe import recipe
from nasreid.cli.retrain import RetrainCommand
from nasreid.cli.search import SearchCommand
from nasreid.configuration import How, build, over
from nasreid.evaluation.evaluate import score, vectors
from nasreid.evaluation.histogram import histogram_features
from nasreid.experiments.runs import DataSet
from nasreid.files import Document, read_json, write_text
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.ranges import SEEDS, whole
from nasreid.run import RESULT

RECIPE, TRUTH = "demo", "micro"
STRATEGIES = ["TCM", "CEDarts", "Gumbel", "random", "Random"]


@dataclass(frozen=True)
class Demo:
    """A search of MSI with its diagram and the scores of its network; then strategies against chance, on a table."""

    output: Annotated[str, "folder for everything the demonstration makes", How] = "runs/demo"
    seed: Annotated[int, "fixes everything"] = 0
    seeds: Annotated[int, "searches of each strategy that the table judges"] = 5
    quiet: Annotated[bool, "no progress", How] = False

    def __post_init__(self) -> None:
        whole(self, *SEEDS, "seed")
        whole(self, 1, 10_000, "seeds")

    def __call__(self) -> None:
        self.run()

    def run(self) -> pd.DataFrame:
        """Fill `output`; stages that are finished are not repeated. Returns the rows of output/table.csv."""
        output, content = Path(self.output), recipe(RECIPE)
        data, common = str(output / "data"), {"seed": self.seed, "quiet": self.quiet}
        _say("1/5 people: drawing the embedded data set")
        build(Synthesize, {**content["data-synthesize"], "root": data, **common})()
        found, trained = output / "search-tcm", output / "retrain-tcm"
        search = over(content["search"], content["compare"]["variants"]["TCM"])
        _say("2/5 search: the 16 million networks of MSI, by TCM")
        _once(found, SearchCommand, {**search, **common, "data": data})
        _say("3/5 retrain: the network that was found")
        _once(trained, RetrainCommand, {**content["retrain"], **common, "data": data,
                                        "genotype": str(found / "genotype.json")})
        _say("4/5 evaluate: the network on people it has never seen")
        build(EvaluateCommand, {"run": str(trained), "data": data, "output": str(trained / "scores.json"),
                                "quiet": self.quiet, "pictures": str(trained / "ranked.png")})()
        table = pd.DataFrame([*_references(data, found / "genotype.json", self.quiet), _row(found, trained)])
        write_text(output / "table.csv", table.to_csv(index=False))
        _say(f"5/5 does searching help? {self.seeds} searches of each strategy on a space whose every network is known")
        build(Compare, {"truth": TRUTH, "strategies": STRATEGIES, "seeds": self.seeds, "data": data,
                        "output": str(output / TRUTH), "quiet": self.quiet})()
        _say("the search of MSI, beside what is no search")
        print(table.to_string(index=False, na_rep="–"))
        print(f"\ndiagram: {found / 'genotype.svg'}\nranked lists: {trained / 'ranked.png'}\n"
              f"regret against chance: {output / TRUTH / 'regret.svg'}")
        return table


def _references(data: str, genotype: Path, quiet: bool) -> list[Document]:
    images = DataSet(data).frame("query", "gallery")
    query, ids, cameras = ((images[c] == "query" if c == "split" else images[c]).to_numpy()
                           for c in ("split", "identity", "camera"))
    network = built(Genotype.load(genotype))
    rows = []
    for name, found in (("colour histogram", histogram_features(images)),
                        ("that network, untrained", vectors(network, images, 64, 32, progress=not quiet))):
        scores = score(found[query], found[~query], ids[query], ids[~query], cameras[query], cameras[~query])
        rows.append({"features": name, "mAP": round(100 * scores.map, 2), "rank-1": round(100 * scores.rank1, 2)})
    return rows


def _row(found: Path, trained: Path) -> Document:
    search, retrain, scores = (read_json(p, "record") for p in (found / RESULT, trained / RESULT,
                                                               trained / "scores.json"))
    return {"features": "network that TCM found", "mAP": scores["mAP"], "rank-1": scores["rank-1"],
            "parameters": retrain["parameters"], "multiply-adds": retrain["multiply_adds"],
            "search s": search["seconds"], "retrain s": retrain["seconds"]}


def _once(folder: Path, command: type[SearchCommand | RetrainCommand], options: dict[str, object]) -> None:
    if (folder / RESULT).is_file():
        print(f"{folder} is finished")
    else:
        build(command, {**options, "output": str(folder)})()


def _say(text: str) -> None:
    print(f"\n== {text}", flush=True)
