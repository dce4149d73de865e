"""Official checkpoints: converted, they give the numbers of the official code; what does not fit is named."""

import json
import re
from pathlib import Path

import pytest
import torch

from nasreid.cli import main
from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network import catalogue
from nasreid.network.build import built
from nasreid.network.checkpoint import read_checkpoint
from nasreid.network.necks import BNNeck
from nasreid.network.network import Network
from nasreid.network.official import convert
from nasreid.network.weights import load_matching, load_weights, read_weights
from nasreid.optimisers import WeightOptimiser
from nasreid.spaces import (
    bn_separation_published as cmnas_genotypes,
)
from nasreid.spaces import (
    in_placement_published as osnet_genotypes,
)
from nasreid.spaces import (
    msi_published as msi_genotypes,
)
from nasreid.spaces import (
    msi_published as msinet_keys,
)
from nasreid.spaces.bn_separation import BNSeparation
from nasreid.spaces.bn_separation_published import official_key
from nasreid.spaces.msi_published import LETTERS
from nasreid.spaces.resnet import ResNet50
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_check import load

ORACLES = Path(__file__).parents[1] / "oracles"
WIDTHS = {"1_0": 1.0, "0_75": 0.75, "0_5": 0.5, "0_25": 0.25}
TINY = {"width_multiplier": 0.03125}


@pytest.fixture(scope="module")
def oracle():
    return Oracle(ORACLES, "msinet_table1", load(ORACLES)["msinet_table1"])


@pytest.fixture(scope="module")
def checkpoint(oracle, tmp_path_factory):
    """A checkpoint as a training with several devices leaves it."""
    (name,) = oracle.recipe["weights"]
    values = {f"module.{key}": torch.as_tensor(value) for key, value in oracle.weights(name, "eval").items()}
    path = tmp_path_factory.mktemp("official") / "msinet.pth"
    torch.save({"epoch": 350, "state_dict": values}, path)
    return path


def test_a_converted_checkpoint_gives_the_official_features(oracle, checkpoint, tmp_path, capsys):
    output = tmp_path / "msinet.safetensors"
    assert main(["import-weights", "--from-official", "msinet", str(checkpoint), "--output", str(output)]) == 0
    printed = capsys.readouterr().out
    assert "missing      0" in printed
    assert "unexpected   4 (classifier.weight, classifier.bias, f_classifier.weight, f_classifier.bias)" in printed
    network = built(Genotype.load(output.with_suffix(".json")), "two-feature").double()
    load_weights(network, output)
    for case, name in enumerate(oracle.inputs("x_eval")):
        with torch.no_grad():
            oracle.check(f"eval{case}_feat", network.eval().vectors(oracle.tensor(name)))
    checked = [result for name, result in oracle.results.items() if name.endswith("_feat")]
    assert checked
    assert [result for result in checked if result.status != "passed"] == []


# file of keys: kind, genotype and arguments of the network
NETWORKS = {
    "msinet_table1.msinet_net": ("msinet", None, {}),
    **{f"msinet_mono.msinet_{4 * letter}_net": ("msinet", f"msi-{name}", {}) for letter, name in LETTERS.items()},
    "msinet_other.msinet_net": ("msinet", "GEANGEANGEAN", {}),
    "msinet_sam_net.msinet_sam": ("msinet", None, {}),
    "msinet_train_loop.msinet_net": ("msinet", None, {}),
    **{f"osnet_family.osnet_x{name}": ("osnet", None, {"width_multiplier": width}) for name, width in WIDTHS.items()},
    "osnet_family.osnet_ibn_x1_0": ("osnet-ibn", None, {}),
    **{f"osnet_ain_family.osnet_ain_x{name}": ("osnet-ain", None, {"width_multiplier": width})
       for name, width in WIDTHS.items()},
    "osnet_child.child_11O11O": ("osnet-ain", None, {}),
    "osnet_child.child_321O23": ("osnet-ain", "321O23", {}),
}


