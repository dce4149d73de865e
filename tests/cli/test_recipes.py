"""Every shipped recipe is understood, and what it asks for can be built."""

import numpy as np
import pytest
import torch
import yaml

from nasreid.cli.commands import COMMANDS
from nasreid.cli.main import main
from nasreid.cli.recipe import RECIPES
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.objectives.spatial_alignment import SpatialAlignment
from nasreid.plugins import construct, resolve
from nasreid.training.named_objectives import compose
from nasreid.training.retrain import Retrain
from nasreid.training.unlabelled import Unlabelled

SECTIONS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(RECIPES.glob("*.yaml"))}
UNLABELLED = [name for name, sections in SECTIONS.items() if sections.get("retrain", {}).get("unlabelled")]
RETRAIN = [name for name, sections in SECTIONS.items() if "retrain" in sections and name not in UNLABELLED]
GENOTYPES = {"msinet": "msinet", "demo": "msinet", "osnet": "osnet", "osnet-ain": "osnet-ain",
             "osnet-ibn": "osnet-ibn", "cdnet": "cdnet", "attention": "attention-se",
             "cm-nas": "cm-nas-sysu", "exhaust-msi": "msinet",
             "auto-reid": "auto-reid.json",
             "in-placement": "osnet", "micro": "msinet", "exhaust-bn-separation": "cm-nas-sysu"}


def genotype(recipe):
    """The published genotype whose name the recipe's begins with, as closely as possible."""
    return GENOTYPES[max((name for name in GENOTYPES if recipe.startswith(name)), key=len)]


@pytest.fixture
def built(monkeypatch, tmp_path):
    """Parses `nasreid retrain` with a recipe, and returns what would be trained."""
    found = []
    monkeypatch.setattr("nasreid.experiments.runs.checked_frame", lambda *arguments, **options: (None, []))
    monkeypatch.setattr(Retrain, "run", lambda self, *arguments, **options: found.append(self))

    def build(recipe, *more):
        name = genotype(recipe)
        if name.endswith(".json"):  # of its space nothing is published
            space, arguments = SECTIONS[recipe]["search"]["space"], SECTIONS[recipe]["search"]["space_args"]
            with torch.device("meta"):
                choices = decisions(construct(resolve(space, "spaces"), arguments)).draw(np.random.default_rng(0))
            name = str(tmp_path / name)
            Genotype(space, arguments, choices).save(name)
        size = ('--space-args={"inner_args": {"width_multiplier": 0.0625}}' if name.startswith("cm-nas") else
                "--space-args.width_multiplier=0.125")
        assert main(["retrain", "--config", recipe, "--genotype", name, "--data", "none", "--output",
                     str(tmp_path / "run"), size, "--device", "cpu", "--quiet", *more]) == 0
        return found[-1]

    return build


@pytest.mark.parametrize("name", SECTIONS)
def test_sections_are_commands(name):
    assert {section.split("-")[0] for section in SECTIONS[name]} <= {command.split("-")[0] for command in COMMANDS}


@pytest.mark.parametrize("name", RETRAIN)
def test_what_a_recipe_trains_can_be_built(name, built):
    run, said = built(name), SECTIONS[name]["retrain"]
    network = run.network()
    objective = compose(run.objectives, network, 5)
    assert (run.budget.epochs, run.optimiser.lr) == (said["epochs"], said["lr"])
    assert len(run.optimiser.make([*network.parameters(), *objective.parameters()]).param_groups) >= 1
    assert run.optimiser.rate(run.budget.epochs - 1, run.budget.epochs) < run.optimiser.lr
    assert run.augment.erase == said.get("erase", 0.5)


