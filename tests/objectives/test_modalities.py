"""Which images are visible, which infrared, and which belong together."""

import pytest
import torch

from nasreid.batch import Batch
from nasreid.errors import NasreidError
from nasreid.objectives.modalities import check_both, modality_of, paired


def batch(identities, infrared):
    side = None if infrared is None else torch.tensor(infrared, dtype=torch.bool)
    labels = torch.tensor(identities)
    return Batch(torch.zeros(len(labels), 3, 1, 1), labels, torch.zeros_like(labels), side)


@pytest.mark.parametrize(("infrared", "which"), [(None, "visible"), ([0, 0], "visible"), ([1, 1], "infrared")])
def test_a_batch_of_one_modality_is_refused(infrared, which):
    with pytest.raises(NasreidError, match=f"somebody: a batch of {which} images only"):
        modality_of(batch([1, 1], infrared), "somebody")


def test_a_batch_of_both_says_which_is_which():
    assert modality_of(batch([1, 1], [0, 1]), "somebody").tolist() == [False, True]


@pytest.mark.parametrize(("infrared", "words"), [([0, 1, 0, 0], "group 7 has no infrared image"),
                                                 ([0, 1, 1, 1], "group 7 has no visible image")])
def test_a_group_without_a_modality_is_named(infrared, words):
    with pytest.raises(NasreidError, match=words):
        check_both(torch.tensor([3, 3, 7, 7]), torch.tensor(infrared, dtype=torch.bool), "group")


def test_groups_with_both_pass():
    check_both(torch.tensor([3, 7, 3, 7]), torch.tensor([True, False, False, True]), "group")


def test_pairs_are_the_kth_of_an_identity_in_each_modality():
    visible, infrared = paired(batch([5, 2, 5, 2, 5, 5], [1, 0, 0, 1, 1, 0]), "somebody")
    assert (visible.tolist(), infrared.tolist()) == ([1, 2, 5], [3, 0, 4])


def test_an_identity_with_more_of_one_modality_is_named():
    with pytest.raises(NasreidError, match="identity 5 has 2 visible and 1 infrared"):
        paired(batch([2, 2, 5, 5, 5], [0, 1, 0, 1, 0]), "somebody")