def genotype_of(kind, name, arguments):
    if name == "321O23":
        placements = ("in-out", "out", "in", "plain", "out", "in-out")
        return Genotype("InPlacement", {**osnet_genotypes.RELEASED, "shared": True},
                        osnet_genotypes.choices_of(placements))
    if name == "GEANGEANGEAN":
        return Genotype("MSI", {}, msi_genotypes.choices_of(name))
    found = catalogue.genotype(name or kind)
    return Genotype(found.space, {**found.arguments, **arguments}, found.choices)


@pytest.mark.parametrize("stem", NETWORKS)
def test_every_official_key_of_a_network_has_its_place(stem, tmp_path):
    kind, name, arguments = NETWORKS[stem]
    keys = json.loads((ORACLES / "manifests" / f"{stem}.json").read_text())
    torch.save({key: torch.zeros(shape) for key, shape, *_ in keys}, tmp_path / "a.pth")
    report = convert(kind, tmp_path / "a.pth", tmp_path / "a.safetensors", genotype_of(kind, name, arguments))
    assert (report.missing, report.other_shape) == ([], [])
    assert all(key.startswith(("classifier.", "f_classifier.", "align_module.")) for key in report.unexpected)
    assert len(keys) == len(report.matched) + len(report.unexpected)


OSNETS = [("osnet", "osnet_family", "osnet_x1_0", "x1_0"), ("osnet-ibn", "osnet_family", "osnet_ibn_x1_0", "ibn_x1_0"),
          ("osnet-ain", "osnet_ain_family", "osnet_ain_x1_0", "ain_x1_0")]


@pytest.mark.parametrize(("kind", "family", "weights", "prefix"), OSNETS)
def test_converted_osnets_give_the_official_features(kind, family, weights, prefix, tmp_path):
    oracle = Oracle(ORACLES, family, load(ORACLES)[family])
    values = {key: torch.as_tensor(value) for key, value in oracle.weights(weights, "eval").items()}
    torch.save(values, tmp_path / "a.pth")
    convert(kind, tmp_path / "a.pth", tmp_path / "a.safetensors")
    network = built(Genotype.load(tmp_path / "a.json"), ).double().eval()
    load_weights(network, tmp_path / "a.safetensors")
    for case, name in enumerate(oracle.inputs("x_eval")):
        with torch.no_grad():
            oracle.check(f"{prefix}_eval{case}", network.vectors(oracle.tensor(name)))
    checked = [result for name, result in oracle.results.items() if name.startswith(f"{prefix}_eval")]
    assert checked
    assert [result for result in checked if result.status != "passed"] == []


NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def switches():
    """A checkpoint of CM-NAS: three BatchNorms in every layer, each filled with its own value."""
    state = {"module.classifier.weight": torch.zeros(5, 64)}
    for name, value in Network(BNSeparation(inner_args=TINY), BNNeck(64)).state_dict().items():
        found = re.sub(r"\.(share|separate\.visible|separate\.infrared)\.", ".", name.replace("_candidates.", ""))
        key = official_key(found)
        for twin, number in (("sharable_bn", 1), ("visible_bn", 2), ("thermal_bn", 3)):
            if "sharable_bn" in key:
                filled = torch.full(value.shape, float(number))
                state[f"module.{key.replace('sharable_bn', twin)}"] = filled
            else:
                state[f"module.{key}"] = value
    return state


