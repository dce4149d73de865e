"""nasreid demo: people, three searches, three retrainings, one table. Every stage is a command of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd

from nasreid.arguments import Options
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

RECIPE = "demo"
# strategy: name of its folders, its options; so short a search wants a larger step on the architecture
STRATEGIES: dict[str, tuple[str, Options]] = {
    "TCM": ("tcm", {"strategy_args": {"architecture_lr": 0.01}}),
    "CEDarts": ("ce-darts", {"strategy_args": {"architecture_lr": 0.01}}),
    "Random": ("random", {})}


@dataclass(frozen=True)
class Demo:
    """People, search, diagram, retraining, evaluation and a table, in minutes on two cores."""

    output: Annotated[str, "folder for everything the demonstration makes", How] = "runs/demo"
    seed: Annotated[int, "fixes everything"] = 0
    quiet: Annotated[bool, "no progress", How] = False

    def __post_init__(self) -> None:
        whole(self, *SEEDS, "seed")

    def __call__(self) -> None:
        self.run()

    def run(self) -> pd.DataFrame:
        """Fill `output`; stages that are finished are not repeated. Returns the table, also in output/table.csv."""
        output, content = Path(self.output), recipe(RECIPE)
        data, common = str(output / "data"), {"seed": self.seed, "quiet": self.quiet}
        _say("1/4 people: drawing the embedded data set")
        build(Synthesize, {**content["data-synthesize"], "root": data, **common})()
        rows = []
        for strategy, (name, options) in STRATEGIES.items():
            found, trained = output / f"search-{name}", output / f"retrain-{name}"
            search = over(content["search"], {"strategy": strategy, **options})
            _say(f"2/4 search: MSI with {strategy}")
            _once(found, SearchCommand, {**search, **common, "data": data})
            _say(f"3/4 retrain: the genotype of {strategy}")
            _once(trained, RetrainCommand, {**content["retrain"], **common, "data": data,
                                            "genotype": str(found / "genotype.json")})
            _say(f"4/4 evaluate: the network of {strategy}")
            scores = trained / "scores.json"
            build(EvaluateCommand, {"run": str(trained), "data": data, "output": str(scores), "quiet": self.quiet,
                                    "pictures": str(trained / "ranked.png")})()
            rows.append(_row(strategy, found, trained, scores))
        return self._end(output, pd.DataFrame(rows))

    def _end(self, output: Path, table: pd.DataFrame) -> pd.DataFrame:
        write_text(output / "table.csv", table.to_csv(index=False))
        references = _references(str(output / "data"), output / "search-tcm" / "genotype.json", self.quiet)
        write_text(output / "references.csv", references.to_csv(index=False))
        _say("what is no search: the same queries by colour histograms and by an untrained network")
        print(references.to_string(index=False))
        _say("the result: one seed each, so differences of this size prove nothing yet")
        print(table.to_string(index=False))
        print(f"\ndiagram: {output / 'search-tcm' / 'genotype.svg'}")
        print(f"ranked lists: {output / 'retrain-tcm' / 'ranked.png'}")
        return table


def _references(data: str, genotype: Path, quiet: bool) -> pd.DataFrame:
    images = DataSet(data).frame("query", "gallery")
    query, ids, cameras = ((images[c] == "query" if c == "split" else images[c]).to_numpy()
                           for c in ("split", "identity", "camera"))
    network = built(Genotype.load(genotype))
    rows = []
    for name, found in (("colour histogram", histogram_features(images)),
                        ("untrained network", vectors(network, images, 64, 32, progress=not quiet))):
        scores = score(found[query], found[~query], ids[query], ids[~query], cameras[query], cameras[~query])
        rows.append({"reference": name, "mAP": round(100 * scores.map, 2), "rank-1": round(100 * scores.rank1, 2)})
    return pd.DataFrame(rows)


def _row(strategy: str, found: Path, trained: Path, scores: Path) -> Document:
    search, retrain, score = (read_json(p, "record") for p in (found / RESULT, trained / RESULT, scores))
    return {"genotype": strategy, "mAP": score["mAP"], "rank-1": score["rank-1"],
            "parameters": retrain["parameters"], "multiply-adds": retrain["multiply_adds"],
            "search s": search["seconds"], "retrain s": retrain["seconds"]}


def _once(folder: Path, command: type[SearchCommand | RetrainCommand], options: Options) -> None:
    if (folder / RESULT).is_file():
        print(f"{folder} is finished")
    else:
        build(command, {**options, "output": str(folder)})()


def _say(text: str) -> None:
    print(f"\n== {text}", flush=True)
