"""nasreid export: a trained network for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from nasreid.configuration import How
from nasreid.experiments.exporting import ExportRun


@dataclass(frozen=True)
class Export:
    """Write a trained network for other programs, proven first to give the same features."""

    export: ExportRun
    output: Annotated[str, "file to write: .onnx, .safetensors, .pt (torchscript) or .pt2 (exported-program)", How]

    def __call__(self) -> None:
        print(self.export.write(self.output))
        print(f"export    {self.output}")
