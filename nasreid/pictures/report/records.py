"""What the jobs of a comparison have left in their folders: configurations and results of every search and training."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.files import Document, parsed, read_json, read_text
from nasreid.run import CONFIG, RESULT, STAMP, read_config

SPEC = "job.yaml"
OWN = {"nasreid", "command", "seed", "genotype", "output", "data", "layout", "data_args", "space", "skip_broken",
       "quiet", "force", "config", "workers", "device", "checkpoint_seconds", "cache_mib",
       "draw"}  # no part of a recipe  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A search or a training: its options (and the version, `nasreid`) and its result, each {} where the folder does
    not hold it."""

    config: Options
    result: Document

    def data(self) -> Options | None:
        """Which images: their folder, layout and options; None where it is not recorded."""
        if self.config.get("data") is None:
            return None
        return {name: self.config.get(name) for name in ("data", "layout", "data_args")}

    def recipe(self) -> Options:
        """{option: value} of all that shapes a training but the seed, the genotype and the data."""
        return {name: value for name, value in flat(self.config) if not OWN & set(name.split("."))}

    def named(self, option: str) -> str:
        """A plug-in's name; nothing where it is not recorded."""
        return str(self.config.get(option) or "")

    def foreign(self) -> list[str]:
        """Plug-ins that are named by a file or a module of somebody's own."""
        texts = {value for _, value in flat(self.config) if isinstance(value, str)}
        return sorted(text for text in texts if ":" in text and text.partition(":")[2].isidentifier()
                      and not text.startswith("nasreid."))


@dataclass(frozen=True)
class Job:
    """One run of a comparison. search: None where it trains a given genotype. spec: its job.yaml."""

    variant: str
    seed: int
    spec: Document
    search: Stage | None
    retrain: Stage

    def stages(self) -> list[Stage]:
        """Search, if any, and training."""
        return [self.retrain] if self.search is None else [self.search, self.retrain]


def jobs(frame: pd.DataFrame) -> list[Job]:
    """A job for each row of runs.csv, read from its folder."""
    return [_job(row) for row in frame.to_dict("records")]


def flat(config: Options, before: str = "") -> Iterator[tuple[str, object]]:
    """(dotted name, value) of everything in a nested configuration.

    >>> dict(flat({"a": 1, "b": {"c": [2, {"d": 3}]}}))
    {'a': 1, 'b.c.0': 2, 'b.c.1.d': 3}
    """
    for name, value in config.items():
        if isinstance(value, list | tuple):
            value = {str(place): one for place, one in enumerate(value)}
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _job(row: dict[Hashable, Any]) -> Job:
    place = Path(str(row["folder"]))
    spec = _read(place / SPEC)
    searched = "search" in spec or (place / "search").is_dir()
    return Job(str(row["variant"]), int(row["seed"]), spec, _stage(place / "search") if searched else None,
               _stage(place / "retrain"))


def _stage(folder: Path) -> Stage:
    try:
        config = {STAMP: _read(folder / CONFIG).get(STAMP), **read_config(folder)[1]}
    except NasreidError:  # not there, or torn: no record
        config = {}
    return Stage(config, _read(folder / RESULT))


def _read(path: Path) -> Document:
    """What a file holds; nothing where it is not there, or torn: then it is no record."""
    try:
        found = read_json(path, "record") if path.suffix == ".json" else parsed(read_text(path, "record"))
    except NasreidError:
        return {}
    return found if isinstance(found, dict) else {}
