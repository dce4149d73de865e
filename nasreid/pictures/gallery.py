"""Everything that `nasreid gallery` writes: ranked lists, activation maps and margins of one or two networks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError
from nasreid.evaluation.extractor import Extractor
from nasreid.evaluation.ranked import hardest, ranked, spread
from nasreid.files import write_text
from nasreid.pictures.heat_maps import margins, side_by_side
from nasreid.pictures.list_pages import pages
from nasreid.pictures.ranked_lists import draw_lists
from nasreid.progress import Counter

FEW = 8  # queries that one picture holds


def look(frame: pd.DataFrame, networks: Mapping[str, Extractor], output: str | Path, queries: int = 6, top: int = 10,
         negatives: int = 10, per_page: int = 25, quiet: bool = False) -> list[Path]:
    """Fill the folder `output`; returns what was written.

    frame has rows of the splits query and gallery; networks: {name: extractor}. queries: how many, evenly spread, 0
    for all. Up to eight are ranked-NAME.png and activations.png, more are pages in ranked-NAME/; ranked-NAME.csv has
    the lists, margins.csv the distances to the `negatives` hardest negatives of every query, margins.png their
    histogram and gallery.json all of it.
    """
    frame = frame[frame["split"].isin(["query", "gallery"])].reset_index(drop=True)
    query = (frame["split"] == "query").to_numpy()
    if not query.any() or query.all():
        raise NasreidError("the data have no query or no gallery images: expected rows of both splits")
    folder, chosen, record = Path(output), spread(int(query.sum()), queries), {}
    written, far = [], {}
    for name, network in networks.items():
        found = network.frame(frame, progress=not quiet)
        q, g, ids = found[query], found[~query], frame["identity"].to_numpy()
        lists = ranked(frame, q, g, chosen, top, normalise=network.normalise)
        far[name] = hardest(q, g, ids[query], ids[~query], negatives, network.normalise)
        written += _lists(lists, folder, name, len(chosen), per_page, quiet)
        record[name] = {"preprocessing": network.preprocessing(), "ranked": json.loads(lists.to_json(orient="records")),
                        "margins": [round(float(value), 6) for value in far[name]]}
    asked = frame[query]
    written += [_activations(asked.iloc[chosen[:FEW]], networks, folder), *_margins(asked, far, folder, negatives)]
    write_text(folder / "gallery.json", json.dumps({"queries": list(asked["path"]), "networks": record}, indent=1))
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


def _margins(asked: pd.DataFrame, far: Mapping[str, Any], folder: Path, count: int) -> list[Path]:
    table = pd.DataFrame({"query": list(asked["path"]), "identity": list(asked["identity"]), **far})
    write_text(folder / "margins.csv", table.to_csv(index=False))
    margins(far, folder / "margins.png", count)
    return [folder / "margins.csv", folder / "margins.png"]