def test_of_three_official_batchnorms_those_are_taken_that_the_genotype_uses(tmp_path):
    state = switches()
    torch.save({"epoch": 120, "model": state, "ema": {}}, tmp_path / "a.pth")
    choices = cmnas_genotypes.choices_of(cmnas_genotypes.PUBLISHED["cm-nas-regdb"])
    found = Genotype("BNSeparation", {"inner_args": TINY}, choices)
    report = convert("cm-nas", tmp_path / "a.pth", tmp_path / "a.safetensors", found)
    assert (report.missing, report.other_shape) == ([], [])
    taken = read_weights(tmp_path / "a.safetensors")
    own = {"": 1, "visible.": 2, "infrared.": 3}
    for label, chosen in choices.items():
        for twin in ("visible.", "infrared.") if chosen == "separate" else ("",):
            assert all((taken[f"space.inner.{label}.{twin}{leaf}"] == own[twin]).all() for leaf in NORM), label
    unused = {key.rpartition(".")[0] for key in report.unexpected} - {"classifier"}
    assert len(unused) == 53 + sum(chosen == "share" for chosen in choices.values())


@pytest.mark.parametrize(("kind", "prefix"), [("torchvision-resnet50", ""), ("cm-nas-baseline", "backbone.")])
def test_weights_of_a_plain_resnet_start_every_batchnorm_of_their_layer(kind, prefix, tmp_path):
    plain = ResNet50(**TINY)
    state = {f"{prefix}{name}": torch.randn_like(value, dtype=torch.float32)
             for name, value in plain.state_dict().items()}
    torch.save({**state, "fc.weight": torch.zeros(1000, 64)}, tmp_path / "a.pth")
    arguments, choices = cmnas_genotypes.named("two-stream-bn")
    report = convert(kind, tmp_path / "a.pth", tmp_path / "a.safetensors",
                     Genotype("BNSeparation", {"inner_args": TINY}, choices))
    assert arguments == {}
    assert {name.rpartition(".")[0] for name in report.missing} == {"neck.bn"}
    assert report.unexpected == ["fc.weight"]
    taken = read_weights(tmp_path / "a.safetensors")
    for name in ("visible", "infrared"):
        assert taken[f"space.inner.layer1.0.bn1.{name}.weight"].equal(state[f"{prefix}layer1.0.bn1.weight"])
    assert taken["space.inner.layer2.0.bn1.weight"].equal(state[f"{prefix}layer2.0.bn1.weight"])


def test_a_training_starts_from_it_and_says_what_it_took(checkpoint, tmp_path):
    convert("msinet", checkpoint, tmp_path / "w.safetensors")
    other = built(Genotype("MSI", {}, {**catalogue.genotype("msinet").choices, "cell1.interaction1": "none"}))
    report = load_matching(other, tmp_path / "w.safetensors")
    assert report.missing == []
    assert {name.rsplit(".", 2)[0] for name in report.unexpected} == {"space.cell1.interaction1"}


def test_a_narrower_network_is_reported(tmp_path):
    state = {"head.weight": torch.ones(512), "conv1.conv.weight": torch.ones(32, 3, 7, 7), "conv1.bn.bias": 3}
    torch.save(state, tmp_path / "a.pth")
    report = convert("msinet", tmp_path / "a.pth", tmp_path / "a.safetensors")
    assert report.matched == ["neck.bn.weight"]
    assert report.other_shape == ["conv1.conv.weight"]
    assert report.unexpected == ["conv1.bn.bias"]
    assert "space.stem.bn.bias" in report.missing


class Code:
    def __reduce__(self):
        return (print, ("executed",))


@pytest.mark.parametrize(("content", "words"), [
    ({"state_dict": {}, "hook": Code()}, "holds .*print, which loading would execute"),
    ({"backbone.weight": torch.ones(2)}, "none of its entries fits msinet; they begin with backbone.weight"),
    ([1, 2], "holds a list; expected a dict of tensors"),
])
def test_what_is_no_checkpoint_is_named(content, words, tmp_path, capsys):
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(NasreidError, match=words):
        convert("msinet", tmp_path / "a.pth", tmp_path / "a.safetensors")
    assert "executed" not in capsys.readouterr().out
    assert not (tmp_path / "a.safetensors").exists()


@pytest.mark.parametrize("made", [torch.Tensor.to_sparse, lambda value: value.to(torch.complex64),
                                  lambda value: value.to(torch.float8_e5m2), torch.Tensor.tolist])
