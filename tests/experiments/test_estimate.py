import re
import time

import pytest

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.experiments.estimate import of_retraining, of_search
from nasreid.experiments.runs import DataSet, RetrainRun, SearchRun
from nasreid.training.engine import Budget, Engine
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search

ENGINE = Engine(device="cpu", quiet=True, draw=False)
SMALL = {"width_multiplier": 0.125}


def searched(people, **options):
    budget = options.pop("budget", Budget(4, 4, 2, 32, 16))
    run = SearchRun(DataSet(str(people)), Search(space_args=SMALL, budget=budget, engine=ENGINE, **options))
    return of_search(run, time.time())


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "r.yaml"
    small = "p: 4, k: 2, height: 32, width: 16, device: cpu"
    path.write_text(f"search: {{space_args: {{width_multiplier: 0.125}}, epochs: 4, {small}}}\n"
                    f"retrain: {{space_args: {{width_multiplier: 0.125}}, epochs: 3, {small}}}\n")
    return path


def test_a_dry_run_writes_nothing(people, recipe, tmp_path, capsys):
    assert main(["search", "--config", str(recipe), "--data", str(people), "--output", str(tmp_path / "run"),
                 "--dry-run", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "search of MSI by TCM, on cpu" in said
    narrow, wide = (int(re.findall(words, said)[0].replace(",", "")) for words in (r"adds +([\d,]+) of an image",
                                                                                   r" ([\d,]+) with all"))
    assert wide > narrow  # attention is a matrix product
    assert list(tmp_path.iterdir()) == []


def test_a_retraining_has_steps_memory_and_a_folder(people):
    run = Retrain("msinet", space_args=SMALL, budget=Budget(3, 4, 2, 32, 16), engine=ENGINE)
    found = of_retraining(RetrainRun(DataSet(str(people)), run), time.time())
    assert found.what == "retraining of MSI"
    assert found.steps >= 6
    assert found.seconds > found.steps * found.step > 0
    assert found.memory > 2**27
    assert found.disk > 4 * found.cost.parameters


def test_what_a_search_looks_at_outside_of_steps_counts(people):
    warm = {"strategy": "CEDarts", "warmup_weights": 2, "validate_every": 2, "take": "perturb"}
    assert searched(people, **warm).steps >= 6
    with pytest.raises(NasreidError, match="the run has 2 steps; expected at least 3"):
        searched(people, budget=Budget(1, 10, 3, 32, 16), strategy="Gumbel")


@pytest.mark.parametrize(("more", "words"), [
    ([], "expected --config with a recipe"),
    (["--config", "micro", "--search", "{strategy: random}"], "random"),
    (["--config", "micro", "--search", "{strategy: Random}"], "takes no step"),
    (["--config", "cluster-contrast", "--genotype", "resnet50"], "is without labels; expected one with labels"),
])
def test_what_cannot_be_estimated_is_named(people, capsys, more, words):
    assert main(["estimate", "--data", str(people), *more]) == 2
    assert words in capsys.readouterr().err
