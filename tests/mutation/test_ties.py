"""Slices of the largest weights."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from nasreid.mutation.ties import sliced

SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 7), st.integers(1, 7))


@given(SHAPES, SHAPES, SHAPES)
def test_a_slice_of_a_slice_is_the_slice(one, two, three):
    sizes = [sorted(same) for same in zip(one, two, three, strict=True)]
    small, middle, large = (torch.Size(column) for column in zip(*sizes, strict=True))
    whole = torch.arange(large.numel()).view(large)
    assert torch.equal(sliced(sliced(whole, middle), small), sliced(whole, small))
    assert sliced(whole, large).data_ptr() == whole.data_ptr()


def test_channels_are_the_first_and_kernels_the_middle():
    whole = torch.arange(4 * 3 * 5).view(4, 3, 5)
    assert torch.equal(sliced(whole, torch.Size((2, 3, 3))), whole[:2, :, 1:4])
    assert torch.equal(sliced(whole[:, 0, 0], torch.Size((2,))), whole[:2, 0, 0])
