"""Passes that are recorded and replayed: which, and that nothing else changes. A stand-in records; GPUs: `make gpu`."""

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.experiments.laws.inputs import noise, people
from nasreid.genotype import Genotype
from nasreid.mutation import relax
from nasreid.network.batch_norm import share_batches
from nasreid.network.network import with_neck
from nasreid.ranks import Ranks
from nasreid.relaxation import Softmax
from nasreid.strategies.ce_darts import CEDarts
from nasreid.strategies.gumbel import Annealing, Gumbel
from nasreid.strategies.single_path import SinglePath
from nasreid.strategies.tcm import TCM
from nasreid.training.engine import Budget, Engine
from nasreid.training.graphs import Graphed
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search
from nasreid.waits import sent
from tests.spaces_for_tests import Tiny

GENOTYPE = Genotype("./tests/spaces_for_tests.py:Tiny", {}, {"block1": "conv", "block2": "depthwise", "block3": "skip"})
QUIET = {"device": "cpu", "quiet": True, "draw": False}


class Recording:
    """Records nothing, but runs a pass some times as recording does; counts what was recorded, and what replayed."""

    def __init__(self):
        self.recorded, self.replayed = 0, 0

    def __call__(self, module, images):
        self.recorded += 1
        for _ in range(3):
            module(images)

        def replay(images):
            self.replayed += 1
            return module(images)

        return replay


def searched(strategy, recording=None, epochs=1, steps=3, monkeypatch=None):
    """A short search, whose passes are recorded where there is what records."""
    if recording is not None:
        monkeypatch.setattr(Engine, "runner", lambda self, network: Graphed(network, recording))
    return Search(budget=Budget(epochs, 2, 2), engine=Engine(**QUIET)).search(people(), noise(), Tiny, strategy,
                                                                             steps=steps)  # fmt: skip


@pytest.mark.parametrize(("strategy", "kinds"), [(TCM(), 2), (CEDarts(), 2), (Gumbel(), 1)])
def test_each_kind_of_pass_is_recorded_once_and_its_search_is_the_same(strategy, kinds, monkeypatch):
    plain, recording = searched(strategy), Recording()
    replayed = searched(strategy, recording, monkeypatch=monkeypatch)
    assert recording.recorded == kinds
    assert recording.replayed > kinds
    assert replayed.history.metrics.equals(plain.history.metrics)
    for name, value in plain.parts.network.state_dict().items():
        assert torch.equal(value, replayed.parts.network.state_dict()[name]), name


def test_drawn_paths_are_other_ones_in_every_pass_and_run_as_they_are(monkeypatch):
    recording = Recording()
    searched(SinglePath(), recording, monkeypatch=monkeypatch)
    assert (recording.recorded, recording.replayed) == (0, 0)


def test_another_temperature_is_another_pass(monkeypatch):
    recording = Recording()
    annealing = Annealing(4.0, 0.5, 1, 1.0)
    found = searched(Gumbel(annealing=annealing), recording, epochs=2, steps=None, monkeypatch=monkeypatch)
    assert recording.recorded == 2
    assert recording.replayed == len(found.history.metrics.query("name == 'loss'"))


def relaxed():
    """A network in training."""
    network = with_neck(Tiny())
    relax(network.space, Softmax())
    return network


def graphed():
    """A network in training whose passes are recorded, and who records them."""
    recording = Recording()
    return Graphed(relaxed(), recording), recording


def test_passes_that_teach_nothing_run_as_they_are():
    made, recording = graphed()
    images = torch.randn(4, 3, 16, 8)
    with torch.no_grad():
        made(images)
    made.network.eval()
    made(images)
    assert recording.recorded == 0


def test_what_adds_to_gradients_runs_as_it_is():
    made, recording = graphed()
    images = torch.randn(4, 3, 16, 8)
    made(images).vectors.sum().backward()
    made(images).vectors.sum().backward()
    assert (recording.recorded, recording.replayed) == (1, 1)


def test_what_cannot_be_recorded_is_refused_and_leaves_no_trace():
    def broken(module, images):
        module(images)
        raise RuntimeError("operation not permitted\nmore of it")

    network = relaxed()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(NasreidError, match=r"cannot be recorded \(operation not permitted\); expected"):
        Graphed(network, broken)(torch.randn(4, 3, 16, 8))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_devices_that_share_a_batch_are_refused():
    network = relaxed()
    share_batches(network, Ranks(0, 2))
    with pytest.raises(NasreidError, match="graphs: several devices share each batch; expected one device"):
        Graphed(network, Recording())


def test_a_training_is_the_same(monkeypatch):
    def trained():
        run = Retrain(GENOTYPE, space=GENOTYPE.space, budget=Budget(2, 2, 2), engine=Engine(**QUIET))
        return run.train(people(), noise())

    plain, recording = trained(), Recording()
    monkeypatch.setattr(Engine, "runner", lambda self, network: Graphed(network, recording))
    replayed = trained()
    assert recording.recorded == 1
    for name, value in plain.network.state_dict().items():
        assert torch.equal(value, replayed.network.state_dict()[name]), name


def test_a_lack_of_memory_stays_one():
    def full(module, images):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.cuda.OutOfMemoryError):
        Graphed(relaxed(), full)(torch.randn(4, 3, 16, 8))


@pytest.mark.parametrize(("options", "words"), [({}, "graphs: a CPU has none; expected a GPU"),
                                                ({"compile": True}, "graphs and compile: expected one of them")])
def test_where_there_are_no_graphs_it_is_said(options, words):
    with pytest.raises(NasreidError, match=words):
        Engine(graphs=True, **options, **QUIET).runner(with_neck(Tiny()))


def test_a_pass_that_sends_values_to_the_device_is_not_recorded(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
    with pytest.raises(RuntimeError, match=r"values of shape \(2,\) go to the device in a recorded pass"):
        sent(torch.zeros(2), "cuda")
