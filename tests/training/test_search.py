"""The search end to end on a tiny data set: files, determinism, resumption, kill -9."""

import random
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import torch
import yaml

from nasreid import mutation
from nasreid.cli import main
from nasreid.data.datasets import read
from nasreid.errors import Interrupted, NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import opened
from nasreid.network.network import with_neck
from nasreid.network.weights import read_weights
from nasreid.optimisers import TRAVEL
from nasreid.relaxation import Softmax
from nasreid.training.engine import Budget, Engine
from nasreid.training.recording import Recording
from nasreid.training.search import Search

SPACE = {"width_multiplier": 0.125}
BUDGET = Budget(epochs=2, p=4, k=2, height=32, width=16)
FILES = ["genotype.json", "supernet.safetensors", "objectives.safetensors", "probabilities.csv", "metrics.csv"]


def make(strategy="TCM", **options) -> Search:
    return Search("MSI", SPACE, strategy, options.pop("strategy_args", {}), options.pop("seed", 1), BUDGET,
                  engine=Engine(device="cpu", quiet=True, **{"draw": False, **options}))


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def frame(people):
    return read("market1501", people)


@pytest.fixture(scope="module")
def finished(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "tcm"
    return folder, make(draw=True).run(frame, folder)


def test_the_folder_holds_everything(finished):
    folder, genotype = finished
    names = {path.name for path in folder.iterdir()}
    assert {*FILES, "genotype.svg", "genotype.png", "probabilities.png", "config.yaml", "result.json",
            "tensorboard"} <= names
    assert not {"checkpoint.pt"} & names
    assert any(path.name.startswith("events.out") for path in (folder / "tensorboard").iterdir())
    config = yaml.safe_load((folder / "config.yaml").read_text())["search"]
    assert (config["seed"], config["epochs"], config["space_args"]) == (1, 2, SPACE)
    assert Genotype.load(folder / "genotype.json") == genotype
    assert decisions(opened(genotype)).keys() == genotype.choices.keys()


def test_the_trajectory_has_a_row_for_each_candidate_and_epoch(finished):
    table = pd.read_csv(finished[0] / "probabilities.csv")
    assert len(table) == 2 * 12 * 4
    assert table.groupby(["epoch", "label"])["probability"].sum().round(6).eq(1).all()


def test_the_genotype_is_the_strongest_candidate_of_each_decision(finished):
    table = pd.read_csv(finished[0] / "probabilities.csv")
    last = table[table["epoch"] == 1]
    best = last.loc[last.groupby("label")["probability"].idxmax()].set_index("label")["candidate"]
    assert best.to_dict() == finished[1].choices


def test_the_seed_fixes_everything_whatever_the_workers(frame, finished, tmp_path):
    make(workers=2).run(frame, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(finished[0])
    make(seed=2).run(frame, tmp_path / "other")
    assert contents(tmp_path / "other")["supernet.safetensors"] != contents(finished[0])["supernet.safetensors"]


def test_the_weights_of_the_supernet_have_the_names_of_a_network(finished):
    names = {name.partition(".")[0] for name in read_weights(finished[0] / "supernet.safetensors")}
    assert names == {"space", "neck"}


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_an_interrupted_search_goes_on_to_the_same_bytes(frame, finished, tmp_path, monkeypatch, stop):
    step = Recording.step

    def interrupt(self, batch, backward=None):
        self.signals.number = signal.SIGINT if batch.index == stop - 1 else None
        step(self, batch, backward)

    with monkeypatch.context() as patch:
        patch.setattr(Recording, "step", interrupt)
        with pytest.raises(Interrupted, match=f"after step {stop} of"):
            make().run(frame, tmp_path / "run")
    make().run(frame, tmp_path / "run")
    assert contents(tmp_path / "run") == contents(finished[0])


@pytest.mark.slow
def test_kill_9_at_random_steps_changes_no_byte(people, tmp_path):
    def command(folder):
        return ["search", "--data", str(people), "--output", str(folder),
                "--seed", "5", "--space-args.width_multiplier", "0.125", "--epochs", "4", "--p", "4", "--k", "2",
                "--height", "32", "--width", "16", "--checkpoint-seconds", "0", "--device", "cpu", "--quiet",
                "--no-draw"]

    # what need not be killed runs here: to start another process takes longer than the search
    assert main(command(tmp_path / "whole")) == 0
    steps = pd.read_csv(tmp_path / "whole" / "metrics.csv")["step"].max() + 1
    chance, cut = random.Random(7), tmp_path / "cut"
    kills = sorted(chance.sample(range(1, steps), 3))
    for kill in kills:
        process = subprocess.Popen([sys.executable, "-m", "nasreid", *command(cut)], stdout=subprocess.DEVNULL)
        while steps_in(cut) < kill and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert main(command(cut)) == 0
    assert contents(cut) == contents(tmp_path / "whole")


def steps_in(folder) -> int:
    table = folder / "metrics.csv"
    return table.read_text().count(",loss,") if table.exists() else 0


def test_random_draws_from_the_seed_and_trains_nothing(frame, tmp_path):
    one, two = (make("Random", seed=seed).run(frame, tmp_path / f"run{seed}") for seed in (1, 2))
    assert one.choices != two.choices
    assert set(one.choices.values()) <= {"none", "exchange", "gate", "attention"}
    assert not (tmp_path / "run1" / "metrics.csv").exists()


def test_ce_darts_has_one_classifier(frame, tmp_path):
    make("CEDarts").run(frame, tmp_path / "run")
    state = read_weights(tmp_path / "run" / "objectives.safetensors")
    assert state["weights.classifier.weight"].equal(state["architecture.classifier.weight"])
    assert state["weights.classifier.weight"].shape == (10, 64)


def test_alphas_stay_while_the_weights_warm_up(frame):
    small = Search("Micro", {"width": 8, "slots": [1]}, "CEDarts", budget=BUDGET, warmup_weights=1,
                   engine=Engine(device="cpu", quiet=True))
    found = small.search(frame)
    table, start = found.history.probabilities, found.parts.supernet.relaxation("stage1.slot1")
    first = start.probabilities(start.start(4, torch.Generator().manual_seed(0)).double()).tolist()
    assert table.loc[table["epoch"] == 0, "probability"].tolist() == pytest.approx(first, abs=1e-7)
    assert table.loc[table["epoch"] == 1, "probability"].tolist() != pytest.approx(first, abs=1e-4)
    assert 0 < found.travel < TRAVEL, "the rates of what is left"


@pytest.mark.parametrize("relaxation", ["GumbelSoftmax", "TopK", "SinglePath"])
def test_any_relaxation_runs_the_search(frame, tmp_path, relaxation):
    genotype = make(strategy_args={"relaxation": relaxation}).run(frame, tmp_path / "run")
    assert len(genotype.choices) == 12


def test_a_loss_that_becomes_nan_keeps_the_last_good_checkpoint(frame, tmp_path, monkeypatch):
    step = Recording.step

    def poison(self, batch, backward=None):
        if batch.index == 2:
            batch.train.images.fill_(float("nan"))
        step(self, batch, backward)

    monkeypatch.setattr(Recording, "step", poison)
    with pytest.raises(NasreidError, match=r"step 2 .*loss became nan.*the last good checkpoint is .*checkpoint.pt"):
        make(checkpoint_seconds=0).run(frame, tmp_path / "run")
    assert (tmp_path / "run" / "checkpoint.pt").exists()
    assert not (tmp_path / "run" / "genotype.json").exists()


def test_fewer_identities_than_a_batch_needs_are_refused(frame, tmp_path):
    with pytest.raises(NasreidError, match="10 identities in 60 pictures: expected at least P=16"):
        Search("MSI", SPACE, budget=Budget(p=16)).run(frame, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_space_of_a_search_is_searched_through_the_door():
    assert mutation.decisions(opened(Genotype("MSI", SPACE, {}))).keys() == {
        f"cell{c}.interaction{i}" for c in range(1, 7) for i in (1, 2)}


def test_other_objectives_from_the_recipe_or_the_command_line(frame, tmp_path):
    terms = [{"objective": "Memory"}, {"weight": 0.1, "objective": "Triplet"}]
    run = Search("MSI", SPACE, "TCM", {}, 1, BUDGET, objectives=terms,
                 engine=Engine(device="cpu", quiet=True, draw=False))
    genotype = run.run(frame, tmp_path / "run")
    assert genotype.provenance["objectives"] == terms
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())["search"]["objectives"] == terms
    state = read_weights(tmp_path / "run" / "objectives.safetensors")
    assert sorted(name.split(".")[0] for name in state if name.endswith("memory")) == ["architecture", "weights"]


@pytest.mark.parametrize(("options", "words"), [
    ({"strategy": "Random", "objectives": [{"objective": "Triplet"}]}, "trains nothing; expected no objectives"),
    ({"strategy": "Random", "take": "perturb"}, "trains nothing; expected no objectives, and take last"),
    ({"strategy_args": {"architecture_paths": 4}}, "paths is 4 for the relaxation Softmax, which mixes; expected 0"),
    ({"warmup_weights": 2}, "warmup_weights is 2 of 2 epochs; expected fewer"),
    ({"architecture_objectives": [{"objective": "Triplet"}]}, "expected both")])
def test_objectives_that_nobody_uses_are_refused(frame, tmp_path, options, words):
    with pytest.raises(NasreidError, match=words):
        Search("MSI", SPACE, **options, budget=BUDGET).run(frame, tmp_path / "run")


def test_channels_last_changes_only_the_last_digits(tmp_path, frame):
    losses = []
    for layout in (False, True):
        make(channels_last=layout).run(frame, tmp_path / str(layout))
        table = pd.read_csv(tmp_path / str(layout) / "metrics.csv")
        losses.append(table.query("name == 'loss'")["value"].iloc[0])  # before the first step
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)


def test_channels_last_holds_in_the_whole_supernet():
    network = Engine(device="cpu").place(with_neck(mutation.relax(opened(Genotype("MSI", SPACE, {})), Softmax()).space))
    seen = []
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.register_forward_hook(lambda _, inputs, y: seen.append(y))
    network(torch.randn(2, 3, 64, 32))
    assert len(seen) > 50
    assert all(y.is_contiguous(memory_format=torch.channels_last) for y in seen)
