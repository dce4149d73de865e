"""nasreid export: checkpoints of official releases under our names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    pass


def export(file: Annotated[str, "checkpoint (.pth) of an official release"], /, *,
           from_official: Annotated[str, "msinet, osnet, osnet-ibn, osnet-ain, cm-nas, cm-nas-baseline or "
                                         "torchvision-resnet50"],
           output: Annotated[str, ".safetensors file to write; its genotype is written beside it, as .json"],
           genotype: Annotated[str | None, "genotype.json or name of the network to fill; default: the published "
                                           "one, cm-nas-sysu for cm-nas, one-stream for torchvision-resnet50"] = None,
           supernet: Annotated[bool, "fill the open space with all candidates, for search --init"] = False,
           config: Annotated[str | None, "recipe"] = None) -> None:
    """Convert an official checkpoint to our names; runs no code that is in it."""
    from nasreid.network.catalogue import find
    from nasreid.network.official import convert

    print(convert(from_official, file, output, None if genotype is None else find(genotype), supernet))
    print(f"weights: {output}")
