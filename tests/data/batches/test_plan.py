"""The first steps of a plan, as somebody takes them who measures."""

import numpy as np

from nasreid.data.batches.plan import Plan


def test_first_steps_end_an_epoch_and_show_the_same_pictures():
    labels = np.repeat(np.arange(6), 4)
    plan = Plan(labels, 10, 2, 2, 0, labels)
    few = plan.first(5)
    assert (len(few), few.epochs, len(plan) > 5) == (5, 10, True)
    keys = list(few.keys())
    assert [key.index for key in keys] == [0, 1, 2, 3, 4]
    assert [key.epoch for key in keys] == [plan.key(step).epoch for step in range(5)]
    assert all(np.array_equal(key.train.rows, plan.key(0).train.rows) for key in keys)
    assert all(np.array_equal(key.validation.rows, plan.key(0).validation.rows) for key in keys)
    assert few.first_step(keys[-1].epoch + 1) == 5  # the last step ends an epoch
    assert few.images() == 5 * 8
    assert len(plan.first(10**6)) == len(plan)
