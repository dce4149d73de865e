from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.batch import Batch
from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.plan import Plan
from nasreid.data.batches.stream import Guarded, Step, evaluation_loader, loader
from nasreid.data.batches.transforms import Augment, Plain
from nasreid.data.datasets import read
from nasreid.data.frame import infrared, relabel
from nasreid.errors import NasreidError
from tests.data.miniature import market, train_frame, truncate


def _same_batch(one: Batch, other: Batch) -> bool:
    fields = (one.images, other.images), (one.identities, other.identities), (one.cameras, other.cameras)
    return all(torch.equal(*pair) for pair in fields)


def _same(one: Step, other: Step) -> bool:
    assert one.validation is not None
    assert other.validation is not None
    assert (one.index, one.epoch, one.position) == (other.index, other.epoch, other.position)
    return _same_batch(one.train, other.train) and _same_batch(one.validation, other.validation)


def _stream(tmp_path: Path, start_step: int = 0, workers: int = 0, cache: int = 0, patch: float = 0.0) -> Guarded:
    """Two streams over the same miniature: five identities and, in the second, three of them."""
    fresh = not any(tmp_path.iterdir())
    frame = train_frame(tmp_path) if fresh else read("market1501", tmp_path).query("split == 'train'")
    few = frame[frame["identity"] > 2]
    augment = Augment(16, 8, pad=2, jitter=(0.2, 0.2, 0.2, 0.1), patch=patch)
    labels, few_labels = relabel(frame["identity"]), relabel(few["identity"])
    plan = Plan(labels, epochs=3, p=2, k=2, seed=4, validation=few_labels)
    pictures = PictureSet(frame, labels, augment, seed=1, cache=cache)
    return loader(plan, pictures, PictureSet(few, few_labels, augment, seed=2, cache=cache), start_step, workers)


@pytest.mark.parametrize(
    "options",
    [{"start_step": 5}, {"workers": 2}, {"workers": 1, "start_step": 7}, {"cache": 4000}, {"cache": 900, "workers": 2}],
)
def test_steps_are_the_same_wherever_they_start_and_whoever_makes_them(tmp_path: Path, options: dict) -> None:
    whole = [step.to("cpu") for step in _stream(tmp_path, patch=0.5)]
    state = torch.get_rng_state()
    stream = _stream(tmp_path, patch=0.5, **options)
    rest = [step.to("cpu") for step in stream]
    start = options.get("start_step", 0)
    assert [step.index for step in whole] == list(range(len(whole)))
    assert len(stream) == len(rest) == len(whole) - start
    assert all(_same(one, other) for one, other in zip(whole[start:], rest, strict=True))
    assert torch.equal(state, torch.get_rng_state())


def _both(root: Path, start_step: int = 0, workers: int = 0) -> Guarded:
    """Two streams over both modalities."""
    frame = read("market1501", root, modalities="both").query("split == 'train'").reset_index(drop=True)
    few = frame[frame["identity"] > 2]
    labels = [relabel(part["identity"]) for part in (frame, few)]
    plan = Plan(labels[0], 2, 2, 2, 4, labels[1], infrared(frame), infrared(few))
    pictures = [PictureSet(part, own, Augment(16, 8, pad=2)) for part, own in zip((frame, few), labels, strict=True)]
    return loader(plan, *pictures, start_step=start_step, workers=workers)


