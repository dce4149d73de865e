"""The laws of an objective; see `nasreid.experiments.laws`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from nasreid.batch import Batch
from nasreid.experiments.laws.gradients import check_gradient, check_reads, check_step, check_twins
from nasreid.experiments.laws.inputs import batch, embedding, fitting, interleaved, leaves, people, picked, ready, taken
from nasreid.experiments.laws.law import about, close, keep, law, refused, require, same
from nasreid.experiments.laws.planted import WIDTH
from nasreid.objective import Objective
from nasreid.strategy import Twins
from nasreid.training.engine import Budget
from nasreid.training.gathering import detached, learn
from nasreid.training.named_objectives import refuse

Make = Callable[[], Objective]


def laws_of_objectives(make: Make, width: int = 16, classes: int = 4) -> list[partial[None]]:
    """All laws of an objective. make(): a new one for `classes` identities and vectors, neck and maps of `width`."""
    checks = (check_value, check_order, check_samples, check_state, check_gradient, check_reads, check_twins,
              check_needs, check_start, check_learning, check_resumption)
    laws = [partial(check, make, width, classes) for check in checks]
    return [*laws, partial(check_step, make, classes)] if width == WIDTH else laws


def check_objective(make: Make, width: int = 16, classes: int = 4) -> None:
    """All laws of an objective; raises BrokenLaw. make(): a new one for `classes` identities and `width`."""
    keep(laws_of_objectives(make, width, classes))


@law
def check_value(make: Make, width: int = 16, classes: int = 4) -> None:
    """An objective is a finite scalar, and the same again on the same batch."""
    objective = ready(make(), width, classes)
    for given in served(objective, classes):
        with about(shown(given)):
            seen = embedding(len(given), width)
            first = objective(seen, given).detach()
            require(first.shape == (), f"shape {tuple(first.shape)}, expected ()")
            require(bool(torch.isfinite(first)), f"the value {float(first)}")
            again = objective(seen, given).detach()
            require(torch.equal(again, first), f"{float(first)!r} first, {float(again)!r} again")


@law
def check_order(make: Make, width: int = 16, classes: int = 4) -> None:
    """The order of the images in a batch makes no difference to an objective."""
    objective = ready(make(), width, classes)
    for given in served(objective, classes):
        seen, order = embedding(len(given), width), interleaved(given)
        turned = objective(picked(seen, order), taken(given, order))
        close(turned, objective(seen, given), 1e-10, f"{shown(given)} in another order")


@law
def check_samples(make: Make, width: int = 16, classes: int = 4) -> None:
    """The loss of an objective that judges `by_sample` is the mean of its losses of the single images."""
    objective = ready(make(), width, classes)
    if not objective.by_sample:
        return
    for given in served(objective, classes):
        seen = embedding(len(given), width)
        alone = [objective(picked(seen, row), taken(given, row)) for row in torch.arange(len(given)).split(1)]
        close(torch.stack(alone).mean(), objective(seen, given), 1e-10, f"{shown(given)}, image by image,")


@law
def check_state(make: Make, width: int = 16, classes: int = 4) -> None:
    """`forward` changes no state of an objective; only `start` and `learn` do."""
    objective = ready(make(), width, classes)
    for given in served(objective, classes):
        before = state(objective)
        objective(embedding(len(given), width), given)
        same(before, state(objective), f"forward on {shown(given)} changed")


@law
def check_needs(make: Make, width: int = 16, classes: int = 4) -> None:
    """An objective says what batches it needs, and such that lack it are refused by name; all others it can take."""
    objective = ready(make(), width, classes)
    both = objective.needs_modalities
    lacking = [("needs_two_images", batch(classes, 1, 2 if both else 1), Budget(k=1), both),
               ("needs_two_identities", batch(1, 2, 2 if both else 1), Budget(p=1), False),
               ("needs_modalities", batch(classes, 2, 1), Budget(), False)]
    needs = [objective.needs_two_images, objective.needs_two_identities, both]
    for (need, given, budget, served), needed in zip(lacking, needs, strict=True):
        what = f"{need} = {needed}, on {shown(given)}"
        if not needed:
            with about(what):
                value = objective(embedding(len(given), width), given).detach()
                require(bool(torch.isfinite(value).all()), f"the value {value.tolist()}")
        elif not served:  # with one image of each modality there are two
            refused(partial(objective, embedding(len(given), width), given), [""], f"{what}, forward")
            visible = people(2).query("modality == 'visible'")
            names = [type(part).__name__ for part in objective.modules() if isinstance(part, Objective)]
            refused(partial(refuse, Twins(objective), budget, visible), names, f"{what}, before a search")


@law
def check_start(make: Make, width: int = 16, classes: int = 4) -> None:
    """Where an objective asks for `start` it refuses to run without, and `start` forgets all that was before."""
    objective = make().double()
    if not objective.needs_start:
        return
    given = fitting(objective, classes)
    refused(partial(objective, embedding(len(given), width), given), [""], "forward before start")
    started = state(ready(objective, width, classes))
    objective.learn(detached(embedding(len(given), width)), given)
    same(started, state(ready(objective, width, classes)), "a second start leaves other")


@law
def check_learning(make: Make, width: int = 16, classes: int = 4) -> None:
    """`learn` changes buffers only, leaves no gradient, and what comes after it is finite."""
    objective = ready(make(), width, classes)
    given = fitting(objective, classes)
    seen, before = embedding(len(given), width), [(n, p.detach().clone()) for n, p in objective.named_parameters()]
    learn(objective, seen, given)
    for (name, old), new in zip(before, objective.parameters(), strict=True):
        require(torch.equal(old, new), f"learn changed the parameter {name}")
    require(all(value.grad is None for value in (*leaves(seen), *objective.parameters())), "learn left a gradient")
    value = objective(seen, given).detach()
    require(bool(torch.isfinite(value)), f"the value {float(value)} after learn")


@law
def check_resumption(make: Make, width: int = 16, classes: int = 4) -> None:
    """All that an objective has learnt is in its state_dict: a new one that loads it goes on alike."""
    objective, twin = ready(make(), width, classes), ready(make(), width, classes)
    given = fitting(objective, classes)
    seen = embedding(len(given), width)
    learn(objective, seen, given)
    twin.load_state_dict(state(objective))
    one, two = objective(seen, given).detach(), twin(seen, given).detach()
    require(torch.equal(one, two), f"{float(one)!r} before, {float(two)!r} with the state of it")


def served(objective: Objective, identities: int) -> tuple[Batch, Batch]:
    """Two batches that serve it."""
    return fitting(objective, identities), batch(identities, 3)


def state(objective: Objective) -> dict[str, Tensor]:
    """A copy of its state."""
    return {name: value.clone() for name, value in objective.state_dict().items()}


def shown(given: Batch) -> str:
    """A batch in words."""
    identities = len(given.identities.unique())
    both = "" if given.modality is None else ", visible and infrared"
    return f"{len(given)} images of {identities} identities{both}"
