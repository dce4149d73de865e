"""A search and a training without a folder, and a strategy of one's own."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.experiments.laws.inputs import noise, people
from nasreid.genotype import Genotype
from nasreid.network.weights import read_weights
from nasreid.objectives.memory import Memory
from nasreid.relaxation import Softmax
from nasreid.strategies.splits import Overlapping
from nasreid.strategy import Order, Strategy, Twins
from nasreid.training.engine import Budget, Engine
from nasreid.training.history import History
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search
from tests.spaces_for_tests import Tiny

ENGINE = Engine(device="cpu", quiet=True, draw=False)
MSI = {"space": "MSI", "space_args": {"width_multiplier": 0.125}, "seed": 1, "engine": ENGINE}


class Mine(Strategy):
    """A strategy of one's own: softmax, nine of ten identities on both sides, the architecture step first."""

    relaxation = Softmax()
    division = Overlapping(0.9, 0.9)
    order = Order(architecture_first=True)

    def objectives(self, width, split):
        return Twins(*(Memory(part.classes, width) for part in split.both()))

    def temperature(self, epoch, epochs):
        return 5.0 * 0.5**epoch


@pytest.fixture(scope="module")
def frame(request):
    return read("market1501", request.getfixturevalue("people"))


def test_a_search_in_memory_computes_what_a_run_writes(frame, tmp_path):
    run = Search(**MSI, budget=Budget(2, 4, 2, 32, 16))
    found = run.search(frame)
    assert found.genotype == run.run(frame, tmp_path / "run")
    written = read_weights(tmp_path / "run" / "supernet.safetensors")
    state = found.parts.network.state_dict()
    assert all(torch.equal(state[name], value) for name, value in written.items())
    written = History.read(tmp_path / "run")
    for one, other in ((found.history.metrics, written.metrics),
                       (found.history.probabilities, written.probabilities)):
        pd.testing.assert_frame_equal(one, other, check_dtype=False, rtol=0, atol=0)
    assert list(found.probabilities) == list(found.genotype.choices)


def test_a_training_in_memory_computes_what_a_run_writes(frame, tmp_path):
    genotype = Genotype("MSI", {"width_multiplier": 0.125}, {f"cell{c}.interaction{i}": "gate" for c in range(1, 7)
                                                              for i in (1, 2)})
    run = Retrain(genotype, budget=Budget(1, 4, 2, 32, 16), engine=ENGINE)
    trained, written = run.train(frame), run.run(frame, tmp_path / "net")
    assert all(torch.equal(value, written.state_dict()[name]) for name, value in trained.network.state_dict().items())
    assert run.train(frame, steps=3).history.metrics.equals(trained.history.metrics.head(6))


def test_a_strategy_and_a_space_of_ones_own_search_images_from_a_function():
    run = Search(budget=Budget(2, 2, 2), engine=ENGINE)
    found = run.search(people(), noise(), Tiny, Mine())
    assert set(found.genotype.choices) == {"block1", "block2", "block3"}
    assert (found.genotype.space, found.genotype.arguments) == ("tests.spaces_for_tests:Tiny", {})
    assert found.genotype.provenance["strategy"] == f"{__name__}:Mine"
    assert found.history.metrics["value"].map(np.isfinite).all()
    assert found.history.probabilities["epoch"].nunique() == 2
    assert (len(found.parts.twins.weights.memory), len(found.parts.twins.architecture.memory)) == (9, 9)
    again = run.search(people(), noise(), Tiny, Mine())
    assert again.probabilities == found.probabilities


def test_a_space_says_its_arguments_by_keywords():
    run = Search(budget=Budget(1, 2, 2), engine=ENGINE)
    made = run.search(people(), noise(), partial(Tiny, blocks=2), Mine(), steps=1).genotype
    assert (made.space, made.arguments) == ("tests.spaces_for_tests:Tiny", {"blocks": 2})
    with pytest.raises(NasreidError, match="as a genotype says arguments by their names"):
        run.search(people(), noise(), partial(Tiny, 8), Mine(), steps=1)


def test_what_only_a_run_can_do_is_refused():
    for engine, every in ((Engine(precision="bf16-mixed"), 0), (ENGINE, 1)):
        with pytest.raises(NasreidError, match="expected"):
            Search(budget=Budget(1, 2, 2), engine=engine, validate_every=every).search(people(), noise(), Tiny, Mine())


@pytest.mark.parametrize(("options", "words"), [
    ({"strategy": "Gumble"}, "Gumbel"), ({"space": "MSJ"}, "MSI"), ({"neck": "bnnek"}, "neck of a search 'bnnek'"),
    ({"strategy_args": {"momentun": 1}}, "momentun"), ({"space_args": {"wide": 1}}, "wide"),
    ({"objectives": [{"objective": "Tripplet"}]}, "Triplet"), ({"take": "frist"}, "take 'frist'"),
    ({"objectives": [{"objective": "Triplet", "args": {"margn": 1}}]}, "margin")])
def test_what_is_misspelt_is_refused_without_data(options, words):
    with pytest.raises(NasreidError, match=words):
        Search(**{**MSI, **options}).check()


def test_a_search_that_fits_is_let_through():
    assert Search(**MSI, strategy_args={"architecture_lr": 0.1, "architecture_first": True}).check() is None
