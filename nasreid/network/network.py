"""Network: a backbone (supernet or frozen) with a neck that turns its maps into an embedding."""

from __future__ import annotations

from torch import Tensor, nn

from nasreid.batch import Embedding
from nasreid.errors import NasreidError
from nasreid.network.limits import large_enough
from nasreid.network.necks import BNNeck, FCNeck, Neck, TwoFeatureNeck
from nasreid.network.pooling import pooled_by
from nasreid.space import SearchSpace

NECKS = ("bnneck", "two-feature", "fc", "fc-non-affine")


class Network(nn.Module):
    """Backbone and neck. Final.

    `after_neck`: retrieval reads the features after the neck instead of before it (the official MSINet code has the
    same switch, unused).
    """

    def __init__(self, space: SearchSpace, neck: Neck, after_neck: bool = False):
        super().__init__()
        if neck.reads_middle:
            _check_middle(space, type(neck).__name__)
        self.space = space
        self.neck = neck
        self.after_neck = after_neck

    def forward(self, images: Tensor, modality: Tensor | None = None) -> Embedding:
        """images (N, 3, H, W), modality (N,) bool or None -> Embedding."""
        with large_enough(images):
            if self.neck.reads_middle:
                middle, maps = self.space.tapped(images, modality)
                return self.neck(maps, middle)
            return self.neck(self.space.maps(images, modality))

    @property
    def features(self) -> tuple[tuple[int, int], ...]:
        """Widths (vectors, neck) of each feature: the global one, then the local one if there is one."""
        return self.neck.features

    def vectors(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """Retrieval vectors (N, D): the global feature, joined with the local one where there is one."""
        return self(images, modality).joined(self.after_neck)

    @property
    def compared(self) -> int:
        """D of the retrieval vectors."""
        return sum(pair[self.after_neck] for pair in self.features)


def with_neck(space: SearchSpace, neck: str = "auto") -> Network:
    """A Network from a backbone and a neck.

    'bnneck', 'two-feature' (of a space with a `middle_width`), 'fc' (OSNet's head), 'fc-non-affine' (that of its
    supernet), or 'auto': the space's own `default_neck`. The maps are averaged unless another pooling is named behind
    it, 'bnneck+gem' (`nasreid.network.pooling`).
    """
    if not isinstance(neck, str):
        raise NasreidError(f"neck {neck!r}: expected auto, {', '.join(NECKS)}")
    name, plus, pooling = neck.partition("+")
    kind, pool = space.default_neck if name == "auto" else name, pooled_by(pooling if plus else "average")
    if kind == "bnneck":
        return Network(space, BNNeck(space.width, pool))
    if kind in ("fc", "fc-non-affine"):
        return Network(space, FCNeck(space.width, affine=kind == "fc", pool=pool))
    if kind != "two-feature":
        raise NasreidError(f"neck {kind!r}: expected auto, {', '.join(NECKS)}")
    _check_middle(space, kind)
    return Network(space, TwoFeatureNeck(space.width, space.middle_width, pool=pool))


def _check_middle(space: SearchSpace, neck: str) -> None:
    if not space.middle_width:
        raise NasreidError(f"neck {neck!r} reads maps in the middle, which {type(space).__name__} has not "
                           "(middle_width is 0); expected another neck or a space that can be tapped there")
