"""Everything that `nasreid gallery` writes: ranked lists, activation maps and margins of one or two networks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.evaluation.extractor import Extractor
from nasreid.evaluation.protocol import Protocol
from nasreid.evaluation.ranked import called, first_trial, hardest, ranked, spread
from nasreid.files import write_text
from nasreid.names import printable
from nasreid.pictures.heat_maps import margins, side_by_side
from nasreid.pictures.list_pages import pages
from nasreid.pictures.ranked_lists import draw_lists
from nasreid.progress import Counter
from nasreid.ranges import whole

FEW = 8  # queries that one picture holds


@dataclass(frozen=True)
class Shown:
    """How much a gallery shows: `queries`, evenly spread (0 for all), the nearest `top` images of each, the margin over
    `negatives` hardest ones; on pages, `per_page` queries each."""

    queries: int = 6
    top: int = 10
    negatives: int = 10
    per_page: int = 25

    def __post_init__(self) -> None:
        whole(self, 0, 10**9, "queries")
        whole(self, 1, 10**6, "top", "negatives", "per_page")


def look(frame: pd.DataFrame, protocol: Protocol, networks: Mapping[str, Extractor], output: str | Path,
         shown: Shown = Shown(), quiet: bool = False) -> list[Path]:
    """Fill the folder `output`; returns what was written.

    frame: test images of a data set, of which those of the first trial of its protocol are looked at; networks: {name:
    extractor}. Up to eight queries are ranked-NAME.png and activations.png, more are pages in ranked-NAME/;
    ranked-NAME.csv has the lists, margins.csv the distances to the hardest negatives of every query, margins.png their
    histogram and gallery.json all of it.
    """
    for name in networks:
        printable(name)
    images, trial = first_trial(protocol, frame)
    folder, chosen, record = Path(output), spread(len(trial.query), shown.queries), {}
    written, far = [], {}
    for name, network in networks.items():
        features = network.frame(images, progress=not quiet)
        asked = protocol.asked(images, trial, features, normalise=network.normalise)
        lists = ranked(images, trial, features, chosen, protocol.removal, shown.top, network.normalise)
        far[name] = hardest(asked, shown.negatives)
        written += _lists(lists, folder, name, len(chosen), shown.per_page, quiet)
        record[name] = {"preprocessing": network.preprocessing(), "ranked": lists.round(10).to_dict("records"),
                        "margins": [round(float(value), 6) for value in far[name]]}
    asking = images.iloc[trial.query]
    written += [_activations(asking.iloc[chosen[:FEW]], networks, folder),
                *_margins(asking, far, folder, shown.negatives)]
    write_text(folder / "gallery.json", json.dumps({"queries": list(asking["path"]), "networks": record}, indent=1))
    return [*written, folder / "gallery.json"]


def _lists(lists: pd.DataFrame, folder: Path, name: str, queries: int, per_page: int, quiet: bool) -> list[Path]:
    write_text(folder / f"ranked-{name}.csv", lists.to_csv(index=False))
    if queries <= FEW:
        draw_lists(lists, folder / f"ranked-{name}.png")
        return [folder / f"ranked-{name}.csv", folder / f"ranked-{name}.png"]
    with Counter("pages", quiet) as counter:
        made = pages(lists, folder / f"ranked-{name}", f"Ranked lists of {name}", per_page, counter)
    return [folder / f"ranked-{name}.csv", made[0]]


def _activations(rows: pd.DataFrame, networks: Mapping[str, Extractor], folder: Path) -> Path:
    maps = {name: _maps(network, rows) for name, network in networks.items()}
    first = next(iter(networks.values()))
    side_by_side(list(rows["path"]), maps, folder / "activations.png", (first.height, first.width))
    return folder / "activations.png"


def _maps(network: Extractor, rows: pd.DataFrame) -> np.ndarray:
    return np.concatenate([network.activations([path], modality)
                           for path, modality in zip(rows["path"], rows["modality"], strict=True)])


def _margins(asked: pd.DataFrame, far: Mapping[str, np.ndarray], folder: Path, count: int) -> list[Path]:
    own = {"query": list(asked["path"]), "identity": called(asked, "identity")}
    table = pd.DataFrame({**own, **{f"run {name}" if name in own else name: each for name, each in far.items()}})
    write_text(folder / "margins.csv", table.to_csv(index=False))
    margins(far, folder / "margins.png", count)
    return [folder / "margins.csv", folder / "margins.png"]
