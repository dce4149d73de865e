"""The demonstration: people, three searches, three retrainings, one table. Every stage is a command of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from nasreid.cli.options import Quiet, Seed
from nasreid.errors import NasreidError
from nasreid.files import write_text
from nasreid.run import RESULT

if TYPE_CHECKING:
    import pandas as pd

# strategy: name of its folders, its options; so short a search wants a larger step on the architecture
STRATEGIES = {"TCM": ("tcm", ["--strategy-args.architecture_lr", "0.01"]),
              "CEDarts": ("ce-darts", ["--strategy-args.architecture_lr", "0.01"]),
              "Random": ("random", [])}


def run(output: Path, seed: int, quiet: bool) -> pd.DataFrame:
    """Fill `output`; stages that are finished are not repeated. Returns the table, also in output/table.csv."""
    import pandas as pd

    data = str(output / "data")
    common = ["--seed", str(seed), *(["--quiet"] if quiet else [])]
    _stage("1/4 people: drawing the embedded data set")
    _call("data", "synthesize", "--config", "demo", "--root", data, *common)
    rows = []
    for strategy, (name, options) in STRATEGIES.items():
        found, trained = output / f"search-{name}", output / f"retrain-{name}"
        _stage(f"2/4 search: MSI with {strategy}")
        _once(found, "search", "--config", "demo", "--strategy", strategy, "--data", data, "--output", str(found),
              *options, *common)
        _stage(f"3/4 retrain: the genotype of {strategy}")
        _once(trained, "retrain", "--config", "demo", "--genotype", str(found / "genotype.json"), "--data", data,
              "--output", str(trained), *common)
        _stage(f"4/4 evaluate: the network of {strategy}")
        scores = trained / "scores.json"
        _call("evaluate", "--run", str(trained), "--data", data, "--output", str(scores), "--pictures",
              str(trained / "ranked.png"), *(["--quiet"] if quiet else []))
        rows.append(_row(strategy, found, trained, scores))
    table = pd.DataFrame(rows)
    write_text(output / "table.csv", table.to_csv(index=False))
    references = _references(data, output / "search-tcm" / "genotype.json", quiet)
    write_text(output / "references.csv", references.to_csv(index=False))
    _stage("what is no search: the same queries by colour histograms and by an untrained network")
    print(references.to_string(index=False))
    _stage("the result: one seed each, so differences of this size prove nothing yet")
    print(table.to_string(index=False))
    print(f"\ndiagram: {output / 'search-tcm' / 'genotype.svg'}")
    print(f"ranked lists: {output / 'retrain-tcm' / 'ranked.png'}")
    return table


def _references(data: str, genotype: Path, quiet: bool) -> pd.DataFrame:
    import pandas as pd

    from nasreid.data.datasets import read
    from nasreid.evaluation.evaluate import score, vectors
    from nasreid.evaluation.histogram import histogram_features
    from nasreid.genotype import Genotype
    from nasreid.network.build import built

    frame = read("market1501", data)
    images = frame[frame["split"] != "train"].reset_index(drop=True)
    query, ids, cameras = ((images[c] == "query" if c == "split" else images[c]).to_numpy()
                           for c in ("split", "identity", "camera"))
    network = built(Genotype.load(genotype), )
    rows = []
    for name, found in (("colour histogram", histogram_features(images)),
                        ("untrained network", vectors(network, images, 64, 32, progress=not quiet))):
        scores = score(found[query], found[~query], ids[query], ids[~query], cameras[query], cameras[~query])
        rows.append({"reference": name, "mAP": round(100 * scores.map, 2), "rank-1": round(100 * scores.rank1, 2)})
    return pd.DataFrame(rows)


def _row(strategy: str, found: Path, trained: Path, scores: Path) -> dict[str, Any]:
    search, retrain, score = (json.loads(p.read_text()) for p in (found / RESULT, trained / RESULT, scores))
    return {"genotype": strategy, "mAP": score["mAP"], "rank-1": score["rank-1"],
            "parameters": retrain["parameters"], "multiply-adds": retrain["multiply_adds"],
            "search s": search["seconds"], "retrain s": retrain["seconds"]}


def _once(folder: Path, *arguments: str) -> None:
    if (folder / RESULT).is_file():
        print(f"{folder} is finished")
    else:
        _call(*arguments)


def _call(*arguments: str) -> None:
    from nasreid.cli.main import main

    status = main(list(arguments))
    if status:
        raise NasreidError(f"the stage `nasreid {' '.join(arguments)}` ended with status {status}")


def _stage(text: str) -> None:
    print(f"\n== {text}", flush=True)


def demo(*, output: Annotated[str, "folder for everything the demonstration makes"] = "runs/demo",
         seed: Seed = 0, quiet: Quiet = False, config: Annotated[str | None, "recipe"] = None) -> None:
    """People, search, diagram, retraining, evaluation and a table, in minutes on two cores."""
    run(Path(output), seed, quiet)
