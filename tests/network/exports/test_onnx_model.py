import os
from itertools import cycle

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.network import catalogue
from nasreid.network.exports.onnx_model import IR, onnx_model
from nasreid.network.exports.portable import Portable
from nasreid.network.exports.program import program
from nasreid.network.exports.record import Record
from nasreid.network.network import with_neck
from nasreid.space import SearchSpace
from nasreid.spaces.msi import OPERATIONS
from tests.network.exports.networks import portable, separated, tiny, trained


def check(found, record, numbers=(1, 2, 7)):
    """Export, and compare with torch in any batch, image by image; returns the model."""
    model = onnx_model(program(found, 32, 16), record)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    given = found.example(32, 16, max(numbers))
    names = [one.name for one in session.get_inputs()]
    with torch.no_grad():
        alone = torch.cat([found(*(x[at:at + 1] for x in given)) for at in range(max(numbers))]).numpy()
    for number in numbers:
        part = {name: x[:number].numpy() for name, x in zip(names, given, strict=True)}
        np.testing.assert_allclose(session.run(["features"], part)[0], alone[:number], atol=1e-5, rtol=1e-5)
    return model


def shape(value):
    return [one.dim_param or one.dim_value for one in value.type.tensor_type.shape.dim]


@pytest.mark.parametrize("baked", [False, True])
def test_a_third_partys_network_has_a_free_batch_and_plain_names(baked):
    found, record = portable(tiny(), baked=baked)
    model = check(found, record)
    assert [(one.name, shape(one)) for one in model.graph.input] == [("images", ["batch", 3, 32, 16])]
    assert [(one.name, shape(one)) for one in model.graph.output] == [("features", ["batch", 8])]
    assert model.graph.input[0].type.tensor_type.elem_type == (onnx.TensorProto.UINT8 if baked else
                                                               onnx.TensorProto.FLOAT)
    assert model.ir_version <= IR == 10
    onnx.checker.check_model(model)
    assert os.getcwd().encode() not in model.SerializeToString()
    assert [one.key for one in model.metadata_props] == ["nasreid"]


@pytest.mark.parametrize("modality", ["visible", "infrared", "both"])
def test_the_split_into_modalities_is_no_constant(modality):
    found, record = portable(separated(), modality)
    model = check(found, record)
    assert [one.name for one in model.graph.input] == ["images", "modality"][: 1 + (modality == "both")]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "neck"), [("msinet", "two-feature"), ("osnet-ain", "auto")])
def test_networks_of_our_spaces_come_through(name, neck):
    genotype = catalogue.genotype(name)
    choices = genotype.choices
    if name == "msinet":  # every operation, and each in both places of a cell
        choices = dict(zip(choices, cycle([*OPERATIONS, *OPERATIONS[1:]]), strict=False))
    made = trained(genotype.space, {**genotype.arguments, "width_multiplier": 0.125}, choices, neck)
    check(*portable(made, after_neck=neck == "two-feature"))


class Exponential(SearchSpace):
    def __init__(self, operation):
        super().__init__()
        self.width = 3
        self.blocks = torch.nn.ModuleDict({"odd": Step(operation)})

    def maps(self, images, modality=None):
        return self.blocks["odd"](images)


class Step(torch.nn.Module):
    def __init__(self, operation):
        super().__init__()
        self.operation = operation

    def forward(self, x):
        return self.operation(x[:, :, :16])


@pytest.mark.parametrize(("operation", "name"), [(torch.linalg.matrix_exp, "linalg_matrix_exp"),
                                                 (lambda x: torch.linalg.svd(x)[0], "_linalg_svd")])
def test_an_operation_that_the_exporter_lacks_is_named_with_its_module(operation, name):
    network = with_neck(Exponential(operation)).eval()
    record = Record(tiny().genotype, 32, 16, 3)
    with pytest.raises(NasreidError, match=rf"operation 'aten\.{name}' in space\.blocks\.odd is not in ONNX"):
        onnx_model(program(Portable(network), 32, 16), record)
