"""Numbers of fewer bits in an ONNX model: what it loses is measured by whoever asks (`nasreid.evaluation.proof`)."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nasreid.errors import NasreidError, one_of
from nasreid.network.exports.onnx_model import IR
from nasreid.network.exports.program import quiet

PRECISIONS = ("float32", "fp16", "int8", "int8-static")


def check_precision(name: str, kind: str) -> None:
    """Refuses an unknown precision, and another than float32 where the format is none that has it."""
    if name not in PRECISIONS:
        raise NasreidError(f"precision {one_of(name, PRECISIONS)}")
    if name != "float32" and kind != "onnx":
        raise NasreidError(f"precision {name!r} of {kind}; expected --to onnx")


def narrowed(model: Any, precision: str, calibration: Iterator[dict[str, np.ndarray]]) -> Any:
    """The model in that precision; what goes in and out stays as it is.

    fp16: all weights and maps are of half precision. int8: weights, and maps by their range in each batch, so that an
    image depends on the batch that it is in. int8-static: by the range that maps have for the `calibration` inputs.
    """
    if precision == "float32":
        return model
    try:
        with quiet(), _silent():
            found = _half(model) if precision == "fp16" else _bytes(model, precision, calibration)
    except NasreidError:  # of the calibration's pictures
        raise
    except Exception as error:  # ONNX Runtime's tools have no class of their own
        raise NasreidError(f"precision {precision!r} of this network: ONNX Runtime stops with {type(error).__name__} "
                           f"({' '.join(str(error).split())[:120]}); expected float32 for it") from error
    found.ir_version, found.producer_name = min(found.ir_version, IR), "nasreid"
    return found


def _half(model: Any) -> Any:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(model, keep_io_types=True)


def _bytes(model: Any, precision: str, calibration: Iterator[dict[str, np.ndarray]]) -> Any:
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "a.onnx", Path(folder) / "b.onnx"
        before.write_bytes(model.SerializeToString())
        _quantised(before, after, precision, calibration)
        return onnx.load(after)


def _quantised(before: Path, after: Path, precision: str, calibration: Iterator[dict[str, np.ndarray]]) -> None:
    from onnxruntime import quantization

    if precision == "int8":
        quantization.quantize_dynamic(before, after, weight_type=quantization.QuantType.QUInt8)
        return

    class Reader(quantization.CalibrationDataReader):
        def get_next(self) -> Any:  # None ends it
            return next(calibration, None)

    quantization.quantize_static(before, after, Reader(), per_channel=True)


class _silent:
    """ONNX Runtime's quantiser gives advice to the root logger."""

    def __enter__(self) -> None:
        logging.disable(logging.WARNING)

    def __exit__(self, *_: object) -> None:
        logging.disable(logging.NOTSET)
