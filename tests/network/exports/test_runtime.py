import json

import onnx
import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.network.exports import runtime as module
from nasreid.network.exports.formats import save_onnx
from nasreid.network.exports.onnx_model import onnx_model
from nasreid.network.exports.program import program
from nasreid.network.exports.runtime import OnnxNetwork
from tests.network.exports.networks import portable, separated, tiny


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """{name: (the network, its .onnx file)}"""
    folder, made = tmp_path_factory.mktemp("onnx"), {}
    for name, (found, record) in {"baked": portable(tiny(), baked=True), "plain": portable(tiny()),
                                  "both": portable(separated()), "one": portable(separated(), "infrared")}.items():
        save_onnx(onnx_model(program(found, 32, 16), record), folder / f"{name}.onnx", record)
        made[name] = found, folder / f"{name}.onnx"
    return made


@pytest.mark.parametrize("name", ["plain", "baked", "both", "one"])
def test_it_gives_the_vectors_of_the_network_for_normalised_images(files, name):
    found, path = files[name]
    images, = portable(tiny())[0].example(32, 16, 5)
    mask = {"both": torch.arange(5) % 2 == 0, "one": torch.ones(5, dtype=torch.bool)}.get(name)
    torch.testing.assert_close(OnnxNetwork(path).vectors(images, mask), found.source.vectors(images, mask),
                               atol=1e-5, rtol=1e-5)


def test_images_of_another_kind_are_refused(files):
    with pytest.raises(NasreidError, match="images of 16 x 16; expected 32 x 16 pixels"):
        OnnxNetwork(files["plain"][1]).vectors(torch.zeros(1, 3, 16, 16))
    with pytest.raises(NasreidError, match="exported for infrared images"):
        OnnxNetwork(files["one"][1]).vectors(torch.zeros(1, 3, 32, 16))


def other(model, kind):
    if kind == "no record":
        del model.metadata_props[:]
    elif kind == "another name":
        model.graph.input[0].name = "pixels"
        for node in model.graph.node:
            node.input[:] = ["pixels" if name == "images" else name for name in node.input]
    elif kind == "levels":
        said = json.loads(model.metadata_props[0].value)
        model.metadata_props[0].value = json.dumps({**said, "baked": True})
    else:
        model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 64
    return model


@pytest.mark.parametrize(("kind", "words"), [
    ("no record", "is not of nasreid"), ("another name", r"inputs and outputs are \['pixels'\]"),
    ("levels", r"what goes in is \['tensor\(float\)'\]; expected \['tensor\(uint8\)'\]"),
    ("another size", r"images are \[3, 64, 16\]")])
def test_what_is_not_ours_is_refused(files, tmp_path, kind, words):
    onnx.save(other(onnx.load(files["plain"][1]), kind), tmp_path / "x.onnx")
    with pytest.raises(NasreidError, match=words):
        OnnxNetwork(tmp_path / "x.onnx")


def test_a_damaged_file_is_one_line(files, tmp_path):
    (tmp_path / "x.onnx").write_bytes(files["plain"][1].read_bytes()[:-2000])
    with pytest.raises(NasreidError, match="does not load in ONNX Runtime") as error:
        OnnxNetwork(tmp_path / "x.onnx")
    assert "\n" not in str(error.value)
    with pytest.raises(NasreidError, match="does not exist; expected an"):
        OnnxNetwork(tmp_path / "none.onnx")


def test_names_that_are_no_text_and_a_graph_that_fails_are_one_line(files, tmp_path, monkeypatch):
    content = files["plain"][1].read_bytes()
    (tmp_path / "x.onnx").write_bytes(content.replace(b'"colour"', b'"col\xf3ur"'))
    with pytest.raises(NasreidError, match="no UTF-8 text"):
        OnnxNetwork(tmp_path / "x.onnx")
    network = OnnxNetwork(files["plain"][1])
    with pytest.raises(NasreidError, match=r"the network fails in ONNX Runtime: .*; expected a file") as error:
        network.run({"images": torch.zeros(1, 3, 32, 16, dtype=torch.float64).numpy()})
    assert "\n" not in str(error.value)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NasreidError, match=r"needs the package onnx, .*nasreid\[onnx\]"):
        module.check_installed()
