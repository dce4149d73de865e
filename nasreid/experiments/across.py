"""Comparisons of the same variants, read from the folders that `nasreid compare` filled; each is a data set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.errors import NasreidError, nearest
from nasreid.evaluation.several import Several
from nasreid.files import Document, read_json, read_table, readable
from nasreid.pictures.report.tables import ABOUT, RUNS

BASELINE = "Random"
SCORE = re.compile(r"(.+ )?(mAP|mINP|rank-\d+)(@\d+)?")  # in per cent, more is better


@dataclass(frozen=True)
class Gathered:
    """scores: of `metric`, in per cent. folders, about: {data set: its folder, its compare.json}."""

    scores: Several
    metric: str
    folders: dict[str, Path]
    about: dict[str, Document]

    def reference(self, given: str | None = None) -> str:
        """The variant that the others are compared with: the given one, random search, or that of all comparisons."""
        if given is not None:
            self.scores.place(given)
            return given
        own = list(dict.fromkeys(str(about.get("reference")) for about in self.about.values()))
        for name in (BASELINE, *own[: len(own) == 1]):
            if name in self.scores.variants:
                return name
        raise NasreidError(f"no variant {BASELINE!r}, and no reference that the comparisons share: expected "
                           f"--reference with one of {', '.join(self.scores.variants)}")

    def twice(self) -> list[tuple[str, str, str]]:
        """Data sets whose comparisons were scored on the same data: (one, another, that data)."""
        known: dict[str, str] = {}
        found = []
        for name, about in self.about.items():
            data = about.get("table") or about.get("target") or about.get("data")
            if data and str(data) in known:
                found.append((known[str(data)], name, str(data)))
            known.setdefault(str(data), name)
        return found


def gathered(folders: Sequence[str | Path], names: Sequence[str] | None = None, metric: str | None = None) -> Gathered:
    """The scores of every folder; names: of the data sets, if not the folders'; metric: if not that of compare.json.

    Raises:
        NasreidError: a variant or a seed that one folder has and another lacks, by name; two data sets of one name; a
            column that is no score.
    """
    places = _named([Path(folder) for folder in folders], names)
    about = {name: read_json(folder / ABOUT, "comparison") for name, folder in places.items()}
    column = _shared(about) if metric is None else metric
    frames = {name: _runs(folder / RUNS, column) for name, folder in places.items()}
    _check(frames, places)
    frame = pd.concat([part.assign(dataset=name) for name, part in frames.items()], ignore_index=True)
    return Gathered(Several.of(frame, column), column, places, about)


def _named(folders: list[Path], names: Sequence[str] | None) -> dict[str, Path]:
    found = [readable(folder.resolve().name) for folder in folders] if names is None else list(names)
    if len(found) != len(folders):
        raise NasreidError(f"{len(found)} names for {len(folders)} folders: expected one for each")
    places: dict[str, Path] = {}
    for name, folder in zip(found, folders, strict=True):
        if name in places:
            raise NasreidError(f"{str(places[name])!r} and {str(folder)!r} are both named {name!r}: expected --names "
                               "with one for each")
        if any(folder.resolve() == other.resolve() for other in places.values()):
            raise NasreidError(f"folder {str(folder)!r} comes twice: expected each data set once")
        places[name] = folder
    return places


def _shared(about: dict[str, Document]) -> str:
    """The metric of all comparisons."""
    own = {name: str(found.get("metric")) for name, found in about.items()}
    if len(set(own.values())) != 1:
        said = ", ".join(f"{metric} ({name})" for name, metric in own.items())
        raise NasreidError(f"comparisons by {said}: expected --metric with one for all")
    return next(iter(own.values()))


def _runs(path: Path, metric: str) -> pd.DataFrame:
    """Columns variant, seed, metric."""
    found = [str(column) for column in read_table(path, "variant") if SCORE.fullmatch(str(column))]
    if metric not in found:
        raise NasreidError(f"table {str(path)!r} has no score {metric!r}{nearest(metric, found)}; expected one of "
                           f"{', '.join(found) or 'mAP, rank-1, mINP, but it has none'}")
    table = read_table(path, "variant", numbers=("seed", metric)).filter(["variant", "seed", metric])
    nameless = table["variant"].isna().to_numpy()
    if nameless.any():
        raise NasreidError(f"table {str(path)!r}: row {int(nameless.argmax()) + 1} has no variant; expected its name")
    return table


def _check(frames: dict[str, pd.DataFrame], places: dict[str, Path]) -> None:
    """Every folder has every variant, and each of them every seed."""
    variants: dict[str, str] = {}
    for name, frame in frames.items():
        for variant in frame["variant"]:
            variants.setdefault(variant, name)
    seeds = sorted({seed for frame in frames.values() for seed in frame["seed"]})
    for name, frame in frames.items():
        for variant, other in variants.items():
            own = set(frame.loc[frame["variant"] == variant, "seed"])
            if not own:
                raise NasreidError(f"folder {str(places[name])!r} has no variant {variant!r}, but "
                                   f"{str(places[other])!r} has: expected the same variants in all")
            missing = [str(seed) for seed in seeds if seed not in own]
            if missing:
                raise NasreidError(f"folder {str(places[name])!r}: variant {variant!r} has no seed "
                                   f"{', '.join(missing)}; expected every seed that another has")
