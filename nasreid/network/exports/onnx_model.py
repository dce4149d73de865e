"""A program as an ONNX model that any runtime loads: plain names, a free batch, nothing of this machine inside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from torch.export import ExportedProgram

from nasreid.errors import NasreidError
from nasreid.network.exports.portable import BATCH, FEATURES, IMAGES, MODALITY
from nasreid.network.exports.program import quiet
from nasreid.network.exports.record import KEY, Record
from nasreid.network.exports.runtime import check_installed

OPSET = 18  # the exporter's own, without a conversion behind it; ONNX Runtime loads it since 1.14
IR = 10  # what ONNX Runtime loads since 1.19


def onnx_model(found: ExportedProgram, record: Record) -> Any:
    """The onnx.ModelProto of a program, with the record inside.

    Raises:
        NasreidError: the exporter lacks an operation, which is named with the module that it is in.
    """
    import torch

    check_installed()
    names = [IMAGES, MODALITY][: 1 + (record.modality == "both")]
    with quiet():
        try:
            made = torch.onnx.export(found, dynamo=True, input_names=names, output_names=[FEATURES],
                                     opset_version=OPSET, verbose=False)
        except torch.onnx.OnnxExporterError as error:
            raise _lacking(found, error) from error
    assert made is not None
    return described(_plain(made.model_proto), record)


def described(model: Any, record: Record) -> Any:
    """The same model with this record inside, in place of any other."""
    del model.metadata_props[:]
    model.metadata_props.add(key=KEY, value=record.text())
    return model


def _plain(model: Any) -> Any:
    """In place: names without the exporter's symbols, no notes of the exporter, which hold paths of this machine."""
    model.ir_version = min(model.ir_version, IR)
    model.producer_name = "nasreid"
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output,
                 *model.graph.initializer, *model.functions, model.graph):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    return model


def _lacking(found: ExportedProgram, error: Exception) -> NasreidError:
    said = " ".join(str(one) for one in _causes(error))
    operation = re.search(r"target=torch\.ops\.(\w+\.\w+)", said) or re.search(r"op='(\w+\.\w+)'", said)
    if operation is None:
        return NasreidError(f"the ONNX exporter fails: {str(error).strip().splitlines()[0]}; expected operations that "
                            "it knows")
    place = _place(found, operation[1])
    return NasreidError(f"operation {operation[1]!r}{place} is not in ONNX; expected another, or --to torchscript or "
                        "exported-program")


def _place(found: ExportedProgram, operation: str) -> str:
    for node in found.graph.nodes:
        # what an operation is made of may have its name behind an underscore: linalg_svd, _linalg_svd
        if str(node.target).startswith((f"{operation}.", f"{operation.replace('._', '.')}.")):
            stack = list(node.meta.get("nn_module_stack", {}).values())
            path = stack[-1][0] if stack else ""
            return f" in {path.replace('network.', '', 1)}" if path else ""
    return ""


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
