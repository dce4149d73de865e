"""nasreid find: who in a gallery of features looks like these pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from nasreid.cli.look import extractor
from nasreid.configuration import Place
from nasreid.errors import NasreidError
from nasreid.evaluation.approximate import approximate
from nasreid.evaluation.features import read_features
from nasreid.evaluation.nearest import nearest
from nasreid.experiments.scoring import Reading
from nasreid.files import readable, write_text
from nasreid.ranges import whole

SAME = ("height", "width", "space", "neck", "after_neck")  # of the gallery's pictures and the queries


@dataclass(frozen=True)
class Find:
    """Find the nearest pictures of a gallery that nasreid embed has written, exactly, or fast by an index."""

    query: Annotated[Sequence[str], "pictures to look for", Place]
    gallery: Annotated[str, "features that nasreid embed wrote: .npz, .npy or .parquet"]
    run: Annotated[str, "run folder, or what nasreid export made of it, that made the features"]
    top: Annotated[int, "how many of each"] = 10
    modality: Annotated[str, "of the queries: visible or infrared"] = "visible"
    index: Annotated[str | None, "file of an approximate index (faiss), which is made where there is none; default: an "
                                 "exact search"] = None
    probes: Annotated[int, "cells of the index that are looked through for each query, of about sqrt(gallery)"] = 32
    output: Annotated[str | None, "write the table to this .csv file, too"] = None
    space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None
    reading: Reading = Reading()

    def __post_init__(self) -> None:
        whole(self, 1, 1_000_000, "top", "probes")

    def __call__(self) -> None:
        found = read_features(self.gallery)
        network = extractor(self.run, self.space, self.reading)
        own = network.preprocessing()
        for name in SAME:
            if found.preprocessing.get(name) != own[name]:
                raise NasreidError(f"gallery {self.gallery!r} was made with {name}={found.preprocessing.get(name)!r}, "
                                   f"this network has {own[name]!r}; expected the network that made it")
        features, top = network(list(self.query), self.modality), min(self.top, len(found.paths))
        near = (nearest(features, found.features, top) if self.index is None else
                approximate(self.index, found.features, self.probes).nearest(features, top))
        rows = [(query, place, found.paths[row], f"{far:.6f}")
                for query, ranked, fars in zip(self.query, near.rows, near.distances, strict=True)
                for place, (row, far) in enumerate(zip(ranked, fars, strict=True), 1)]
        print(f"{'query':24} rank distance path")
        print("\n".join(f"{readable(Path(query).name):24} {place:4} {far} {readable(path)}"
                        for query, place, path, far in rows))
        if self.output is not None:
            import pandas as pd

            table = pd.DataFrame(rows, columns=["query", "rank", "path", "distance"])
            write_text(self.output, table.to_csv(index=False, lineterminator="\n"))
