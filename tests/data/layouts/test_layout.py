"""The laws of every layout of ours, and layouts that break them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nasreid.data.datasets import layout_class, layouts, make
from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.market import Market1501
from nasreid.errors import NasreidError
from nasreid.experiments.laws.law import BrokenLaw
from nasreid.experiments.laws.layouts import check_layout

OPTIONS: list[tuple[str, dict[str, Any]]] = [("market1501", {"modalities": "both"}), ("msmt17", {"val": False}),
           ("cuhk03", {"boxes": "labeled"}), ("vehicleid", {"size": 1600}), ("regdb", {"trial": 10}),
           ("viper", {"seed": 1}), ("cuhk01", {"test": 3}), ("grid", {"partitions": "drawn"}),
           ("folder", {"camera": r"c(\d)"})]  # fmt: skip


@pytest.mark.parametrize(("layout", "options"), [*((layout, {}) for layout in layouts()), *OPTIONS], ids=str)
def test_ours_keep_the_laws(layout: str, options: dict[str, Any]) -> None:
    check_layout(lambda: make(layout, **options))


@pytest.mark.parametrize("layout", layouts())
def test_ours_say_what_they_are_and_what_their_options_are(layout: str) -> None:
    words = layout_class(layout).__doc__ or ""
    for option in vars(layout_class(layout)).get("__dataclass_fields__", {}):
        assert option in words


class Broken(Layout):
    """Market-1501, spoilt in one place."""

    protocol = "market"

    def __init__(self, spoil: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame):
        self.spoil = spoil

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        return self.spoil(Market1501().read(root, skip_broken))

    def people(self, arguments: Any) -> Any:
        return Market1501().people(arguments)


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda frame: frame.drop(columns="camera"), "no column 'camera'"),
    (lambda frame: frame[5:], "the index begins 5, 6, 7"),
    (lambda frame: frame[:0], "no image at all"),
    (lambda frame: frame.assign(identity=frame["identity"].astype(str)), "column identity is"),
    (lambda frame: frame.assign(camera=-2), "camera -2; expected -1 or more"),
    (lambda frame: frame.assign(split="test set"), "split 'test set'; expected one of"),
    (lambda frame: frame.assign(modality="thermal"), "modality 'thermal'"),
    (lambda frame: frame.assign(role=None), "role None"),
    (lambda frame: frame.assign(path=[Path(path) for path in frame["path"]]), "expected text"),
    (lambda frame: frame.assign(path=frame["path"] + "x"), "no file .*jpgx"),
    (lambda frame: frame.assign(path=frame["path"].iloc[0]), "paths are there twice"),
    (lambda frame: frame[::-1].reset_index(drop=True), "not sorted by path"),
    (lambda frame: frame.assign(identity=1), "identity 1 is both trained on and tested"),
    (lambda frame: frame.assign(role="distractor"), "a distractor is in split"),
    (lambda frame: frame.assign(camera=next(COUNTER)), "another frame"),
])  # fmt: skip
def test_a_frame_that_breaks_a_law_is_told_which(spoil: Callable[[pd.DataFrame], pd.DataFrame], words: str) -> None:
    with pytest.raises(BrokenLaw, match=words):
        check_layout(lambda: Broken(spoil))


COUNTER = iter(range(10000, 20000))


def test_the_unspoilt_one_keeps_them() -> None:
    check_layout(Broken)


class Silent(Broken):
    protocol = ""


class AnyOption(Broken):
    def __init__(self, **options: Any):
        super().__init__()


class Guessing(Broken):
    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        try:
            return super().read(root, skip_broken)
        except NasreidError:
            return pd.DataFrame()


class Falling(Broken):
    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        return pd.DataFrame({"path": [next(root.iterdir())]})


class Miscounting(Broken):
    def counts(self) -> list[Count]:
        return [Count("training", 1, 1)]


@pytest.mark.parametrize(("cls", "words"), [
    (Silent, "the protocol ''"), (AnyOption, "takes any argument as .*options"), (Guessing, "an empty folder is read"),
    (Falling, "StopIteration; expected a NasreidError"), (Miscounting, "a published count of split 'training'"),
])  # fmt: skip
def test_a_layout_that_breaks_a_law_is_told_which(cls: type[Layout], words: str) -> None:
    with pytest.raises(BrokenLaw, match=words):
        check_layout(cls)
