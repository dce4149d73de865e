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
    quiet: Annotated[bool, "no word of what is under way", How] = False

    def __call__(self) -> None:
        print(self.export.write(self.output, self.quiet))
        print(f"export    {self.output}")
