"""The laws of an objective; see tests/conformance.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objective import Objective
from nasreid.strategy import Twins
from nasreid.training.engine import Budget
from nasreid.training.named_objectives import refuse
from tests.laws_of_spaces import close, images
from tests.small_search import people


def check_objective(make: Callable[[], Objective], width: int = 16, classes: int = 4) -> None:
    """All laws of an objective. make(): a new one for `classes` identities and vectors, neck and maps of `width`."""
    check_value(make(), width, classes)
    check_gradient(make(), width, classes)
    check_needs(make, width, classes)
    check_memory(make, width, classes)


def batch(identities: int = 4, per: int = 2, modalities: int = 2) -> Batch:
    """`identities` x `per` images of each of one or two modalities, visible and infrared by turns."""
    labels = torch.arange(identities).repeat_interleave(per * modalities)
    side = torch.arange(len(labels)) % 2 == 1 if modalities == 2 else None
    return Batch(images(len(labels), 4, 2), labels, torch.zeros_like(labels), side)


def embedding(number: int, width: int = 16, seed: int = 0) -> Embedding:
    """Vectors, neck and maps (4 x 2) of N images and of their local feature, each a leaf of its own, in float64."""
    generator = torch.Generator().manual_seed(seed)
    made = [torch.randn(number, width, *more, generator=generator, dtype=torch.float64).requires_grad_()
            for more in ((), (), (4, 2)) * 2]
    return Embedding(made[0], made[1], made[2], Embedding(made[3], made[4], made[5]))


def leaves(given: Embedding) -> list[Tensor]:
    """Its vectors, necks and maps."""
    own = [given.vectors, given.neck, *([] if given.maps is None else [given.maps])]
    return own if given.local is None else [*own, *leaves(given.local)]


def fitting(objective: Objective, identities: int = 4) -> Batch:
    """A batch that serves it."""
    return batch(identities, 2, 2 if objective.needs_modalities else 1)


def ready(objective: Objective, width: int, classes: int) -> Objective:
    """It, in float64, started where it wants to be, after a first step."""
    objective, first = objective.double(), fitting(objective, classes)
    if objective.needs_start:
        labels = torch.arange(3 * classes) % classes
        objective.start(embedding(len(labels), width, 5).vectors.detach(), labels)
    with torch.no_grad():
        objective.learn(detached(embedding(len(first), width, 6)), first)
    return objective


def state(objective: Objective) -> dict[str, Tensor]:
    """A copy of its state."""
    return {name: value.clone() for name, value in objective.state_dict().items()}


def same(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    """Equal, names and values."""
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def check_value(objective: Objective, width: int = 16, classes: int = 4) -> None:
    """`forward` is a finite scalar, the same again, changes no state, and does not depend on the order of the batch."""
    objective = ready(objective, width, classes)
    for given in (fitting(objective, classes), batch(classes, 3)):
        seen, before = embedding(len(given), width), state(objective)
        first = objective(seen, given)
        assert first.shape == ()
        assert torch.isfinite(first)
        assert torch.equal(objective(seen, given), first)
        order = interleaved(given)
        close(objective(picked(seen, order), taken(given, order)), first, 1e-10, "another order")
        assert same(state(objective), before)


def check_gradient(objective: Objective, width: int = 16, classes: int = 4) -> None:
    """Gradients reach what the objective says that it reads, are finite, and are those of finite differences."""
    objective = ready(objective, width, classes)
    given, seen = fitting(objective, classes), embedding(2 * classes * (2 if objective.needs_modalities else 1), width)
    inputs = leaves(seen)

    def loss(*changed: Tensor) -> Tensor:
        return objective(Embedding(*changed[:3], Embedding(*changed[3:])), given)

    loss(*inputs).backward()
    vectors, neck, maps = (any(values.grad is not None and bool(values.grad.abs().sum() > 0)
                               for values in inputs[place::3]) for place in range(3))
    assert all(torch.isfinite(values.grad).all() for values in inputs if values.grad is not None)
    assert maps if objective.reads_maps else neck if objective.reads_neck else vectors or neck or maps
    assert torch.autograd.gradcheck(loss, inputs, fast_mode=True)


def check_needs(make: Callable[[], Objective], width: int = 16, classes: int = 4) -> None:
    """What it asks for is refused by name if missing, in `forward` and before a search; without the rest it can do."""
    objective = ready(make(), width, classes)
    both = objective.needs_modalities
    lacking = [(objective.needs_two_images, batch(classes, 1, 2 if both else 1), Budget(k=1), both),
               (objective.needs_two_identities, batch(1, 2, 2 if both else 1), Budget(p=1), False),
               (both, batch(classes, 2, 1), Budget(), False)]
    for needed, given, budget, served in lacking:
        if not needed:
            assert torch.isfinite(objective(embedding(len(given), width), given)).all()
        elif not served:  # with one image of each modality there are two
            refused(lambda given=given: objective(embedding(len(given), width), given))
            visible = people(2).query("modality == 'visible'")
            names = [type(part).__name__ for part in objective.modules() if isinstance(part, Objective)]
            refused(lambda budget=budget, frame=visible: refuse(Twins(objective), budget, frame), names)


def check_memory(make: Callable[[], Objective], width: int = 16, classes: int = 4) -> None:
    """`start` forgets all that was and must come first where asked for; `learn` changes buffers only, no gradients."""
    fresh = make().double()
    given = fitting(fresh, classes)
    seen = embedding(len(given), width)
    if fresh.needs_start:
        refused(lambda: fresh(seen, given))
    objective = ready(make(), width, classes)
    started, parameters = state(objective), [p.detach().clone() for p in objective.parameters()]
    with torch.no_grad():
        objective.learn(detached(seen), given)
    learnt = state(objective)
    assert all(torch.equal(a, b) for a, b in zip(parameters, objective.parameters(), strict=True))
    assert all(value.grad is None for value in (*leaves(seen), *objective.parameters()))
    assert torch.isfinite(objective(seen, given))
    if objective.needs_start:
        assert same(state(ready(objective, width, classes)), started)
    twin = ready(make(), width, classes)
    twin.load_state_dict(learnt)  # a run that is resumed has nothing but this
    assert torch.equal(twin(seen, given), load(objective, learnt)(seen, given))


def load(objective: Objective, kept: dict[str, Tensor]) -> Objective:
    """It, with a state that was kept."""
    objective.load_state_dict(kept)
    return objective


def interleaved(given: Batch) -> Tensor:
    """Another order (N,) of a batch, which keeps that of the images of one identity and modality."""
    keys = torch.rand(len(given), generator=torch.Generator().manual_seed(4))
    side = torch.zeros_like(given.identities) if given.modality is None else given.modality.long()
    groups = 2 * given.identities + side
    for group in groups.unique():
        keys[groups == group] = keys[groups == group].sort().values
    return keys.argsort()


def picked(given: Embedding, order: Tensor) -> Embedding:
    """An embedding in another order."""
    maps = None if given.maps is None else given.maps[order]
    local = None if given.local is None else picked(given.local, order)
    return Embedding(given.vectors[order], given.neck[order], maps, local)


def taken(given: Batch, order: Tensor) -> Batch:
    """A batch in another order."""
    return Batch(given.images[order], given.identities[order], given.cameras[order],
                 None if given.modality is None else given.modality[order])


def detached(given: Embedding) -> Embedding:
    """An embedding without its graph."""
    own = [values.detach() for values in leaves(replace(given, local=None))]
    return Embedding(own[0], own[1], own[2] if len(own) > 2 else None,
                     None if given.local is None else detached(given.local))


def refused(call: Callable[[], Any], names: Sequence[str] = ("",)) -> None:
    """call() raises a NasreidError of one line with one of the names in it."""
    with pytest.raises(NasreidError) as caught:
        call()
    assert any(name in str(caught.value) for name in names)
    assert "\n" not in str(caught.value)
