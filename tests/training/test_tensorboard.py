"""Events that TensorBoard reads; a full disk is told with the file's name, by whoever steps."""

import errno

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from nasreid.drafts import Unwritable
from nasreid.training.tensorboard import Writer
from tests.full_disk import room


def scalars(folder):
    found = EventAccumulator(str(folder))
    found.Reload()
    return {tag: [(one.step, one.value) for one in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_tensorboard_reads_what_was_written_and_forgets_what_is_repeated(tmp_path):
    with Writer(tmp_path, 0) as writer:
        for step in range(4):
            writer.scalar("search/loss", step / 2, step)
    with Writer(tmp_path, 2) as writer:
        writer.scalar("search/loss", 7.0, 2)
    assert len(list(tmp_path.iterdir())) == 2
    assert scalars(tmp_path) == {"search/loss": [(0, 0.0), (1, 0.5), (2, 7.0)]}


def test_events_are_on_the_disk_from_the_start_and_with_each_flush(tmp_path):
    writer = Writer(tmp_path, 0)
    assert scalars(tmp_path) == {}
    assert writer.path.stat().st_size > 0
    writer.scalar("a", 1.0, 0)
    writer.flush()
    assert scalars(tmp_path) == {"a": [(0, 1.0)]}


def test_a_full_disk_is_told_with_the_name_and_leaves_whole_events(tmp_path):
    writer = Writer(tmp_path, 0)
    writer.scalar("a", 1.0, 0)
    writer.flush()
    for step in range(1, 100):
        writer.scalar("a", 1.0, step)
    with room(1000):
        with pytest.raises(Unwritable, match=rf"'{writer.path}' cannot be written: File too large") as refused:
            writer.flush()
        with pytest.raises(ZeroDivisionError), writer:
            raise ZeroDivisionError  # and no other, of the events that could not be written either
    assert refused.value.errno == errno.EFBIG
    assert scalars(tmp_path) == {"a": [(0, 1.0)]}
    writer.flush()
    assert len(scalars(tmp_path)["a"]) == 100


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unwritable, match="file/tensorboard' cannot be written: Not a directory"):
        Writer(tmp_path / "file/tensorboard", 0)
