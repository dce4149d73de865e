"""The side file that the tracker BoxMOT reads beside a re-identification network, so that no name decides."""

from __future__ import annotations

import json
from pathlib import Path

from nasreid.network.exports.record import Record


def side_file(path: Path) -> Path:
    """x.onnx -> x.onnx.metadata.json."""
    return path.with_name(f"{path.name}.metadata.json")


def metadata(record: Record, name: str) -> str:
    """The text of the side file, its schema version 1.

    preprocess "resize": a crop is resized to img_size (height, width), whatever its shape, then normalised with
    ImageNet's mean and standard deviation. num_classes is that of a classifier, which an export has not.
    """
    size = [record.height, record.width]
    document = {"schema_version": 1, "model_name": name, "num_classes": 1, "preprocess": "resize",
                "model_kwargs": {"img_size": size}, "model_kwargs_schema_version": 1}
    return json.dumps(document, indent=2) + "\n"