@pytest.mark.parametrize("name", [name for name in RETRAIN if "sam" in name])
def test_spatial_alignment_reads_the_maps_of_the_global_feature(name, built):
    run = built(name)
    network = run.network()
    objective = compose(run.objectives, network, 5)
    (found,) = [(weight, o) for weight, o in zip(objective.weights, objective.objectives, strict=True)
                if isinstance(o, SpatialAlignment)]
    assert found[0] == 2.0  # lambda_sa, MSINet section 4.3
    assert found[1].query.in_channels == network.space.width
    assert found[1].self_pairs == ("official" in name)


@pytest.mark.parametrize("name", UNLABELLED)
@pytest.mark.parametrize(("genotype", "size"), [("resnet50", "network_args.width_multiplier"),
                                                ("msinet", "width_multiplier")])
def test_what_a_recipe_trains_without_labels_can_be_built(name, genotype, size, monkeypatch, tmp_path):
    found = []
    monkeypatch.setattr("nasreid.experiments.runs.checked_frame", lambda *arguments, **options: (None, []))
    monkeypatch.setattr(Unlabelled, "run", lambda self, *arguments, **options: found.append(self))
    assert main(["retrain", "--config", name, "--genotype", genotype, "--data", "none", "--output",
                 str(tmp_path / "run"), f"--space-args.{size}=0.125", "--device", "cpu", "--quiet"]) == 0
    (run,) = found
    assert run.network().after_neck
    assert run.clusters.steps(12936, 256) == 200
    assert run.own().objectives[0]["args"]["momentum"] == 0.1
    assert run.retrain.optimiser.rate(45, 50) == pytest.approx(0.0000035)


def losses(sections):
    return [(term["weight"], term["objective"], term["args"]) for term in sections["retrain"]["objectives"]]


@pytest.mark.parametrize("plain", ["msinet", "msinet-cross-domain"])
@pytest.mark.parametrize("official", ["", "-official"])
def test_spatial_alignment_is_all_that_sam_adds(plain, official):
    with_sam = plain.replace("msinet", "msinet-sam") + official
    one, two = SECTIONS[plain + official], SECTIONS[with_sam]
    assert losses(two)[:2] == losses(one)
    assert [name for _, name, _ in losses(two)[2:]] == ["SpatialAlignment"]
    different = {key for key in one["retrain"] if one["retrain"][key] != two["retrain"][key]}
    assert different == {"objectives"}


def test_osnet_ain_is_trained_as_its_rivals_are():
    assert SECTIONS["osnet-ain"]["retrain"] == SECTIONS["osnet-cross-domain"]["retrain"]


def test_what_is_printed_is_a_recipe_without_what_means_nothing(tmp_path, capsys):
    for name, more in (("search", []), ("retrain", ["--genotype", "msinet"])):
        assert main([name, "--config", "demo", "--data", "x", *more, "--print-config"]) == 0
        (options,) = yaml.safe_load(capsys.readouterr().out).values()
        assert {"eps", "k1", "epoch_steps"}.isdisjoint(options), "labels are read"
        assert ("layout" in options) == (name == "search"), "the run that it goes on from says it"
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({name: options}))
        assert main([name, "--config", str(tmp_path / f"{name}.yaml"), "--print-config"]) == 0
        assert yaml.safe_load(capsys.readouterr().out) == {name: options}
    assert main(["retrain", "--config", "demo", "--unlabelled", "--layout", "csv", "--print-config"]) == 0
    options = yaml.safe_load(capsys.readouterr().out)["retrain"]
    assert {"eps", "k1", "epoch_steps", "layout"} <= set(options)


def test_a_recipe_of_a_comparison_alone_hands_nothing_on(tmp_path, capsys):
    for text, expected in [("compare: {truth: micro}", None), ("compare: {}\nretrain: {epochs: 3}", "r.yaml")]:
        (tmp_path / "r.yaml").write_text(text)
        assert main(["compare", "--config", str(tmp_path / "r.yaml"), "--output", "x", "--print-config"]) == 0
        found = yaml.safe_load(capsys.readouterr().out)["compare"].get("recipe")
        assert found == expected or found == str(tmp_path / expected)