def test_what_is_no_plain_tensor_has_no_place(made, tmp_path):
    torch.save({"head.weight": torch.ones(512), "head.bias": made(torch.ones(512))}, tmp_path / "a.pth")
    report = convert("msinet", tmp_path / "a.pth", tmp_path / "a.safetensors")
    assert report.matched == ["neck.bn.weight"]
    assert report.unexpected == ["head.bias"]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(number, tmp_path):
    weight = torch.ones(512, dtype=torch.float16)
    weight[3] = number
    torch.save({"head.weight": weight}, tmp_path / "a.pth")
    with pytest.raises(NasreidError, match=r"'.*a\.pth': head\.weight is not finite; expected weights"):
        convert("msinet", tmp_path / "a.pth", tmp_path / "a.safetensors")


def test_files_that_torch_cannot_read_are_named(tmp_path):
    with pytest.raises(NasreidError, match="does not exist"):
        read_checkpoint(tmp_path / "none.pth")
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(NasreidError, match=r"text.pth"):
        read_checkpoint(tmp_path / "text.pth")
    with pytest.raises(NasreidError, match=r"'resnet'.*: expected one of .*msinet"):
        convert("resnet", tmp_path / "a.pth", tmp_path / "a.safetensors")


def test_export_and_retraining_by_name_from_the_command_line(people, tmp_path, capsys):
    small = Genotype("MSI", {"width_multiplier": 0.125}, catalogue.genotype("msinet").choices)
    small.save(tmp_path / "small.json")
    state = {msinet_keys.official_key(name): value for name, value in built(small, seed=5).state_dict().items()}
    torch.save({"state_dict": {**state, "classifier.weight": torch.zeros(3, 64)}}, tmp_path / "a.pth")
    weights = str(tmp_path / "w.safetensors")
    assert main(["import-weights", "--from-official", "msinet", str(tmp_path / "a.pth"), "--genotype",
                 str(tmp_path / "small.json"), "--output", weights]) == 0
    assert f"matched      {len(state)} (" in capsys.readouterr().out
    assert main(["retrain", "--genotype", "msinet", "--space-args.width_multiplier", "0.125", "--init", weights,
                 "--data", str(people), "--output", str(tmp_path / "net"), "--epochs", "1", "--p", "4", "--k", "2",
                 "--height", "32", "--width", "16", "--device", "cpu"]) == 0
    said = capsys.readouterr().err
    assert re.search(rf"start from .*w\.safetensors\nmatched +{len(state)} \(.*\nmissing +0\n", said)
    trained = Genotype.load(tmp_path / "net" / "genotype.json")
    assert (trained.choices, trained.provenance["source"]) == (small.choices, "nasreid's msinet")


def test_a_search_starts_from_imagenet_in_every_copy_of_a_layer(people, tmp_path):
    small = Genotype("BNSeparation", {"inner_args": TINY}, {}, {"neck": "bnneck"})
    plain = {name: torch.rand_like(value, dtype=torch.float32) for name, value in ResNet50(**TINY).state_dict().items()}
    torch.save(plain, tmp_path / "resnet.pth")
    found = convert("torchvision-resnet50", tmp_path / "resnet.pth", tmp_path / "w.safetensors", small, supernet=True)
    assert {name.rpartition(".")[0] for name in found.missing} == {"neck.bn"}
    run = Search(small.space, small.arguments, "Gumbel", {}, budget=Budget(1, 4, 2, 32, 16),
                 engine=Engine(quiet=True, draw=False), optimiser=WeightOptimiser(lr=1e-20),
                 init=str(tmp_path / "w.safetensors"))
    run.run(read("market1501", people), tmp_path / "run")
    after = read_weights(tmp_path / "run" / "supernet.safetensors")
    for copy in ("share", "separate.visible", "separate.infrared"):
        assert torch.equal(after[f"space.inner.layer2.0.bn1.{copy}.weight"], plain["layer2.0.bn1.weight"])
