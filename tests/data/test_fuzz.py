"""Any name and any line: a frame that keeps training and test people apart, or a NasreidError; nothing else."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nasreid.data.datasets import layouts, read
from nasreid.errors import NasreidError
from tests.data.copies import copy

FOLDERS = {
    "market1501": ("bounding_box_train", "query", "bounding_box_test"),
    "market1501-infrared": ("bounding_box_train", "infrared/query", "infrared/bounding_box_test"),
    "dukemtmcreid": ("bounding_box_train", "query", "bounding_box_test"),
    "veri776": ("image_train", "image_query", "image_test"),
    "sysu-mm01": ("cam1/0001", "cam3/0005", "cam1"),
    "viper": ("cam_a", "cam_b"),
    "grid": ("probe", "gallery"),
    "cuhk01": ("",),
    "folder": ("train/0001", "query/0004", "gallery"),
}
LISTS = {
    "msmt17": ("list_train.txt", "list_val.txt", "list_query.txt", "list_gallery.txt"),
    "vehicleid": ("train_test_split/train_list.txt", "train_test_split/test_list_800.txt"),
    "regdb": ("idx/train_visible_1.txt", "idx/test_thermal_1.txt"),
    "sysu-mm01": ("exp/train_id.txt", "exp/test_id.txt"),
    "csv": ("people.csv",),
}
FILES = {
    "cuhk03": "cuhk03_new_protocol_config_detected.mat",
    "grid": "features_and_partitions.mat",
}
DRAWN = ("viper", "grid", "cuhk01")  # who is trained on depends on everybody
IMAGES = 6  # of an identity in a split: the most that one name decides
QUICK = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
CHANGES = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["cut", "double", "swap", "put"]),
                    st.sampled_from([*"0159-_cs./, \n\0\r\"'x", "٣", "é", "\ud800", "99999999999999999999", "-1"]))


def spoilt(text: str, change: tuple[int, int, str, str]) -> str:
    """The text with one stretch or character of it changed."""
    first, second, kind, letter = change
    start, end = sorted((first % (len(text) + 1), second % (len(text) + 1)))
    end = min(end, start + 8)
    middle = {"cut": "", "double": 2 * text[start:end], "swap": text[start:end][::-1], "put": letter}[kind]
    return text[:start] + middle + text[end:]


def refusal(where: Path, text: str) -> str:
    """Says where, and what was expected."""
    assert "expected" in text
    assert text.startswith((str(where), str(where.parent), "identity "))
    return text


def outcome(layout: str, where: Path) -> dict[str, tuple[str, int]] | str:
    """{path: (split, identity)}, or the error's one line."""
    try:
        frame = read(layout, where)
    except NasreidError as error:
        return refusal(where, str(error))
    train = frame["split"] == "train"
    assert set(frame["split"]) <= {"train", "query", "gallery", "test"}
    assert set(frame["modality"]) <= {"visible", "infrared"}
    assert frame["path"].is_unique
    assert frame["identity"].dtype == frame["camera"].dtype == "int64"
    assert not set(frame.loc[train, "identity"]) & set(frame.loc[~train, "identity"])
    return dict(zip(frame["path"], zip(frame["split"], frame["identity"], strict=True), strict=True))


def splits(frame: dict[str, tuple[str, int]], other: dict[str, tuple[str, int]]) -> dict[str, str]:
    """The splits of the images that two frames share."""
    return {path: frame[path][0] for path in frame.keys() & other.keys()}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("fuzz")
    return {layout: copy(root / layout, layout, identities=3, test_identities=3, shots=2) for layout in layouts()}


def test_every_layout_is_fuzzed() -> None:
    assert FOLDERS.keys() | LISTS.keys() | FILES.keys() == layouts().keys()


@pytest.mark.parametrize("layout", FOLDERS)
@QUICK
@given(place=st.integers(0, 9), pick=st.integers(0, 99), change=CHANGES)
def test_any_name(copies: dict[str, Path], layout: str, place: int, pick: int, change: tuple) -> None:
    base = copies[layout]
    folder = base / FOLDERS[layout][place % len(FOLDERS[layout])]
    known = sorted(path for path in folder.iterdir() if path.name[0] != ".")
    victim = known[pick % len(known)]
    name = spoilt(victim.name, change)
    before = outcome(layout, base)
    try:
        target = victim.with_name(name)
        fresh = not target.exists()
        if fresh:
            victim.rename(target)
    except (ValueError, OSError):  # no name for a file
        return
    if fresh and target.parent == victim.parent:
        try:
            found = outcome(layout, base)
        finally:
            target.rename(victim)
        assert isinstance(before, dict)
        if layout not in DRAWN and isinstance(found, dict):
            assert splits(found, before) == splits(before, found)
            assert len(found.keys() - before.keys()) <= IMAGES
    assert outcome(layout, base) == before


@pytest.mark.parametrize("layout", LISTS)
@QUICK
@given(place=st.integers(0, 9), change=CHANGES)
def test_any_line(copies: dict[str, Path], layout: str, place: int, change: tuple) -> None:
    where = copies[layout]
    file = (where.parent if layout == "csv" else where) / LISTS[layout][place % len(LISTS[layout])]
    kept = file.read_bytes()
    try:
        file.write_bytes(spoilt(kept.decode(), change).encode(errors="surrogatepass"))
        found = outcome(layout, where)
    finally:
        file.write_bytes(kept)
    before = outcome(layout, where)
    assert isinstance(before, dict)
    if isinstance(found, dict):
        assert splits(found, before) == splits(before, found)


@pytest.mark.parametrize("layout", [*LISTS, *FILES])
@QUICK
@given(content=st.binary(max_size=300), cut=st.integers(0, 10**6))
def test_any_bytes(copies: dict[str, Path], layout: str, content: bytes, cut: int) -> None:
    where = copies[layout]
    name = FILES.get(layout) or LISTS[layout][0]
    file = (where.parent if layout == "csv" else where) / name
    kept = file.read_bytes()
    start = cut % len(kept)
    try:
        for spoilt_bytes in (content, kept[:start], kept[:start] + content + kept[start + len(content):]):
            file.write_bytes(spoilt_bytes)
            assert outcome(layout, where) is not None
    finally:
        file.write_bytes(kept)
