"""The laws of a search space; see `nasreid.experiments.laws`, and `mixes` for that of a cheaper mix."""

from __future__ import annotations

import copy
from functools import partial
from typing import cast

import torch
from torch import Tensor

from nasreid.experiments.laws.chance import shaken, untouched
from nasreid.experiments.laws.inputs import images
from nasreid.experiments.laws.law import about, close, keep, law, require, same, some
from nasreid.experiments.laws.mixes import MASKS, SEVERAL, check_mix, unsettled
from nasreid.experiments.laws.samples import Make, Samples
from nasreid.experiments.laws.served import supernet_of
from nasreid.mutation import decisions, freeze
from nasreid.network.inherit import Inheritance
from nasreid.space import SearchSpace
from nasreid.training.seeding import seeded


def laws_of_spaces(make: Make, number: int = 3, seed: int = 0) -> list[partial[None]]:
    """All laws of a space. make(): a new one, open; number: of genotypes to try, at least."""
    samples = Samples(make, number, seed)
    tried = (check_complete, check_inheritance, check_modalities, check_middle, check_chance)
    return [partial(check_seed, make), partial(check_candidates, make), *(partial(check, samples) for check in tried),
            partial(check_mix, make)]


def check_space(make: Make, number: int = 3, seed: int = 0) -> None:
    """All laws of a space; raises BrokenLaw. make(): a new one, open; number: of genotypes to try, at least."""
    keep(laws_of_spaces(make, number, seed))


@law
def check_seed(make: Make) -> None:
    """A space has an open decision, and the seed of torch's generator alone decides what a constructor makes."""
    made = []
    for shake in (1, 2):
        with shaken(shake), seeded(0), untouched("the constructor", torchs=False):
            made.append(make())
    one, two = (decisions(space) for space in made)
    require(bool(one), "no open decision; expected at least one choice()")
    require(one == two, f"decisions {one}, then {two}")
    same(made[0].state_dict(), made[1].state_dict(), "the same seed, other weights")


@law
def check_candidates(make: Make) -> None:
    """All candidates of a decision make the same shapes of the same inputs."""
    supernet = supernet_of(make).eval()
    supernet.mix_plainly()  # refuses, with label and candidates
    with torch.no_grad():
        supernet(images().double())


@law
def check_complete(samples: Samples) -> None:
    """Every complete genotype builds a network with no decision left and the same output shape (N, width, h, w)."""
    width, given = samples.make().width, images(5).double()
    expected: torch.Size | None = None
    for what, network in samples.networks:
        with about(what):
            require(isinstance(network, SearchSpace), f"frozen into a {type(network).__name__}, expected a SearchSpace")
            require(decisions(network) == {}, f"the decisions {some(decisions(network))} are left")
            shape = network.maps(given).shape
            require(len(shape) == 4 and shape[:2] == (5, width),
                    f"maps of shape {tuple(shape)}; expected (5, {width}, h, w) of 5 images, as width is {width}")
            expected = expected or shape
            require(shape == expected, f"maps of shape {tuple(shape)}; another genotype's are {tuple(expected)}")


@law
def check_inheritance(samples: Samples) -> None:
    """The frozen supernet, and the network that inherited its weights, have equal outputs for every genotype."""
    given, several = images(5).double(), torch.tensor(SEVERAL)
    supernet = supernet_of(samples.make)
    with seeded(samples.seed):
        unsettled(supernet)
    whole = supernet.space.state_dict()
    for choices, (what, network) in zip(samples.genotypes, samples.networks, strict=True):
        with about(what), torch.no_grad():
            heir = copy.deepcopy(network)
            state = Inheritance.of(supernet.space, choices).state(whole, heir.state_dict())
            without = heir.state_dict().keys() - state.keys()
            require(not without, f"the supernet has no weights for {some(sorted(without))}")
            heir.load_state_dict(state)
            frozen = freeze(supernet.space, choices).eval()
            for modality in (None, several):
                close(heir(given, modality), frozen(given, modality), 0.0, "maps")


@law
def check_modalities(samples: Samples) -> None:
    """An image's maps depend neither on its place in the batch nor on what else is in it; no modality means visible."""
    given, several, width = images(5).double(), torch.tensor(SEVERAL), samples.make().width
    for what, network in samples.networks:
        with about(what):
            found = [network.maps(given, None if mask is None else torch.tensor(mask)) for mask in MASKS]
            for mask, maps in zip(MASKS, found, strict=True):
                require(maps.shape == (5, width, *found[0].shape[2:]), f"modality {mask}: maps {tuple(maps.shape)}")
            close(network.maps(given, torch.zeros(5, dtype=torch.bool)), found[-1], 1e-10, "visible, and no modality")
            close(network.maps(given.flip(0), several.flip(0)).flip(0), found[0], 1e-10, "another order")
            close(network.maps(given[1:3], several[1:3]), found[0][1:3], 1e-10, "in another company")


@law
def check_middle(samples: Samples) -> None:
    """A space that says `middle_width` has maps of so many channels in the middle, and beside them those of `maps`."""
    given = images(5).double()
    for what, network in samples.networks:
        if network.middle_width:
            with about(what):
                middle, maps = network.tapped(given)
                require(middle.dim() == 4 and middle.shape[:2] == (5, network.middle_width),
                        f"middle {tuple(middle.shape)}, expected (5, {network.middle_width}, h, w)")
                close(maps, network.maps(given), 1e-10, "the maps of tapped(images)")


@law
def check_chance(samples: Samples) -> None:
    """`forward` draws nothing at random in evaluation, and in training from torch's generator alone."""
    given = images().double()
    supernet = supernet_of(samples.make).eval()
    for name, module in (("a network", samples.networks[-1][1]), ("the supernet", supernet)):
        with torch.no_grad(), untouched(f"{name} in evaluation"):
            close(module(given), module(given), 0.0, f"{name} in evaluation, once more")
        found: list[Tensor] = []
        for shake in (1, 2):
            with torch.no_grad(), shaken(shake), seeded(0), untouched(f"{name} in training", torchs=False):
                found.append(cast(Tensor, copy.deepcopy(module).train()(given)))
        close(found[1], found[0], 0.0, f"{name} in training, the same seed once more")
