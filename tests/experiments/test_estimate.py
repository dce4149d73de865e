import re

import pytest

from nasreid.cli import main

SMALL = "p: 4, k: 2, height: 32, width: 16, device: cpu"


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "r.yaml"
    path.write_text(f"search: {{space_args: {{width_multiplier: 0.125}}, epochs: 4, {SMALL}}}\n"
                    f"retrain: {{space_args: {{width_multiplier: 0.125}}, epochs: 3, {SMALL}}}\n")
    return path


def test_a_recipe_is_estimated_by_some_of_its_steps(people, recipe, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["estimate", "--config", str(recipe), "--data", str(people), "--genotype", "msinet"]) == 0
    said = capsys.readouterr().out
    assert re.findall(r"^(?:search|retraining) of \w+", said, re.MULTILINE) == ["search of MSI", "retraining of MSI"]
    steps = [int(found) for found in re.findall(r"run +(\d+) steps", said)]
    assert min(steps) >= 4
    narrow, wide = (int(found.replace(",", "")) for found in re.findall(r"^ +([\d,]+) with all", said, re.MULTILINE))
    papers = [int(found.replace(",", "")) for found in re.findall(r"adds +([\d,]+) of an image", said)]
    assert (narrow > papers[0], wide > papers[1]) == (True, True)  # attention is a matrix product
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_writes_nothing(people, recipe, tmp_path, capsys):
    assert main(["search", "--config", str(recipe), "--data", str(people), "--output", str(tmp_path / "run"),
                 "--dry-run", "--quiet"]) == 0
    assert "search of MSI by TCM, on cpu" in capsys.readouterr().out
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("more", "words"), [
    ([], "expected --config with a recipe"),
    (["--config", "micro", "--search", "{strategy: random}"], "random"),
])
def test_what_cannot_be_estimated_is_named(people, capsys, more, words):
    assert main(["estimate", "--data", str(people), *more]) == 2
    assert words in capsys.readouterr().err
