"""The laws of a layout; see `nasreid.experiments.laws`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.source import COLUMNS, NAMES
from nasreid.errors import NasreidError
from nasreid.experiments.laws.law import about, keep, law, require, some, told
from nasreid.experiments.laws.miniature import Miniature, blanks

Make = Callable[[], Layout]
SPLITS = {"train", "query", "gallery", "test"}
MODALITIES = {"visible", "infrared"}
ROLES = {"", "distractor"}


def laws_of_layouts(make: Make, root: str | Path | None = None) -> list[partial[None]]:
    """All laws of a layout. make(): it, with its options; root: its data, default: a miniature as it describes it.

    Raises:
        NasreidError: no root, and the layout describes no miniature.
    """
    data = Miniature(make, root)
    data.check()
    read = (check_columns, check_files, check_splits, check_repetition, *(() if root else (check_people,)))
    return [partial(check_knowledge, make), partial(check_options, make), partial(check_absence, make),
            *(partial(check, data) for check in read)]


def check_layout(make: Make, root: str | Path | None = None) -> None:
    """All laws of a layout; raises BrokenLaw. make(): it, with its options; root: its data, default: a miniature."""
    keep(laws_of_layouts(make, root))


@law
def check_knowledge(make: Make) -> None:
    """What a layout says of its data is of the documented kinds: protocol, note, cameras and published counts."""
    layout = make()
    require(isinstance(layout, Layout), f"{layout!r} is no Layout")
    protocol, note, cameras = layout.protocol, layout.note, layout.cameras
    require(isinstance(protocol, str) and bool(protocol), f"the protocol {protocol!r}; expected a name")
    require(isinstance(note, str), f"the note {note!r}; expected text")
    require(cameras is None or cameras > 0, f"{cameras!r} cameras; expected a number above 0, or None")
    for count in layout.counts():
        require(isinstance(count, Count), f"{count!r} among the published counts; expected a Count")
        require(count.split in SPLITS, f"a published count of split {count.split!r}; expected one of {sorted(SPLITS)}")
        require(count.modality in MODALITIES | {""}, f"a published count of modality {count.modality!r}; expected one "
                f"of {sorted(MODALITIES)} or nothing")


@law
def check_options(make: Make) -> None:
    """Every option of a layout has a name and a default, so that one that is unknown is refused."""
    cls = type(make())
    for parameter in inspect.signature(cls).parameters.values():
        known = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        require(known, f"{cls.__name__} takes any argument as {parameter}")
        require(parameter.default is not parameter.empty, f"option {parameter.name} of {cls.__name__} has no default")


@law
def check_absence(make: Make) -> None:
    """Where nothing is, a layout says so by a NasreidError of one line."""
    with blanks() as folder:
        for what, place in (("an empty folder", folder), ("a folder that is not there", folder / "nowhere")):
            try:
                make().read(place)
            except NasreidError as error:
                require("\n" not in str(error), f"{what}: the error has several lines, {told(error)}")
            except Exception as error:
                require(False, f"{what}: {told(error)}; expected a NasreidError")
            else:
                require(False, f"{what} is read; expected a NasreidError")


@law
def check_columns(data: Miniature) -> None:
    """A frame has the documented columns with their kinds and values, at least one row, and the index 0 to N - 1."""
    frame = data.frame
    for column in COLUMNS:
        require(column in frame, f"no column {column!r} among {', '.join(map(str, frame.columns))}")
    require(len(frame) > 0, "no image at all")
    require(list(frame.index) == list(range(len(frame))), f"the index begins {some(frame.index)}; expected 0 to N - 1")
    for column, least in (("identity", 0), ("camera", -1)):
        kind = frame[column].dtype
        require(kind.kind in "iu", f"column {column} is {kind}; expected whole numbers")
        require(frame[column].min() >= least, f"{column} {frame[column].min()}; expected {least} or more")
    for column, known in (("split", SPLITS), ("modality", MODALITIES), ("role", ROLES)):
        strange = sorted(repr(value) for value in set(frame[column]) - known)
        require(not strange, f"{column} {some(strange, 1)}; expected one of {sorted(known)}")
    for column in ("path", *(name for name in NAMES if name in frame)):
        odd = [value for value in frame[column] if not isinstance(value, str)]
        require(not odd, f"{column} {some(map(repr, odd), 1)}; expected text")


@law
def check_files(data: Miniature) -> None:
    """Every path of a frame is a file, once, and the rows are sorted by it."""
    paths = list(data.frame["path"])
    missing = [path for path in paths if not Path(path).is_file()]
    require(not missing, f"no file {some(missing, 1)}")
    require(len(set(paths)) == len(paths), f"{len(paths) - len(set(paths))} paths are there twice")
    late = [f"{path} stands before {after}" for path, after in pairwise(paths) if path > after]
    require(not late, f"the rows are not sorted by path: {some(late, 1)}")


@law
def check_splits(data: Miniature) -> None:
    """Nobody is both trained on and tested; a distractor is in the gallery, and nobody asks for one."""
    frame = data.frame
    train = frame["split"] == "train"
    both = sorted(set(frame.loc[train, "identity"]) & set(frame.loc[~train, "identity"]))
    if both:
        where = sorted(set(frame.loc[~train & (frame["identity"] == both[0]), "split"]))
        require(False, f"identity {both[0]} is both trained on and tested, in {', '.join(map(str, where))}")
    wrong = frame[(frame["role"] == "distractor") & (frame["split"] != "gallery")]
    require(wrong.empty, f"a distractor is in split {some(wrong['split'], 1)}; expected gallery")
    asked = set(frame.loc[frame["split"] == "query", "identity"])
    wanted = asked & set(frame.loc[frame["role"] == "distractor", "identity"])
    require(not wanted, f"identity {min(wanted, default=0)} is a distractor and asked for")


@law
def check_repetition(data: Miniature) -> None:
    """Reading again gives the same frame, also by another object with the same options, and with skip_broken."""
    layout = data.make()
    for what, broken in (("another object", False), ("the same object again", False), ("with skip_broken", True)):
        require(data.frame.equals(layout.read(data.root, broken)), f"{what} reads another frame")


@law
def check_people(data: Miniature) -> None:
    """The rows that a layout expects of the embedded people are those that it reads, whatever its options are."""
    layout = data.make()
    copy = data.plan()
    with blanks(copy) as base:
        found = layout.read(base / copy.given)
        rows = [shown.row._replace(path=str(base / shown.row.path)) for shown in copy.pictures if shown.row]
        with about(f"{len(rows)} rows expected, {len(found)} read"):
            expected = pd.DataFrame(rows)[list(found.columns)].sort_values("path").reset_index(drop=True)
            odd = [column for column in found if not found[column].equals(expected[column])]
            require(not odd, f"other {some(odd)} than expected")