@pytest.mark.parametrize("options", [{"start_step": 7}, {"workers": 2, "start_step": 3}])
def test_batches_of_both_modalities_are_resumable(tmp_path: Path, options: dict) -> None:
    root = market(tmp_path, infrared=True)
    whole, rest = ([step.to("cpu") for step in _both(root, **given)] for given in ({}, options))
    start = options["start_step"]
    assert len(whole) == 2 * (20 // 4 + 1)
    assert all(_same(one, other) for one, other in zip(whole[start:], rest, strict=True))
    for batch in (batch for step in whole for batch in (step.train, step.validation)):
        assert batch is not None
        assert batch.modality is not None
        assert batch.modality.tolist() == [False] * 4 + [True] * 4
        assert torch.equal(batch.identities[:4], batch.identities[4:])


def test_a_picture_that_comes_twice_in_an_epoch_looks_new() -> None:
    labels, side = np.repeat(np.arange(3), 4), np.tile([False, True], 6)
    keys = list(Plan(labels, 2, p=2, k=2, seed=0, train_infrared=side).keys())
    assert len({key.train.look for key in keys}) == len(keys)
    with pytest.raises(NasreidError, match=r"2 identities with .* in a part of .*: expected at least P=3"):
        Plan(labels, 2, p=3, k=2, seed=0, train_infrared=side & (labels > 0))


def test_step_holds_what_networks_eat(tmp_path: Path) -> None:
    packed = next(iter(_stream(tmp_path)))
    step = packed.to("cpu")
    assert packed.train.pixels.dtype == torch.uint8
    assert packed.train.pixels.shape == (4, 16, 8, 3)
    assert step.train.images.shape == (4, 3, 16, 8)
    assert step.train.images.dtype == torch.float32
    assert step.train.identities.dtype == step.train.cameras.dtype == torch.int64
    assert step.train.modality is None
    assert packed.to("cpu", dtype=torch.float64).train.images.dtype == torch.float64


def test_epochs_augment_anew(tmp_path: Path) -> None:
    frame = train_frame(tmp_path)
    pictures = PictureSet(frame, relabel(frame["identity"]), Augment(16, 8), seed=3)
    assert torch.equal(pictures[0, 2], pictures[0, 2])
    assert not torch.equal(pictures[0, 2], pictures[1, 2])
    assert len(pictures) == 20
    with pytest.raises(NasreidError, match="2 labels for 20 pictures"):
        PictureSet(frame, np.arange(2), Plain(16, 8))


@settings(max_examples=30)
@given(st.integers(0, 50), st.integers(1, 4), st.lists(st.integers(1, 7), min_size=4, max_size=6))
def test_plan_counts_steps_and_cycles_the_second_stream(seed: int, epochs: int, counts: list[int]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    plan = Plan(labels, epochs, p=2, k=2, seed=seed, validation=labels[labels < 3])
    keys = list(plan.keys())
    assert len(keys) == len(plan) == sum(plan.epoch_length(epoch) for epoch in range(epochs))
    assert [(key.epoch, key.position) for key in keys] == [plan.epoch_of(step) for step in range(len(plan))]
    assert all(plan.epoch_of(plan.first_step(epoch)) == (epoch, 0) for epoch in range(epochs))
    epochs_b = [key.validation.epoch for key in keys]
    assert epochs_b == sorted(epochs_b)
    assert set(epochs_b) == set(range(epochs_b[-1] + 1))
    fresh = Plan(labels, epochs, p=2, k=2, seed=seed, validation=labels[labels < 3])
    for step in reversed(range(len(plan))):
        assert np.array_equal(fresh.key(step).train.rows, keys[step].train.rows)
        assert np.array_equal(fresh.key(step).validation.rows, keys[step].validation.rows)


def test_plan_refuses_what_cannot_be() -> None:
    labels = np.repeat(np.arange(3), 4)
    with pytest.raises(NasreidError, match=r"3 identities in a part of the training set: expected at least P=4"):
        Plan(labels, epochs=1, p=4, k=2, seed=0)
    with pytest.raises(NasreidError, match=r"start step 99: expected 0 to"):
        Plan(labels, epochs=1, p=2, k=2, seed=0).keys(99)


def test_the_two_streams_differ() -> None:
    labels = np.repeat(np.arange(8), 6)
    keys = Plan(labels, epochs=2, p=2, k=2, seed=0, validation=labels).keys()
    assert not all(np.array_equal(key.train.rows, key.validation.rows) for key in keys)


def test_one_stream_needs_one_set(tmp_path: Path) -> None:
    frame = train_frame(tmp_path)
    labels = relabel(frame["identity"])
    pictures = PictureSet(frame, labels, Augment(16, 8))
    plan = Plan(labels, epochs=1, p=2, k=4, seed=0)
    assert all(step.to("cpu").validation is None for step in loader(plan, pictures))
    with pytest.raises(NasreidError, match="expected a second stream in both or none"):
        loader(plan, pictures, pictures)


@pytest.mark.parametrize("workers", [0, 1])
def test_torn_picture_is_named_in_one_line(tmp_path: Path, workers: int) -> None:
    frame = train_frame(tmp_path)
    for path in frame["path"]:
        truncate(Path(path))
    labels = relabel(frame["identity"])
    plan = Plan(labels, epochs=1, p=2, k=2, seed=0)
    with pytest.raises(
        NasreidError, match=r"\.jpg: truncated or not a picture; expected a whole picture file$"
    ) as caught:
        list(loader(plan, PictureSet(frame, labels, Plain(16, 8)), workers=workers))
    assert "\n" not in str(caught.value)
    with pytest.raises(NasreidError, match=frame["path"][0]):
        list(evaluation_loader(frame, Plain(16, 8), workers=workers))


@pytest.mark.parametrize("workers", [0, 2])
def test_evaluation_follows_the_frame(tmp_path: Path, workers: int) -> None:
    frame = read("market1501", market(tmp_path, infrared=True), modalities="both")
    batches = list(evaluation_loader(frame, Plain(16, 8), batch_size=7, workers=workers))
    assert [len(batch) for batch in batches] == [7] * (len(frame) // 7) + [len(frame) % 7]
    assert torch.cat([batch.identities for batch in batches]).tolist() == list(frame["identity"])
    assert torch.cat([batch.cameras for batch in batches]).tolist() == list(frame["camera"])
    infrared = [batch.modality for batch in batches if batch.modality is not None]
    assert torch.cat(infrared).tolist() == [modality == "infrared" for modality in frame["modality"]]


def test_a_picture_that_is_in_a_batch_again_looks_new_where_asked_for(tmp_path: Path) -> None:
    frame = train_frame(tmp_path)
    pictures = PictureSet(frame, relabel(frame["identity"]), Augment(16, 8, pad=2, jitter=(0.5, 0.5, 0.5, 0.1)))
    assert len({tuple(picture.flatten().tolist()) for picture in pictures.batch(0, np.array([1, 1])).pixels}) == 1
    pictures.anew = True
    once, often = (pictures.batch(0, np.array(rows)).pixels for rows in ([1], [1, 0, 1, 1]))
    assert torch.equal(once[0], often[0])
    assert len({tuple(often[at].flatten().tolist()) for at in (0, 2, 3)}) == 3
    assert torch.equal(often, pictures.batch(0, np.array([1, 0, 1, 1])).pixels)
