import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nasreid.data.batches.boxes import Box, erase_box, paste_patch

SEEDS = st.integers(0, 10_000)


@given(SEEDS)
def test_erased_rectangle_is_lawful(seed: int) -> None:
    box = erase_box(np.random.default_rng(seed), 60, 30, 1.0)
    assert isinstance(box, Box)
    inside = np.zeros((60, 30), dtype=bool)
    inside[box.slices] = True
    assert inside.sum() == box.height * box.width
    assert 0.015 < inside.mean() < 0.42
    assert 0.22 < box.height / box.width < 4.5


def test_erase_has_its_probability() -> None:
    rng = np.random.default_rng(0)
    assert 160 < sum(erase_box(rng, 16, 8) is not None for _ in range(400)) < 240
    assert not any(erase_box(rng, 16, 8, 0.0) for _ in range(50))
    assert erase_box(rng, 1, 1, 1.0) is None


@given(SEEDS)
def test_patch_is_a_piece_of_the_other_picture(seed: int) -> None:
    pasted = np.zeros((24, 12, 3), dtype=np.int64)
    other = np.arange(1, 24 * 12 + 1).reshape(24, 12, 1).repeat(3, axis=2)
    paste_patch(pasted, other, np.random.default_rng(seed))
    rows, columns = np.flatnonzero(pasted.any((1, 2))), np.flatnonzero(pasted.any((0, 2)))
    assert len(rows) == 0 or len(columns) > 0
    if not len(rows):  # a patch that does not fit is left out
        return
    piece = pasted[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, 0]
    down, across = np.divmod(piece - 1, 12)  # where in the other picture each pixel was
    steps = np.diff(across, axis=1)
    assert (np.diff(down, axis=0) == 1).all()
    assert (steps == 1).all() or (steps == -1).all()
    assert (np.diff(across, axis=0) == 0).all()
    assert 0 < piece.size <= 0.55 * 24 * 12
