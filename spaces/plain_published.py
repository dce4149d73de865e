"""Plain networks by name, for tables in which a searched one stands beside them."""

from __future__ import annotations

from nasreid.arguments import Options

NETWORKS: dict[str, Options] = {
    "resnet50": {"network": "nasreid.spaces.resnet:ResNet50"},
    "resnet-ibn": {"network": "nasreid.spaces.plain_ibn:ResNetIBN"},
    "mobilenetv2": {"network": "nasreid.spaces.plain_timm:Timm", "network_args": {"model": "mobilenetv2_100"}},
    "vit-small": {"network": "nasreid.spaces.plain_timm:Timm", "network_args": {
        "model": "vit_small_patch16_224", "args": {"img_size": [256, 128], "dynamic_img_size": True}}},
}
NAMES = tuple(NETWORKS)


def named(name: str) -> tuple[Options, dict[str, str]] | None:
    """Arguments of Plain and no choices, None for another name.

    >>> named("resnet-ibn")[0]["network"]
    'nasreid.spaces.plain_ibn:ResNetIBN'
    """
    return (dict(NETWORKS[name]), {}) if name in NETWORKS else None
