"""Every plug-in we ship keeps the laws, as does one of a third party; any space runs with any strategy, any objective.

Random search is left out where a strategy has to find something: it draws once. Of enough draws some are the optimum.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.available import complete
from nasreid.errors import NasreidError
from nasreid.experiments.laws.fits import refused_objective
from nasreid.experiments.laws.inputs import noise, people
from nasreid.experiments.laws.mixes import check_mix
from nasreid.experiments.laws.objectives import check_objective
from nasreid.experiments.laws.pipeline import check_pipeline, found
from nasreid.experiments.laws.planted import Planted, codes
from nasreid.experiments.laws.relaxations import check_relaxation
from nasreid.experiments.laws.small_search import batch, search
from nasreid.experiments.laws.spaces import check_space
from nasreid.experiments.laws.strategies import check_architecture_arguments, check_planted, check_strategy
from nasreid.mutation import decisions, freeze, relax
from nasreid.network.network import with_neck
from nasreid.objective import Local, Weighted
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.objectives.memory import Memory
from nasreid.objectives.spatial_alignment import MODES
from nasreid.objectives.triplet import Triplet
from nasreid.plugins import construct, resolve
from nasreid.relaxation import Softmax
from nasreid.spaces.attention_placement_published import EVERY
from nasreid.strategies.random_genotype import Random
from nasreid.strategy import Part
from nasreid.training.gathering import learn
from nasreid.training.named_objectives import exchange, objective_of

HERE = Path(__file__).parent
FILE = f"{HERE / 'spaces_for_tests.py'}:Tiny"
NARROW = {"width_multiplier": 0.125}
RESNET = {"inner_args": {"width_multiplier": 0.0625, "depths": [1, 1, 1, 1]}}
# name: (space, small arguments for what would be large by default)
SPACES = {
    "MSI": ("MSI", NARROW),
    "InPlacement": ("InPlacement", {**NARROW, "streams": 1}),
    "InPlacement shared": ("InPlacement", {**NARROW, "streams": 2, "shared": True}),
    "BNSeparation": ("BNSeparation", RESNET),
    "BNSeparation relu": ("BNSeparation", {**RESNET, "relu_before_mix": True}),
    "BNSeparation MSI": ("BNSeparation", {"inner": "MSI", "inner_args": NARROW}),
    "BNSeparation InPlacement": ("BNSeparation", {"inner": "InPlacement", "inner_args": {**NARROW, "streams": 1}}),
    "AttentionPlacement": ("AttentionPlacement", {**RESNET["inner_args"], "attentions": list(EVERY)}),
    "CDS": ("CDS", {"width_multiplier": 0.0625, "operations": ["3-5-1", "5-9-2"]}),
    "AutoReID": ("AutoReID", {"width_multiplier": 0.0625, "depths": [1, 1], "nodes": 2,
                              "operations": ["skip", "part", "none"]}),
    "Micro": ("Micro", {"width": 8, "slots": [1, 0, 1]}),
    "Fixed": ("Fixed", {"inner_args": NARROW, "choices": {"cell[1-4].*": "none"}}),
    "file": (FILE, {"width": 16}),
}
STRATEGIES = {name: resolve(name, "strategies") for name in complete("strategies")}
TRAINED = [name for name, cls in STRATEGIES.items() if cls.trained]
# every objective by name, and what their arguments turn into another loss
TERMS = {
    **{name: {"objective": name} for name in complete("objectives")},
    **{f"SpatialAlignment {mode}": {"objective": "SpatialAlignment", "args": {"mode": mode}} for mode in MODES},
    "SpatialAlignment softmax": {"objective": "SpatialAlignment", "args": {"softmax": True}},
    "SpatialAlignment official": {"objective": "SpatialAlignment", "args": {"positions": "sample", "self_pairs": True}},
    "Memory zeros": {"objective": "Memory", "args": {"start": "zeros", "renormalise": True}},
    "CMMD squared": {"objective": "CMMD", "args": {"root": False, "normalise": False}},
    "CrossModalityTriplet soft": {"objective": "CrossModalityTriplet", "args": {"soft": True, "normalise": True}},
    "CrossEntropy smooth": {"objective": "CrossEntropy", "args": {"smoothing": 0.1, "bias": True}},
}
RELAXATIONS = {name: resolve(name, "relaxations") for name in complete("relaxations")}
FRAME = people()


def maker(name):
    space, arguments = SPACES[name]
    return lambda: construct(resolve(space, "spaces"), arguments)


def objective(name):
    if name == "Local":
        return Local(CrossEntropy(4, 16))
    if name == "sum":
        return Weighted((1.0, CrossEntropy(4, 16)), (0.5, Triplet()), (0.1, Memory(4, 16)))
    return objective_of(TERMS[name], with_neck(maker("file")()), 4)


def test_everything_we_ship_is_here():
    assert set(RELAXATIONS) == set(complete("relaxations"))
    assert {space for space, _ in SPACES.values()} >= set(complete("spaces")) - {"Plain"}, "in which nothing is open"
    assert {term["objective"] for term in TERMS.values()} == set(complete("objectives"))


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if " " in name else name
                                  for name in SPACES])
def test_a_space_keeps_the_laws(name):
    check_space(maker(name))


@pytest.mark.parametrize("name", SPACES)
@settings(max_examples=2)
@given(mask=st.lists(st.booleans(), min_size=2, max_size=6), seed=st.integers(0, 99))
def test_the_cheaper_mix_is_the_plain_sum_whatever_the_modalities(name, mask, seed):
    check_mix(maker(name), [mask], seed)


@pytest.mark.parametrize("name", [*TERMS, "Local", "sum"])
def test_an_objective_keeps_the_laws(name):
    check_objective(lambda: objective(name))


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_keeps_the_laws(name):
    check_strategy(STRATEGIES[name])


@pytest.mark.parametrize("name", RELAXATIONS)
def test_a_relaxation_keeps_the_laws(name):
    check_relaxation(RELAXATIONS[name])


@pytest.mark.parametrize("name", TRAINED)
def test_the_optimiser_of_the_architecture_is_an_argument(name):
    check_architecture_arguments(STRATEGIES[name])


@pytest.mark.parametrize("name", RELAXATIONS)
def test_any_relaxation_finds_the_optimum(name):
    check_planted(lambda: STRATEGIES["CEDarts"](name), epochs=20)


def test_random_search_finds_the_optimum_in_enough_draws():
    rows = {label: dict.fromkeys(names, 1 / 3) for label, names in decisions(Planted()).items()}
    drawn = [Random().choose(rows, np.random.default_rng(seed)) for seed in range(200)]
    assert sum(set(choices.values()) == {"red"} for choices in drawn) in range(1, 20)  # of 27 genotypes


def test_the_planted_candidates_alone_make_the_loss_zero():
    frame = people(8)
    losses = []
    for wrong in range(4):
        space = Planted()
        network = with_neck(freeze(space, {f"slot{i}": "green" if i <= wrong else "red" for i in range(1, 4)})).eval()
        whole = batch(frame, part(frame), np.arange(len(frame)), codes(frame), 0)
        memory, seen = Memory(8, 16), network(whole.images)
        memory.start(seen.vectors.detach(), whole.identities)
        losses.append(float((memory(seen, whole) + Triplet()(seen, whole)).detach()))
    assert losses[0] < 1e-6
    assert losses == sorted(losses)
    assert losses[1] > 1e-2


def part(frame):
    known, labels = np.unique(frame["identity"], return_inverse=True)
    return Part(np.arange(len(frame)), labels, len(known))


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_search_genotype_json_network_and_diagram(space, strategy):
    check_pipeline(maker(space), *SPACES[space], STRATEGIES[strategy], FRAME)


@pytest.mark.slow
def test_the_whole_resnet_from_search_to_diagram():
    arguments = {"inner_args": {"width_multiplier": 0.0625}}

    def whole():
        return construct(resolve("BNSeparation", "spaces"), arguments)

    check_mix(whole)
    assert len(found(whole, "BNSeparation", arguments, STRATEGIES["CMNAS"](), FRAME, noise()).choices) == 53


@pytest.mark.parametrize("space", SPACES)
def test_any_objective_works_on_any_space(space):
    network = with_neck(maker(space)(), "bnneck")
    supernet = relax(network.space, Softmax())
    given_batch = batch(FRAME, part(FRAME), np.arange(16), noise(64, 32), 0)
    seen = network(given_batch.images, given_batch.modality)
    for name, term in TERMS.items():
        made = objective_of(term, network, 10)
        if made.needs_start:
            made.start(torch.randn(20, network.space.width), torch.arange(20) % 10)
        learn(made, seen, given_batch)
        gradients = torch.autograd.grad(made(seen, given_batch), list(supernet.alphas().values()), retain_graph=True)
        assert all(torch.isfinite(gradient).all() for gradient in gradients), name
        assert any(gradient.abs().sum() > 0 for gradient in gradients), name


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize("strategy", TRAINED)
def test_any_objective_that_fits_works_in_any_strategy(strategy, name):
    terms = [TERMS[name]]
    made = STRATEGIES[strategy]()
    split = made.split(FRAME, np.random.default_rng(0))
    refusal = refused_objective(strategy, TERMS[name])
    assert bool(refusal) == (name.startswith("CrossEntropy") and strategy in ("TCM", "CMNAS"))
    if refusal:  # nothing would train a classifier for identities of the architecture step alone
        assert "different identities" in refusal
        with pytest.raises(NasreidError, match="different identities"):
            exchange(with_neck(maker("file")()), split, FRAME["identity"].to_numpy(), terms)
        return
    _, _, logs = search(maker("file"), made, FRAME, noise(), steps=2, terms=terms)
    assert len(logs) == 2
    assert all(np.isfinite(value) for step in logs for value in step.values())
