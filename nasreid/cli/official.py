"""nasreid import-weights: checkpoints of official releases under our names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from nasreid.configuration import Place
from nasreid.network.catalogue import find
from nasreid.network.official import convert


@dataclass(frozen=True)
class ImportWeights:
    """Convert an official checkpoint to our names; runs no code that is in it."""

    file: Annotated[str, "checkpoint (.pth) of an official release", Place]
    from_official: Annotated[str, "whose release: msinet, osnet, osnet-ain, cm-nas … (nasreid list)"]
    output: Annotated[str, ".safetensors file to write; its genotype is written beside it, as .json"]
    genotype: Annotated[str | None, "genotype.json or name of the network to fill; default: the published one"] = None
    space: Annotated[str | None, "file.py:Class of a space from outside nasreid, whose releases are known then; it is "
                                 "executed"] = None
    supernet: Annotated[bool, "fill the open space with all candidates, for search --init"] = False

    def __call__(self) -> None:
        genotype = None if self.genotype is None else find(self.genotype, self.space)
        print(convert(self.from_official, self.file, self.output, genotype, self.supernet, self.space))
        print(f"weights: {self.output}")
