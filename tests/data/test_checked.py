"""Reading a data set whose images all decode."""

from pathlib import Path

import pytest

from nasreid.data.checked import checked_frame, verify
from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from tests.data.copies import copy
from tests.data.miniature import market, truncate


def test_verify_names_or_drops_what_does_not_decode(tmp_path: Path) -> None:
    frame = read("market1501", market(tmp_path))
    seen: list[tuple[int, int]] = []
    kept, dropped = verify(frame, progress=lambda done, total: seen.append((done, total)))
    assert kept.equals(frame)
    assert dropped == []
    assert seen == [(done, 41) for done in range(1, 42)]
    torn, fake = frame["path"][3], frame["path"][20]
    truncate(Path(torn))
    Path(fake).write_text("hello")
    with pytest.raises(NasreidError, match=rf"{torn}: truncated or not a picture; expected a whole picture"):
        verify(frame)
    kept, dropped = verify(frame, skip_broken=True)
    assert dropped == [torn, fake]
    assert list(kept["path"]) == [path for path in frame["path"] if path not in dropped]
    with pytest.raises(NasreidError, match="none of the 1 pictures decodes"):
        verify(frame[frame["path"] == fake], skip_broken=True)


def test_what_there_is_to_say_is_returned_and_not_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    base = market(tmp_path)
    torn = read("market1501", base).query("split == 'query'")["path"].iloc[0]
    truncate(Path(torn))
    with pytest.raises(NasreidError, match=r"truncated or not a picture.*--skip-broken"):
        checked_frame(base, "market1501", {}, ("query", "gallery"))
    frame, notes = checked_frame(base, "market1501", {}, ("query", "gallery"), skip_broken=True)
    assert set(frame["split"]) == {"query", "gallery"}
    assert torn not in set(frame["path"])
    assert list(frame.index) == list(range(len(frame)))
    assert notes == [f"left out 1 broken images: {torn}"]
    _, notes = checked_frame(copy(tmp_path, "dukemtmcreid"), "dukemtmcreid", {}, ("train",))
    assert len(notes) == 1
    assert notes[0].startswith("note: DukeMTMC-reID was withdrawn by its authors in 2019")
    assert capfd.readouterr() == ("", "")


def test_skip_broken_among_the_options_is_taken_too(tmp_path: Path) -> None:
    base = market(tmp_path)
    (base / "query/me.jpg").touch()
    frame, _ = checked_frame(base, "market1501", {"skip_broken": True}, ("query",))
    assert len(frame) == 10
