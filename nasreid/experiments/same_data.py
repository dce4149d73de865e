"""A data set is read as the run before read it: nobody says a layout and its options twice."""

from __future__ import annotations

from pathlib import Path

from nasreid.arguments import Options
from nasreid.files import parsed, read_text
from nasreid.names import located
from nasreid.run import CONFIG

HOW = ("layout", "data_args")


def read_alike(given: Options, before: str | Path | None) -> Options:
    """What was given, with layout and options of the data set where they are not given and `before` has them, of the
    same layout.

    before: the run folder, or a file in it, that the command goes on from; its config.yaml has them if it is a run of
    the same data folder. A trained network may be tested on another: that is read as the command says.
    """
    if before is None or "data" not in given or "data_args" in given:
        return given
    place = located(before)
    config = (place if place.is_dir() else place.parent) / CONFIG
    if not place.exists() or not config.is_file():
        return given
    content = parsed(read_text(config, "run"), f"run {str(config)!r}")
    for options in content.values() if isinstance(content, dict) else ():
        if isinstance(options, dict) and "data" in options and _where(options["data"]) == _where(given["data"]):
            same = given.get("layout", options.get("layout")) == options.get("layout")
            return {**{name: options[name] for name in HOW if name in options}, **given} if same else given
    return given


def unsaid(given: Options) -> list[str]:
    """How the data set is read, as far as nobody said it: the run before does."""
    return [name for name in HOW if name not in given]


def _where(data: object) -> Path:
    return located(str(data)).resolve()
