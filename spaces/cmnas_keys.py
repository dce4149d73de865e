"""Names of the weights in the published CM-NAS checkpoints and in torchvision's ResNet-50, and ours.

Ours are the keys of `Network(space, BNNeck(width)).state_dict()`, space a BNSeparation over ResNet50:

    space.inner.PATH                    backbone.PATH; downsample.0, .1 are downsample.conv, .bn
    space.inner.BN.                     backbone.BN.sharable_bn. (frozen network, shared)
    space.inner.BN.visible., infrared.  backbone.BN.visible_bn., thermal_bn. (frozen network, separate)
    space.inner.BN.share., separate.visible., separate.infrared.                (supernet)
    neck.bn, classifier                 bnneck, classifier

The official file always holds all three BatchNorms of a layer; ours holds those that the genotype uses. The one-stream
baseline of CM-NAS has torchvision's names after `backbone.`; the classifier belongs to an objective.
"""

from __future__ import annotations

import re

from nasreid.errors import NasreidError

_OFFICIAL = {"sharable_bn": "share", "visible_bn": "separate.visible", "thermal_bn": "separate.infrared"}
_BN = re.compile(r"^(bn1|layer\d\.\d+\.(?:bn\d|downsample\.1))\.(.+)$")
_COPIES = ("share", "separate", "visible", "infrared")
_TWIN = re.compile(r"^(separate\.)?(visible|infrared)\.")


def our_key(official: str, supernet: bool = False) -> str:
    """Official key of a CM-NAS network -> ours in a frozen network, or in the supernet.

    >>> our_key("backbone.layer1.0.downsample.bn.thermal_bn.weight")
    'space.inner.layer1.0.downsample.1.infrared.weight'

    Raises:
        NasreidError: no such key.
    """
    head, _, rest = official.partition(".")
    if head == "bnneck":
        return f"neck.bn.{rest}"
    if head == "classifier":
        return official
    if head != "backbone":
        raise NasreidError(f"key {official!r}: expected one that begins with backbone, bnneck or classifier")
    path = rest.replace("downsample.conv.", "downsample.0.").replace("downsample.bn.", "downsample.1.")
    for theirs, ours in _OFFICIAL.items():
        frozen = ours.removeprefix("share").removeprefix("separate.")
        new = f".{ours if supernet else frozen}." if supernet or frozen else "."
        path = path.replace(f".{theirs}.", new)
    return f"space.inner.{path}"


def official_key(name: str) -> str:
    """Our key, of a frozen network or the supernet -> the official one; NasreidError where there is none."""
    if name.startswith("neck.bn."):
        return name.replace("neck.bn.", "bnneck.", 1)
    if name.startswith("classifier."):
        return name
    if not name.startswith("space.inner."):
        raise NasreidError(f"key {name!r}: expected one that begins with space.inner, neck.bn or classifier")
    path = name.removeprefix("space.inner.")
    found = _BN.match(path)
    if found:
        path = f"{found[1]}.{_official_norm(found[2])}"
    path = path.replace("downsample.0.", "downsample.conv.").replace("downsample.1.", "downsample.bn.")
    return f"backbone.{path}"


def baseline_key(name: str) -> str:
    """Our key, of a frozen network -> that of the one-stream baseline; NasreidError where there is none.

    >>> baseline_key("space.inner.layer1.0.downsample.1.weight")
    'backbone.layer1.0.downsample.1.weight'
    """
    return f"backbone.{torchvision_key(name)}" if name.startswith("space.inner.") else official_key(name)


def torchvision_key(name: str) -> str:
    """Our key below `space.` -> torchvision's: every copy of a layer starts from the one that ImageNet trained.

    >>> torchvision_key("space.inner.layer1.0.bn1.infrared.weight")
    'layer1.0.bn1.weight'
    """
    path = name.removeprefix("space.").removeprefix("inner.")
    return ".".join(word for word in path.split(".") if word not in _COPIES)


def _official_norm(rest: str) -> str:
    twin = _TWIN.match(rest)
    if twin is None:
        return f"sharable_bn.{rest.removeprefix('share.')}"
    return f"{'visible_bn' if twin[2] == 'visible' else 'thermal_bn'}.{rest[twin.end():]}"
