"""The BN-oriented space of CM-NAS, section 3.2, over any backbone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast, runtime_checkable

from torch import Tensor, nn

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.mutation import opened, spoken
from nasreid.plugins import construct, resolve
from nasreid.space import SearchSpace, choice
from nasreid.spaces.bn_separation_export import row_by_row
from nasreid.spaces.bn_separation_norms import Rows, Separate, Share


@runtime_checkable
class Backbone(Protocol):
    """A network that maps images (N, 3, H, W) and a modality (N,) bool or None to (N, D, h, w), D = width."""

    width: int


@runtime_checkable
class Rectified(Protocol):
    """A network that says where ReLUs follow."""

    def rectified(self) -> Sequence[str]:
        """Paths of the BatchNorms that a ReLU follows at once."""
        ...


class BNSeparation(SearchSpace):
    """Every BatchNorm2d of `inner` becomes a choice: `share` one for both modalities, or `separate` one for each.

    Labels are the paths of the BatchNorms in the open inner space, such as `layer1.0.bn1`; they join the inner space's
    own. Names of weights: `inner.PATH.weight` (shared), `inner.PATH.visible.weight` and `inner.PATH.infrared.weight`
    (separate); in the open space and the supernet `share` and `separate` follow PATH. A BatchNorm inside a candidate
    has a choice where that candidate is chosen; one of an open number of channels has one choice for all numbers.

    inner: name of a SearchSpace or of a module with `width` that maps images (N, 3, H, W) to (N, D, h, w); inner_args:
    its arguments. separated: paths of modules that have two sets of weights throughout, as "layer1.0": separation by
    whole blocks (section 3.1); no choices inside. relu_before_mix: candidates are rectified before they are summed
    where a ReLU follows, not after (the paper is silent); needs an inner network that says where (`rectified()`).
    """

    def __init__(self, inner: str = "nasreid.spaces.resnet:ResNet50", inner_args: Options | None = None,
                 separated: Sequence[str] = (), relu_before_mix: bool = False):
        super().__init__()
        self.inner = opened(lambda: _prepared(inner, inner_args or {}, separated, relu_before_mix))
        self.width = cast(Backbone, self.inner).width
        self.middle_width = self.inner.middle_width if isinstance(self.inner, SearchSpace) else 0

    def sees_modality(self) -> bool:
        """Whether any layer is separate."""
        return any(isinstance(module, Separate) for module in self.modules())

    def portable(self, modality: str) -> SearchSpace:
        """A copy that looks at no image's modality to split a batch: `bn_separation_export`."""
        return row_by_row(self.inner, self.width, self.middle_width, modality)

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W), modality (N,) bool (True = infrared), None = all visible -> (N, D, h, w).

        Inside, visible images come first; a batch that lies so already is not copied.
        """
        rows = self._rows(images, modality)
        if rows is None or modality is None:
            return self.inner(images, None)
        return rows.restored(self.inner(rows.arranged(images), rows.arranged(modality)))

    def tapped(self, images: Tensor, modality: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The inner maps in the middle (N, middle_width, h', w'), and the maps, of an inner space that has them."""
        if not isinstance(self.inner, SearchSpace):
            return super().tapped(images, modality)
        rows = self._rows(images, modality)
        if rows is None or modality is None:
            return self.inner.tapped(images, None)
        middle, maps = self.inner.tapped(rows.arranged(images), rows.arranged(modality))
        return rows.restored(middle), rows.restored(maps)

    def _rows(self, images: Tensor, modality: Tensor | None) -> Rows | None:
        """How the batch goes through, after every layer has been told."""
        rows = None if modality is None else Rows.of(modality, len(images))
        for module in self.modules():
            if isinstance(module, Separate):
                module.first = None if rows is None else rows.visible
        return rows


def _prepared(name: str, arguments: Options, separated: Sequence[str], relu_before_mix: bool) -> nn.Module:
    inner = construct(resolve(name, "spaces"), arguments)
    if not isinstance(inner, nn.Module) or not isinstance(inner, Backbone) or not isinstance(inner.width, int):
        raise NasreidError(f"inner {name!r}: expected a network with an integer `width`, the D of its maps")
    rectified = _rectified(name, inner) if relu_before_mix else set()
    for path in separated:
        _replace(inner, {_module(inner, path): Separate(_module(inner, path))})
    norms = {path: module for path, module in inner.named_modules() if type(module) is nn.BatchNorm2d}
    _replace(inner, {norm: _decision(spoken(inner, path), norm, path in rectified) for path, norm in norms.items()
                     if not any(path == whole or path.startswith(f"{whole}.") for whole in separated)})
    return inner


def _rectified(name: str, inner: nn.Module) -> set[str]:
    if not isinstance(inner, Rectified):
        raise NasreidError(f"relu_before_mix: {name!r} does not say where ReLUs follow; expected rectified()")
    return set(inner.rectified())


def _decision(path: str, norm: nn.BatchNorm2d, rectify: bool) -> nn.Module:
    return choice(path, {"share": Share.like(norm, rectify), "separate": Separate(norm, rectify)}, Separate.mix)


def _module(inner: nn.Module, path: str) -> nn.Module:
    try:
        return inner.get_submodule(path) if path else _module(inner, "''")
    except AttributeError as error:
        names = ", ".join(name for name, _ in inner.named_children())
        raise NasreidError(f"separated {path!r}: expected the path of a module, beginning with {names}") from error


def _replace(inner: nn.Module, new: dict[nn.Module, nn.Module]) -> None:
    """{module: what takes its place, wherever it is}; candidates of a choice may share a module."""
    parts = [(parent, name, child) for parent in inner.modules() for name, child in parent._modules.items()]
    for parent, name, child in parts:
        if child in new:
            parent._modules[name] = new[child]
