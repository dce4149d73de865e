"""How a run is executed: its precision, what is compiled, and when its losses are looked at."""

import json

import pytest
import torch

from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.experiments.laws.inputs import noise, people
from nasreid.network.network import with_neck
from nasreid.network.weights import read_weights
from nasreid.strategies.tcm import TCM
from nasreid.training.engine import Budget, Engine
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search
from tests.spaces_for_tests import Tiny

QUIET = {"device": "cpu", "quiet": True, "draw": False}


@pytest.mark.parametrize(("options", "words"), [
    ({"precision": "16-mixed"}, "precision '16-mixed'; expected 32-true, bf16-mixed or 64-true"),
    ({"log_every": 0}, "log_every is 0"), ({"device": "tpu"}, "device 'tpu'; expected auto, cpu or gpu")])
def test_what_is_not_offered_is_refused(options, words):
    with pytest.raises(NasreidError, match=words):
        Engine(**options)


def test_losses_are_looked_at_after_every_step_on_a_cpu_unless_asked():
    assert Engine(device="cpu").look_every() == 1
    assert Engine(device="cpu", log_every=7).look_every() == 7


def test_a_search_in_double_precision_is_that_in_single_to_its_digits():
    found = [Search(budget=Budget(1, 2, 2), engine=Engine(precision=precision, **QUIET)).search(
        people(), noise(), Tiny, TCM(), steps=3) for precision in ("32-true", "64-true")]
    single, double = (one.history.metrics["value"].to_numpy() for one in found)
    assert double == pytest.approx(single, rel=1e-3)
    assert not (double == single).all()
    parts = found[1].parts
    kinds = {value.dtype for module in (parts.network, parts.trained()) for value in module.state_dict().values()}
    assert torch.float64 in kinds
    assert torch.float32 not in kinds


@pytest.mark.slow
def test_a_run_in_double_precision_is_searched_validated_trained_and_read(people, tmp_path):
    frame, engine = read("market1501", people), Engine(precision="64-true", **QUIET)
    small = {"budget": Budget(1, 4, 2, 32, 16), "engine": engine}
    run = Search(space_args={"width_multiplier": 0.125}, validate_every=1, **small)
    genotype = run.run(frame, tmp_path / "search")
    assert read_weights(tmp_path / "search" / "supernet.safetensors")["space.stem.conv.weight"].dtype == torch.float64
    network = Retrain(genotype, **small).run(frame, tmp_path / "net")
    again = Retrain(genotype, **small).run(frame, tmp_path / "net")  # finished: it is read, in float32
    given = torch.randn(2, 3, 32, 16, dtype=torch.float64)
    torch.testing.assert_close(again.vectors(given), network.vectors(given), rtol=1e-3, atol=1.0)
    assert json.loads((tmp_path / "net" / "result.json").read_text())["steps"] > 0


def test_where_nothing_can_be_compiled_it_is_said_in_one_line(monkeypatch):
    def no(*arguments):
        raise RuntimeError("\nno compiler\nat all")

    monkeypatch.setattr(torch, "compile", no)
    with pytest.raises(NasreidError, match=r"torch can compile nothing here \(no compiler\); expected a C\+\+"):
        Engine(compile=True, **QUIET).runner(with_neck(Tiny()))


def test_a_compiled_search_computes_what_it_computes_otherwise(monkeypatch):
    made, original = [], torch.compile

    def traced(part):
        made.append(part)
        return original(part, backend="eager")

    monkeypatch.setattr(torch, "compile", traced)
    found = [Search(budget=Budget(1, 2, 2), engine=Engine(compile=choice, **QUIET)).search(
        people(), noise(), Tiny, TCM(), steps=2) for choice in (False, True)]
    assert made == [torch.neg, found[1].parts.network]
    plain, compiled = (one.history.metrics["value"].to_numpy() for one in found)
    assert compiled == pytest.approx(plain, rel=1e-5)
    assert list(found[0].parts.network.state_dict()) == list(found[1].parts.network.state_dict())
