"""Steps of a run that makes its own labels are asked for one after the other, and never ahead."""

from types import SimpleNamespace

import pytest

from nasreid.errors import NasreidError
from nasreid.training.relabelled import Relabelled


class Plan:
    """Two epochs of three steps."""

    def __len__(self):
        return 6

    def epoch_of(self, step):
        return divmod(step, 3)

    def first_step(self, epoch):
        return 3 * epoch


def steps(done=0):
    """What is asked for, and the epochs that were labelled."""
    begun = []
    labelling = SimpleNamespace(begin=lambda epoch: begun.append(epoch) or {"clusters": 1.0}, pictures=[])
    loop = SimpleNamespace(plan=Plan(), next_step=done, labelling=labelling, noted={})
    engine = SimpleNamespace(steps=lambda plan, start: range(start, 3 * (start // 3 + 1)))
    return Relabelled(loop, engine), loop, begun


@pytest.mark.parametrize(("done", "epochs"), [(0, [0, 1]), (2, [1]), (3, [1]), (6, [])])
def test_labels_are_made_where_an_epoch_begins(done, epochs):
    due, loop, begun = steps(done)
    assert len(due) == 6 - done
    for step in due:
        assert step == loop.next_step
        loop.next_step += 1
    assert begun == epochs
    assert bool(loop.noted) == bool(epochs)


def test_who_looks_ahead_is_refused():
    due, _, begun = steps()
    with pytest.raises(NasreidError, match="step 0 is due where epoch 1 was asked for"):
        list(due)
    assert begun == [0]
