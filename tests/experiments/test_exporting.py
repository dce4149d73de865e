"""Weights that travel: a folder that anyone can load, and the names of torchreid, MSINet and CM-NAS."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch import nn

import nasreid
from nasreid.cli import main
from nasreid.data.people.synthesize import synthesize
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network.catalogue import genotype
from nasreid.network.exports import formats
from nasreid.network.exports.program import program, quiet
from nasreid.network.official import convert
from nasreid.network.weights import read_weights
from nasreid.run import CONFIG
from nasreid.space import SearchSpace
from tests.network.exports.networks import THEIRS, network_of, run_folder, separated, tiny, trained

MANIFESTS = Path(__file__).parents[1] / "oracles" / "manifests"


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    root = tmp_path_factory.mktemp("crops")
    folder = synthesize(root, identities=2, test_identities=2, cameras=2, shots=2, height=48, width=20) / "query"
    return sorted(map(str, folder.glob("*.jpg")))


@pytest.mark.parametrize("make", [tiny, separated])
def test_a_pretrained_folder_gives_the_features_of_the_run(make, crops, tmp_path, capsys):
    made = make()
    run, output = run_folder(tmp_path / "run", made, network_of(made)), tmp_path / "there"
    assert main(["export", str(run), "--to", "pretrained", "--output", str(output), "--space", THEIRS]) == 0
    assert sorted(path.name for path in output.iterdir()) == ["README.md", "config.json", "genotype.svg",
                                                              "model.safetensors"]
    assert np.array_equal(nasreid.from_pretrained(output, THEIRS)(crops), nasreid.from_pretrained(run, THEIRS)(crops))
    said = (output / "README.md").read_text()
    assert "resized to 32 x 16" in said
    assert " to " in said.splitlines()[-1]
    capsys.readouterr()
    assert main(["export", str(run), "--to", "pretrained", "--output", str(output), "--space", THEIRS]) == 2
    assert "it is a folder" in capsys.readouterr().err


def test_a_test_set_is_read_as_the_run_read_it_and_before_anything_is_converted(tmp_path, capsys):
    made, data = tiny(), tmp_path / "data"
    drawn = synthesize(tmp_path / "drawn", identities=2, test_identities=2, cameras=2, shots=2, height=32, width=16)
    for theirs, own in (("bounding_box_train", "train"), ("query", "query"), ("bounding_box_test", "gallery")):
        for path in (drawn / theirs).glob("*.jpg"):
            (data / own / path.name[:4]).mkdir(parents=True, exist_ok=True)
            path.rename(data / own / path.name[:4] / path.name)
    run = run_folder(tmp_path / "run", made, network_of(made))
    given = ["export", str(run), "--to", "pretrained", "--output", str(tmp_path / "there"), "--space", THEIRS,
             "--test-data", str(data)]
    assert main(given) == 2
    said = capsys.readouterr().err
    assert "no picture named PPPP_cCsS" in said
    assert "converted" not in said
    own = {"data": str(data), "layout": "folder", "data_args": {"camera": r"c(\d+)"}}
    (run / CONFIG).write_text(yaml.safe_dump({"nasreid": "0.1.0", "retrain": {"height": 32, "width": 16, **own}}))
    assert main(given) == 0


def test_python_saves_what_it_reads(crops, tmp_path):
    made = tiny()
    run = run_folder(tmp_path / "run", made, network_of(made))
    scores = {"mAP": 12.5, "rank-1": 25.0, "protocol": "market: single query"}
    (tmp_path / "s.json").write_text(json.dumps(scores))
    proof = nasreid.save_pretrained(run, tmp_path / "there", THEIRS, scores=str(tmp_path / "s.json"))
    assert max(proof.delta.values()) <= 1e-4
    assert np.array_equal(nasreid.from_pretrained(tmp_path / "there", THEIRS)(crops),
                          nasreid.from_pretrained(run, THEIRS)(crops))
    assert "| market: single query | 12.5 | 25.0 |" in (tmp_path / "there" / "README.md").read_text()
    with pytest.raises(NasreidError, match="it is a folder"):
        nasreid.save_pretrained(run, tmp_path / "there", THEIRS)
    with pytest.raises(NasreidError, match="expected a folder, a name without a suffix"):
        nasreid.save_pretrained(run, tmp_path / "there.onnx", THEIRS)


def test_after_the_neck_stays_after_the_neck(crops, tmp_path):
    made = tiny()
    run = run_folder(tmp_path / "run", made, network_of(made))
    assert main(["export", str(run), "--to", "pretrained", "--output", str(tmp_path / "there"), "--space", THEIRS,
                 "--after-neck"]) == 0
    assert nasreid.from_pretrained(tmp_path / "there", THEIRS).network.after_neck
    assert not np.allclose(nasreid.from_pretrained(tmp_path / "there", THEIRS)(crops),
                           nasreid.from_pretrained(run, THEIRS)(crops), atol=1e-3)


@pytest.mark.parametrize("rows", [3, [3], [{"mAP": {}, "protocol": "market"}], [{"mAP": 1.0, "protocol": 3}]])
def test_scores_that_are_none_are_named(rows, tmp_path):
    made = tiny()
    run = run_folder(tmp_path / "run", made, network_of(made))
    (tmp_path / "s.json").write_text(json.dumps({"rows": rows}))
    with pytest.raises(NasreidError, match="have no mAP or no protocol"):
        nasreid.save_pretrained(run, tmp_path / "there", THEIRS, scores=str(tmp_path / "s.json"))
    assert not (tmp_path / "there").exists()


def test_a_damaged_folder_is_named(tmp_path, capsys):
    (tmp_path / "config.json").write_text("{}")
    assert main(["embed", str(tmp_path), "--run", str(tmp_path)]) == 2
    assert "no picture in it" in capsys.readouterr().err
    with pytest.raises(NasreidError, match="what it says of itself is damaged"):
        nasreid.from_pretrained(tmp_path)


NAMES = {  # kind: genotype, arguments, neck, --to, manifest
    "osnet": ("osnet", {"width_multiplier": 0.25}, "auto", "torchreid", "osnet_family.osnet_x0_25"),
    "osnet-ain": ("osnet-ain", {"width_multiplier": 0.25}, "auto", "torchreid", "osnet_ain_family.osnet_ain_x0_25"),
    "msinet": ("msinet", {}, "two-feature", "msinet", "msinet_table1.msinet_net"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", NAMES)
def test_weights_travel_under_official_names_to_the_bit(kind, tmp_path):
    name, arguments, neck, to, manifest = NAMES[kind]
    found = genotype(name)
    made = trained(found.space, {**found.arguments, **arguments}, found.choices, neck)
    network = network_of(made)
    run = run_folder(tmp_path / "run", made, network)
    assert main(["export", str(run), "--to", to, "--output", str(tmp_path / "w.pth")]) == 0
    state = torch.load(tmp_path / "w.pth", weights_only=True)
    expected = {key: tuple(shape) for key, shape, *_ in json.loads((MANIFESTS / f"{manifest}.json").read_text())
                if not key.startswith(("classifier.", "f_classifier."))}
    assert {key: tuple(value.shape) for key, value in state.items()} == expected
    report = convert(kind, tmp_path / "w.pth", tmp_path / "w.safetensors", made.genotype)
    assert (report.missing, report.unexpected, report.other_shape) == ([], [], [])
    back = read_weights(tmp_path / "w.safetensors")
    assert all(torch.equal(back[key], value) for key, value in network.state_dict().items())


def test_the_batchnorms_of_a_modality_keep_their_names(tmp_path):
    found = genotype("cm-nas-regdb")
    made = trained("BNSeparation", {"inner_args": {"width_multiplier": 0.03125}}, found.choices, "bnneck")
    run = run_folder(tmp_path / "run", made, network_of(made))
    assert main(["export", str(run), "--to", "cm-nas", "--output", str(tmp_path / "w.pth")]) == 0
    state = torch.load(tmp_path / "w.pth", weights_only=True)
    (name,) = MANIFESTS.glob("cmnas_train_step.*.json")
    official = {key for key, *_ in json.loads(name.read_text())}
    assert set(state) <= official
    report = convert("cm-nas", tmp_path / "w.pth", tmp_path / "w.safetensors", Genotype.load(run / "genotype.json"))
    assert (report.missing, report.unexpected) == ([], [])


def test_names_of_another_space_are_refused(tmp_path, capsys):
    made = tiny()
    run = run_folder(tmp_path / "run", made, network_of(made))
    assert main(["export", str(run), "--to", "msinet", "--output", str(tmp_path / "w.pth"), "--space", THEIRS]) == 2
    assert "official release 'msinet' is of another space" in capsys.readouterr().err
    assert not (tmp_path / "w.pth").exists()


STYLED = f"{__name__}:Styled"


class Styled(SearchSpace):
    """An InstanceNorm with statistics of its own, and a step that is told how many images there are."""

    def __init__(self):
        super().__init__()
        self.width = 8
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=4, padding=1), nn.BatchNorm2d(8),
                                  nn.InstanceNorm2d(8, affine=True, track_running_stats=True), nn.ReLU())

    def maps(self, images, modality=None):
        found = self.stem(images)
        return found.flatten(2).reshape(images.shape[0], *found.shape[1:])


class Other(SearchSpace):
    """Another space behind a step that should not be there."""

    def __init__(self, space, step):
        super().__init__()
        self.width, self.space, self.step = space.width, space, step

    def maps(self, images, modality=None):
        return self.step(self.space, images)


@pytest.fixture(scope="module")
def styled(tmp_path_factory):
    """How an export of it is asked for: proven on few people."""
    root, made = tmp_path_factory.mktemp("styled"), trained(STYLED, {}, {}, "bnneck")
    synthesize(root / "people", identities=2, test_identities=3, cameras=2, shots=2, height=32, width=16)
    run = run_folder(root / "run", made, network_of(made, space=STYLED))
    return ["export", str(run), "--space", STYLED, "--test-data", str(root / "people")]


def behind(step):
    return lambda network: setattr(network.network, "space", Other(network.network.space, step))


def normalised_again(space, images):
    return space.maps((images - 0.45) / 0.225)


def norms(network):
    for module in network.network.modules():
        if isinstance(module, nn.InstanceNorm2d):
            module.train()


def one_size(network, height, width):
    with torch.no_grad(), quiet():
        return torch.export.export(network, network.example(height, width))


def broken(change):
    def found(network, height, width):
        change(network)
        return program(network, height, width)
    return found


def flipped(space, images):
    return space.maps(images.flip(1))


def alike(space, images):
    return 1e-3 * space.maps(images) + 1


OTHERS = "refused: in batches of 1 a feature differs"
WRONG = {  # what the export does, and what the proof says of it
    "training mode": (broken(lambda network: network.network.train()), "refused: in batches of"),
    "InstanceNorm in training mode": (broken(norms), OTHERS),
    "swapped channels": (broken(behind(flipped)), OTHERS),
    "normalised twice": (broken(behind(normalised_again)), OTHERS),
    "all embeddings alike": (broken(behind(alike)), OTHERS),
    "one size of a batch": (one_size, "refused: it stops with 14 images"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_export_made_wrong_on_purpose_leaves_no_file(styled, tmp_path, capsys, monkeypatch, wrong):
    made, words = WRONG[wrong]
    monkeypatch.setattr(formats, "program", made)
    baked = ["--bake-preprocessing"] * (wrong == "normalised twice")
    asked = [*styled, *baked, "--to", "exported-program", "--output", str(tmp_path / "x.pt2"), "--quiet"]
    assert main(asked) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_frozen_batch_is_seen_in_onnx(styled, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(formats, "program", one_size)
    assert main([*styled, "--output", str(tmp_path / "x.onnx")]) == 2
    assert "the network fails in ONNX Runtime" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_is_right_is_written(styled, tmp_path, capsys):
    asked = [*styled, "--to", "exported-program", "--output", str(tmp_path / "x.pt2")]
    assert main(asked) == 0, capsys.readouterr().err
