"""The BN-oriented space of CM-NAS, section 3.2, over any backbone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.mutation import opened
from nasreid.pictures.diagram.sketch import Sketch
from nasreid.plugins import construct, resolve
from nasreid.space import SearchSpace, choice
from nasreid.spaces.bn_separation_norms import Rows, Separate, Share
from nasreid.spaces.bn_separation_picture import picture


class BNSeparation(SearchSpace):
    """Every BatchNorm2d of `inner` becomes a choice: `share` one for both modalities, or `separate` one for each.

    Labels are the paths of the BatchNorms in the open inner space, such as `layer1.0.bn1`; they join the inner space's
    own. Names of weights: `inner.PATH.weight` (shared), `inner.PATH.visible.weight` and `inner.PATH.infrared.weight`
    (separate); in the open space and the supernet `share` and `separate` follow PATH. A BatchNorm inside a candidate
    that is not chosen has a choice nevertheless, which makes no difference.

    inner: name of a SearchSpace or of a module with `width` that maps images (N, 3, H, W) to (N, D, h, w); inner_args:
    its arguments. separated: paths of modules that have two sets of weights throughout, as "layer1.0": separation by
    whole blocks (section 3.1); no choices inside. relu_before_mix: candidates are rectified before they are summed
    where a ReLU follows, not after (the paper is silent); needs an inner network that says where (`rectified()`).
    """

    def __init__(self, inner: str = "nasreid.spaces.resnet:ResNet50", inner_args: dict[str, Any] | None = None,
                 separated: Sequence[str] = (), relu_before_mix: bool = False):
        super().__init__()
        self.inner = opened(lambda: _prepared(inner, inner_args or {}, separated, relu_before_mix))
        self.width = cast(int, self.inner.width)

    @staticmethod
    def picture(choices: dict[str, str], inner: str = "nasreid.spaces.resnet:ResNet50",
                inner_args: dict[str, Any] | None = None, **arguments: Any) -> Sketch | None:
        """The inner space's picture, if it has decisions, over the strip of the BatchNorms, for `nasreid draw`."""
        return picture(choices, inner, inner_args or {})

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W), modality (N,) bool (True = infrared), None = all visible -> (N, D, h, w).

        Inside, visible images come first; a batch that lies so already is not copied.
        """
        rows = None if modality is None else Rows.of(modality, len(images))
        for module in self.modules():
            if isinstance(module, Separate):
                module.first = None if rows is None else rows.visible
        if rows is None or modality is None:
            return self.inner(images, None)
        return rows.restored(self.inner(rows.arranged(images), rows.arranged(modality)))


def _prepared(name: str, arguments: dict[str, Any], separated: Sequence[str], relu_before_mix: bool) -> nn.Module:
    inner = construct(resolve(name, "spaces"), arguments)
    if not isinstance(inner, nn.Module) or not isinstance(getattr(inner, "width", None), int):
        raise NasreidError(f"inner {name!r}: expected a network with an integer `width`, the D of its maps")
    if relu_before_mix and not hasattr(inner, "rectified"):
        raise NasreidError(f"relu_before_mix: {name!r} does not say where ReLUs follow; expected rectified()")
    rectified = set(cast(Any, inner).rectified()) if relu_before_mix else set()
    for path in separated:
        _replace(inner, path, Separate(_module(inner, path)))
    norms = {path: module for path, module in inner.named_modules() if type(module) is nn.BatchNorm2d}
    for path, norm in norms.items():
        if not any(path == whole or path.startswith(f"{whole}.") for whole in separated):
            _replace(inner, path, _decision(path, norm, path in rectified))
    return inner


def _decision(path: str, norm: nn.BatchNorm2d, rectify: bool) -> nn.Module:
    return choice(path, {"share": Share.like(norm, rectify), "separate": Separate(norm, rectify)})


def _module(inner: nn.Module, path: str) -> nn.Module:
    try:
        return inner.get_submodule(path) if path else _module(inner, "''")
    except AttributeError as error:
        names = ", ".join(name for name, _ in inner.named_children())
        raise NasreidError(f"separated {path!r}: expected the path of a module, beginning with {names}") from error


def _replace(inner: nn.Module, path: str, module: nn.Module) -> None:
    parent, _, name = path.rpartition(".")
    inner.get_submodule(parent)._modules[name] = module
