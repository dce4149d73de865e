"""Networks that leave: a reader that knows nothing of nasreid gets the features of `nasreid embed`."""

import json
import subprocess
import sys

import numpy as np
import onnxruntime.quantization
import pytest

from nasreid.cli import main
from nasreid.data.people.synthesize import synthesize
from nasreid.network.exports import formats
from nasreid.network.exports.runtime import OnnxNetwork
from tests.network.exports.networks import THEIRS, network_of, run_folder, separated, tiny

READER = '''
import json, sys
import numpy, onnxruntime
from PIL import Image

model, features, *paths = sys.argv[1:]
side = json.load(open(model + ".metadata.json"))
assert (side["schema_version"], side["model_kwargs_schema_version"], side["preprocess"]) == (1, 1, "resize"), side
height, width = side["model_kwargs"]["img_size"]
crops = [Image.open(path).convert("RGB").resize((width, height), Image.BILINEAR) for path in paths]
levels = numpy.stack([numpy.asarray(crop) for crop in crops]).astype(numpy.float32) / 255
images = (levels - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
images = images.transpose(0, 3, 1, 2).astype(numpy.float32)
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
more = [one.name for one in session.get_inputs()[1:]]
for size in (1, 3, 50):
    parts = [images[at:at + size] for at in range(0, len(images), size)]
    found = [session.run(["features"], {"images": part, **{name: numpy.zeros(len(part), bool) for name in more}})[0]
             for part in parts]
    numpy.save(f"{features}-{size}.npy", numpy.concatenate(found))
assert "nasreid" not in sys.modules
'''


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    root = tmp_path_factory.mktemp("crops")
    return synthesize(root, identities=2, test_identities=2, cameras=2, shots=2, height=32, width=16) / "query"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    return {name: run_folder(root / name, made, network_of(made))
            for name, made in {"theirs": tiny(), "separated": separated()}.items()}


@pytest.mark.parametrize("name", ["theirs", "separated"])
def test_a_reader_of_the_side_file_gets_the_features_of_embed(runs, crops, tmp_path, capsys, name):
    model, features = tmp_path / "x.onnx", tmp_path / "f.npz"
    assert main(["export", str(runs[name]), "--to", "onnx", "--output", str(model), "--space", THEIRS]) == 0
    said = capsys.readouterr()
    assert "largest difference" in said.out
    assert said.err.splitlines()[0].startswith("export to onnx: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.onnx", "x.onnx.metadata.json"]
    assert main(["embed", str(crops), "--run", str(runs[name]), "--output", str(features), "--space", THEIRS,
                 "--no-normalise", "--quiet", "--device", "cpu"]) == 0
    with np.load(features) as found:
        expected, paths = found["features"], [str(crops / path) for path in found["paths"]]
    subprocess.run([sys.executable, "-c", READER, str(model), str(tmp_path / "r"), *paths], check=True)
    for size in (1, 3, 50):
        np.testing.assert_allclose(np.load(tmp_path / f"r-{size}.npy"), expected, atol=1e-4)


@pytest.mark.parametrize(("kind", "suffix"), [("safetensors", "safetensors"), ("torchscript", "pt"),
                                              ("exported-program", "pt2")])
def test_other_formats_are_proven_too(runs, tmp_path, kind, suffix):
    output = tmp_path / f"x.{suffix}"
    assert main(["export", str(runs["separated"]), "--to", kind, "--output", str(output), "--space", THEIRS]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [output.name]


def test_what_is_inside_says_what_it_is(runs, tmp_path):
    scores = {"mAP": 31.5, "rank-1": 50.0, "protocol": "market: single query", "cmc": [0.5]}
    (tmp_path / "s.json").write_text(json.dumps(scores))
    model = tmp_path / "x.onnx"
    assert main(["export", str(runs["theirs"]), "--output", str(model), "--space", THEIRS, "--bake-preprocessing",
                 "--after-neck", "--scores", str(tmp_path / "s.json")]) == 0
    record = OnnxNetwork(model).record
    assert record.scores == [{name: value for name, value in scores.items() if name != "cmc"}]
    assert (record.baked, record.after_neck, record.features) == (True, True, 8)
    assert record.proof["images"] > 64
    assert not model.with_name("x.onnx.metadata.json").exists()


def refused(capsys, output, words, *arguments):
    assert main(["export", *map(str, arguments), "--output", str(output), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert list(output.parent.iterdir()) == []


@pytest.mark.parametrize("precision", ["fp16", "int8", "int8-static"])
def test_a_lower_precision_says_what_it_loses(runs, tmp_path, capsys, precision):
    model = tmp_path / "x.onnx"
    asked = ["export", str(runs["theirs"]), "--output", str(model), "--space", THEIRS, "--precision", precision]
    assert main([*asked, "--max-loss", "100"]) == 0
    assert "; mAP " in capsys.readouterr().out
    record = OnnxNetwork(model).record
    assert record.precision == precision
    before, after = record.proof["points"]
    assert abs(before - after) < 20
    assert record.proof["cosine"][1] == pytest.approx(record.proof["cosine"][0], abs=0.05)


def test_a_refused_export_leaves_no_file(runs, tmp_path, capsys, monkeypatch):
    run, output = runs["theirs"], tmp_path / "x.pt"
    refused(capsys, output, "expected one of onnx, safetensors", run, "--to", "tensorrt")
    refused(capsys, output, "expected a name that ends in .onnx", run)
    refused(capsys, output, "confirm with --space", run, "--to", "torchscript")
    refused(capsys, output, "no finished retraining", tmp_path / "none", "--to", "torchscript")
    refused(capsys, output, "scores", run, "--to", "torchscript", "--space", THEIRS, "--scores", run / "result.json")
    load = formats._load_script
    monkeypatch.setattr(formats, "_load_script", lambda draft: lambda images: load(draft)(images.flip(1)))
    refused(capsys, output, "refused: in batches of 1 a feature differs", run, "--to", "torchscript", "--space", THEIRS)
    refused(capsys, output, "precision 'fp16' of torchscript; expected --to onnx", run, "--to", "torchscript",
            "--precision", "fp16")
    refused(capsys, output, "precision 'fp8'", run, "--to", "torchscript", "--precision", "fp8")


def test_a_quantiser_that_stops_is_one_line(runs, tmp_path, capsys, monkeypatch):
    def stops(*_, **__):
        raise AssertionError("scale issue")

    monkeypatch.setattr(onnxruntime.quantization, "quantize_dynamic", stops)
    refused(capsys, tmp_path / "x.onnx", "'int8' of this network: ONNX Runtime stops with AssertionError (scale issue)",
            runs["theirs"], "--space", THEIRS, "--precision", "int8")


def test_a_loss_is_refused_unless_it_is_accepted(runs, tmp_path, capsys, monkeypatch):
    made = formats.narrowed

    def worse(model, precision, calibration):
        found = made(model, "float32", calibration)
        for part in found.graph.initializer:
            if part.data_type == 1 and part.name.endswith("stem.0.weight"):
                part.raw_data = bytes(len(part.raw_data))
        return found

    monkeypatch.setattr(formats, "narrowed", worse)
    output = tmp_path / "x.onnx"
    asked = [runs["theirs"], "--space", THEIRS, "--precision", "int8", "--max-loss", "0.5"]
    refused(capsys, output, "refused: mAP falls from", *asked)
    assert main(["export", *map(str, asked), "--output", str(output), "--accept-loss"]) == 0
