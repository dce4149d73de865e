"""The laws of a layout, ours or a third party's: plain functions, without pytest; a broken law is an AssertionError.

    check_layout(Mine)                          # on a miniature, where Mine says how the embedded people are written
    check_layout(lambda: Mine(shots=3), root)   # on a folder of its data
"""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from PIL import Image

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy
from nasreid.data.layouts.source import COLUMNS, NAMES
from nasreid.errors import NasreidError

Make = Callable[[], Layout]
SPLITS = {"train", "query", "gallery", "test"}
MODALITIES = {"visible", "infrared"}
ROLES = {"", "distractor"}
SMALL = {"identities": 6, "test_identities": 4, "cameras": 6, "shots": 3, "height": 16, "width": 8, "seed": 0,
         "domain": 0}  # fmt: skip


def check_layout(make: Make, root: str | Path | None = None) -> None:
    """All laws. make(): the layout with its options; root: its data, default: a miniature of the embedded people."""
    layout = make()
    check_knowledge(layout)
    check_options(type(layout))
    check_absence(layout)
    with tempfile.TemporaryDirectory() as folder:
        place = miniature(layout, Path(folder)) if root is None else Path(root)
        frame = layout.read(place)
        check_columns(frame)
        check_files(frame)
        check_splits(frame)
        check_repetition(make, place, frame)


def check_knowledge(layout: Layout) -> None:
    """What a layout says of its data is of the documented kinds."""
    assert isinstance(layout, Layout), f"{layout!r} is no Layout"
    assert layout.protocol, f"{layout!r} has no protocol"
    assert isinstance(layout.protocol, str), f"the protocol of {layout!r} is {layout.protocol!r}; expected a name"
    assert isinstance(layout.note, str), f"the note of {layout!r} is {layout.note!r}; expected text"
    assert layout.cameras is None or layout.cameras > 0, f"{layout!r} has {layout.cameras} cameras"
    for count in layout.counts():
        assert isinstance(count, Count), f"{count!r} among the published counts; expected a Count"
        assert count.split in SPLITS, f"a published count of split {count.split!r}; expected one of {sorted(SPLITS)}"
        assert count.modality in MODALITIES | {""}, f"a published count of modality {count.modality!r}"


def check_options(cls: type[Layout]) -> None:
    """Every option has a name and a default; one that is unknown is refused."""
    for parameter in inspect.signature(cls).parameters.values():
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        assert named, f"{cls.__name__} takes any argument as {parameter}; an unknown option has to be refused"
        assert parameter.default is not parameter.empty, f"option {parameter.name} of {cls.__name__} has no default"


def check_absence(layout: Layout) -> None:
    """Where nothing is, a NasreidError says so in one line."""
    with tempfile.TemporaryDirectory() as folder:
        for place in (Path(folder), Path(folder) / "nowhere"):
            refused = _refusal(layout, place)
            assert refused is not None, f"{layout!r} reads a folder where nothing is; expected a NasreidError"
            assert isinstance(refused, NasreidError), f"{layout!r} where nothing is: {refused!r}; expected NasreidError"
            assert "\n" not in str(refused), f"the error of {layout!r} has several lines: {refused}"


def check_columns(frame: pd.DataFrame) -> None:
    """The documented columns with their kinds and values, and the index 0 to N - 1."""
    for column in COLUMNS:
        assert column in frame, f"no column {column!r} among {', '.join(frame.columns)}"
    assert len(frame), "no image at all"
    assert list(frame.index) == list(range(len(frame))), "the index is not 0 to N - 1"
    for column, least in (("identity", 0), ("camera", -1)):
        assert frame[column].dtype.kind in "iu", f"column {column} is {frame[column].dtype}; expected whole numbers"
        assert frame[column].min() >= least, f"{column} {frame[column].min()}; expected {least} or more"
    for column, known in (("split", SPLITS), ("modality", MODALITIES), ("role", ROLES)):
        strange = set(frame[column]) - known
        assert not strange, f"{column} {sorted(map(repr, strange))[0]}; expected one of {sorted(known)}"
    for column in ("path", *(name for name in NAMES if name in frame)):
        strange = [value for value in frame[column] if not isinstance(value, str)]
        assert not strange, f"{column} {strange[0]!r}; expected text"


def check_files(frame: pd.DataFrame) -> None:
    """Every path is a file, once, and the rows are sorted by it."""
    paths = list(frame["path"])
    missing = next((path for path in paths if not Path(path).is_file()), None)
    assert missing is None, f"no file {missing}"
    assert len(set(paths)) == len(paths), f"{len(paths) - len(set(paths))} paths are there twice"
    assert paths == sorted(paths), "the rows are not sorted by path"


def check_splits(frame: pd.DataFrame) -> None:
    """Nobody is both trained on and tested; a distractor is in the gallery, and nobody asks for one."""
    train = frame["split"] == "train"
    both = set(frame.loc[train, "identity"]) & set(frame.loc[~train, "identity"])
    assert not both, f"identity {min(both, default=0)} is both trained on and tested"
    wrong = frame[(frame["role"] == "distractor") & (frame["split"] != "gallery")]
    assert wrong.empty, f"a distractor is in split {list(wrong['split'])[:1]}; expected gallery"
    asked = set(frame.loc[frame["split"] == "query", "identity"])
    wanted = asked & set(frame.loc[frame["role"] == "distractor", "identity"])
    assert not wanted, f"identity {min(wanted, default=0)} is a distractor and asked for"


def check_repetition(make: Make, root: Path, frame: pd.DataFrame) -> None:
    """Reading again gives the same frame, also from another object with the same options, and with skip_broken."""
    layout = make()
    for again in (layout.read(root), layout.read(root), layout.read(root, skip_broken=True)):
        assert frame.equals(again), "reading twice gives two frames"


def check_people(layout: Layout) -> None:
    """The rows that the layout expects of the embedded people are those that it reads, whatever its options are."""
    copy = people(layout)
    with _written(copy) as base:
        found = layout.read(base / copy.given)
        rows = [shown.row._replace(path=str(base / shown.row.path)) for shown in copy.pictures if shown.row]
        expected = pd.DataFrame(rows)[list(found.columns)].sort_values("path").reset_index(drop=True)
        assert found.equals(expected), "what was written is not what is read"


def miniature(layout: Layout, folder: Path) -> Path:
    """A few embedded people below a folder, with blank images; returns what to give the reader."""
    copy = people(layout)
    return blank(copy, folder / copy.folder) / copy.given


def people(layout: Layout) -> Copy:
    """Six people to train, four to test; in infrared as well where the layout can hold them beside the others."""
    try:
        copy = layout.people(Arguments(**SMALL, infrared=True))
    except NasreidError:
        copy = layout.people(Arguments(**SMALL, infrared=False))
    assert copy is not None, f"{layout!r} does not say how people are written; expected that, or a folder of its data"
    return copy


def blank(copy: Copy, base: Path) -> Path:
    """Write a copy with blank images in no time: the readers do not open them."""
    for shown in copy.pictures:
        (base / shown.path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 8), "grey").save(base / shown.path)
    for path, content in copy.files.items():
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / path).write_bytes(content)
    return base


def _refusal(layout: Layout, place: Path) -> Exception | None:
    try:
        layout.read(place)
    except Exception as error:
        return error
    return None


@contextmanager
def _written(copy: Copy) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield blank(copy, Path(folder) / copy.folder)
