"""What an exported network says of itself, in every format: one JSON document, written and read here alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from nasreid import __version__
from nasreid.data.batches.packed import MEAN, STD
from nasreid.errors import NasreidError
from nasreid.files import Document
from nasreid.genotype import Genotype
from nasreid.network.exports.portable import MODALITIES
from nasreid.network.network import Network
from nasreid.ranges import PIXELS, whole

KEY = "nasreid"  # of the document, in a file's metadata
VERSION = 1


@dataclass(frozen=True)
class Record:
    """Of a network for images of height x width pixels: features D wide, its modality, what goes in and what came out.

    baked: images are uint8 levels; else normalised by mean and std. precision: float32, fp16 or int8. scores: rows as
    `nasreid evaluate --output` writes them, with protocols in words; proof: how it compares with the network itself.
    """

    genotype: Genotype
    height: int
    width: int
    features: int
    modality: str = "any"
    after_neck: bool = False
    baked: bool = False
    precision: str = "float32"
    decoder: str = "fast"
    layout: str | None = None
    scores: list[Document] = field(default_factory=list)
    proof: Document = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole(self, *PIXELS, "height", "width")
        whole(self, 1, 2**24, "features")
        kinds = {"after_neck": bool, "baked": bool, "precision": str, "decoder": str, "layout": (str, type(None)),
                 "scores": list, "proof": dict}
        odd = [name for name, kind in kinds.items() if not isinstance(getattr(self, name), kind)]
        odd += [] if self.modality in MODALITIES else ["modality"]
        if odd or not all(isinstance(row, dict) for row in self.scores):
            name = odd[0] if odd else "scores"
            raise NasreidError(f"{name} is {getattr(self, name)!r}; expected what nasreid export writes")

    def document(self) -> Document:
        """Plain data for JSON: what goes in is said in full."""
        goes_in = {"names": ["images", *(["modality"] if self.modality == "both" else [])], "layout": "NCHW",
                   "colour": "RGB", "type": "uint8, 0 to 255" if self.baked else "float32, (level / 255 - mean) / std",
                   "mean": list(MEAN), "std": list(STD), "resize": "bilinear, antialiased"}
        return {"format": VERSION, "version": __version__, "input": goes_in, **asdict(self)}

    def text(self) -> str:
        """The document in JSON."""
        return json.dumps(self.document(), ensure_ascii=False)

    @classmethod
    def of(cls, genotype: Genotype, height: int, width: int, network: Network, **more: Any) -> Record:
        """Of a network of that genotype as it will be exported."""
        return cls(genotype, height, width, network.compared, after_neck=network.after_neck, **more)

    def proven(self, proof: Document) -> Record:
        """The same with a proof."""
        return replace(self, proof=proof)


def read_record(text: str | None, source: str) -> Record:
    """The record in the JSON that a file named `source` holds.

    Raises:
        NasreidError: there is none, or it is damaged or of a later version.
    """
    if text is None:
        raise NasreidError(f"{source} is not of nasreid: it says nothing of its preprocessing; expected a file that "
                           "nasreid export wrote")
    try:
        found = json.loads(text)
        if found["format"] != VERSION:
            raise NasreidError(f"{source} is of format {found['format']!r}; expected {VERSION}, or a later nasreid")
        names = Record.__dataclass_fields__
        genotype = Genotype.of(found["genotype"], source)
        return Record(**{**{name: found[name] for name in names}, "genotype": genotype})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NasreidError(f"{source}: what it says of itself is damaged ({error}); expected a file as nasreid export "
                           "wrote it") from error
    except NasreidError as error:
        raise NasreidError(f"{source}, in what it says of itself: {error}") from error
