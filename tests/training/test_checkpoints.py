"""A checkpoint is whole and of this very run, or it is not taken."""

import random

import pandas as pd
import pytest
import torch

from nasreid.data.frame import Contents
from nasreid.errors import NasreidError
from nasreid.run import RunFolder, Table
from nasreid.training.checkpoints import Checkpoints

CONTENTS = Contents(40, 5, "abc")


def made(path, seed=1, contents=CONTENTS, states=(1, 2)):
    """Checkpoints of a run folder, after a save for each of the states; each has a row of the table."""
    with RunFolder(path, {"search": {"seed": seed}}) as folder:
        found = Checkpoints(folder, contents, (Table(folder / "metrics.csv", ("step", "value")),))
    for state in states:
        found.tables[0].add(state, state)
        found.save({"step": state, "weights": torch.full((50,), float(state))})
    return found


def test_torch_itself_can_read_one(tmp_path):
    made(tmp_path / "run")
    assert torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["step"] == 2


def test_the_last_state_is_taken(tmp_path):
    assert made(tmp_path / "run", states=()).load() is None
    state = made(tmp_path / "run").load()
    assert state["step"] == 2
    assert state["weights"].tolist() == [2.0] * 50


def test_a_bit_that_flipped_is_noticed_wherever_it_is(tmp_path, capsys):
    found = made(tmp_path / "run")
    path, chance = tmp_path / "run" / "checkpoint.pt", random.Random(3)
    whole = path.read_bytes()
    taken = []
    for _ in range(300):
        place, bit = chance.randrange(len(whole)), chance.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
        state = found.load()
        assert state["weights"].tolist() == [float(state["step"])] * 50
        taken.append(state["step"])
    assert set(taken) == {1}
    assert "damaged checkpoint, the one before it is taken: " in capsys.readouterr().err


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_a_torn_one_gives_way_to_the_one_before_it(tmp_path, size):
    found = made(tmp_path / "run")
    path = tmp_path / "run" / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:size])
    assert found.load()["step"] == 1
    path.unlink()  # as after a kill between two renames
    assert found.load()["step"] == 1


def test_where_none_is_whole_the_way_out_is_said(tmp_path):
    found = made(tmp_path / "run")
    for name in ("checkpoint.pt", "checkpoint-earlier.pt"):
        (tmp_path / "run" / name).write_bytes(b"PK nothing")
    with pytest.raises(NasreidError, match=r"no checkpoint is whole \(.*checkpoint.pt: .*; expected .*--force"):
        found.load()


def test_one_of_another_run_is_refused(tmp_path):
    made(tmp_path / "other", seed=2)
    found = made(tmp_path / "run")
    (tmp_path / "other" / "checkpoint.pt").rename(tmp_path / "run" / "checkpoint.pt")
    with pytest.raises(NasreidError, match="is the checkpoint of a run with other options"):
        found.load()


@pytest.mark.parametrize(("contents", "words"), [
    (Contents(39, 5, "b"), "40 images of 5 identities then, 39 of 5 now"),
    (Contents(40, 5, "b"), "40 images as before, but other files or labels")])
def test_other_data_are_refused(tmp_path, contents, words):
    made(tmp_path / "run")
    with pytest.raises(NasreidError, match=f"not those that the run began with: {words}"):
        made(tmp_path / "run", contents=contents, states=()).load()


def test_a_shortened_table_is_refused(tmp_path):
    found = made(tmp_path / "run")
    table = tmp_path / "run" / "metrics.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(NasreidError, match=r"metrics.csv is not what the run has written"):
        found.load()


def test_contents_follow_paths_bytes_and_labels(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"12")
    frame = pd.DataFrame({"path": [str(tmp_path / "a.jpg"), "gone.jpg"], "identity": [0, 1], "camera": [0, -1],
                          "modality": "visible"})
    first = Contents.of(frame)
    assert first == Contents.of(frame)
    assert (first.images, first.identities) == (2, 2)
    assert first.differ(Contents.of(frame.assign(camera=1)))
    (tmp_path / "a.jpg").write_bytes(b"123")
    assert first.differ(Contents.of(frame))
    assert not first.differ(first)
