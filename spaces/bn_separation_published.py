"""The published and the hand-made networks of BN separation on ResNet-50, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nasreid.errors import NasreidError, one_of
from nasreid.published import Named, Release

DEPTHS = (3, 4, 6, 3)
# s11 is the stem, s21 the first block of stage 2 (fig. 2), layer1.0 in the network
BLOCKS: dict[str, tuple[str, ...]] = {"s11": ("conv1", "bn1")} | {
    f"s{stage + 2}{block + 1}": (f"layer{stage + 1}.{block}",) for stage, n in enumerate(DEPTHS) for block in range(n)}
_NORMS = ("bn1", "bn2", "bn3")
LABELS = ("bn1", *(f"layer{stage}.{block}.{norm}" for stage, n in enumerate(DEPTHS, 1) for block in range(n)
                   for norm in ((("downsample.1",) if block == 0 else ()) + _NORMS)))
# Figure 4, 0 = separate, 1 = share
PUBLISHED = {"cm-nas-sysu": "00000010011000100011110111111011111111111111111111111",
             "cm-nas-regdb": "00000000110110000010010011111111111111111111111111111"}
NAMES = (*PUBLISHED, "one-stream", "one-stream-in", "two-stream", "two-stream-in", "two-stream-bn", "block:BLOCK",
         "bn:BLOCK", "block:BLOCK+BLOCK", "bn:BLOCK+BLOCK")


def choices_of(bits: str | Sequence[int]) -> dict[str, str]:
    """53 bits in the official order, 0 = separate, 1 = share -> choices {label: candidate}; blanks do not count.

    >>> choices_of(PUBLISHED["cm-nas-sysu"])["layer1.1.bn2"]
    'share'
    """
    flags = "".join(str(bit) for bit in bits).replace(" ", "").strip()
    if len(flags) != len(LABELS) or set(flags) - {"0", "1"}:
        raise NasreidError(f"bits {flags!r}: expected {len(LABELS)} of 0 (separate) and 1 (share)")
    return {label: "share" if bit == "1" else "separate" for label, bit in zip(LABELS, flags, strict=True)}


def bits_of(choices: dict[str, str]) -> str:
    """Choices {label: candidate} of BN separation on ResNet-50 -> 53 bits in the official order."""
    missing = [label for label in LABELS if choices.get(label) not in ("share", "separate")]
    if missing:
        raise NasreidError(f"choice {missing[0]!r} is {choices.get(missing[0])!r}; expected share or separate")
    return "".join("1" if choices[label] == "share" else "0" for label in LABELS)


def named(name: str) -> Named | None:
    """Arguments of BNSeparation and choices of a genotype by name, None for another name.

    cm-nas-sysu and cm-nas-regdb: figure 4. The order of its bits is assumed, and the figure does not let it be checked:
    as in the official configuration files, where the first block of a stage has its down-sampling BN first (LABELS).
    It matters for two groups, s31 = 0001 (SYSU) and 1100 (RegDB); all others are the same in any order.

    one-stream, two-stream, two-stream-bn, and with all BN replaced by IN one-stream-in and two-stream-in: `streams`.
    block:s11, bn:s11, block:s11+s23 …: one or more blocks separated as a whole or in their BNs: `separation`.
    """
    if name in PUBLISHED:
        return {}, choices_of(PUBLISHED[name])
    unit, colon, blocks = name.partition(":")
    if colon and unit in ("block", "bn"):
        return separation(blocks.split("+"), whole=unit == "block")
    return streams().get(name)


def separation(blocks: Iterable[str], whole: bool = False) -> Named:
    """Names of blocks as s23 -> arguments of BNSeparation and choices; whole: convolutions are separated, too."""
    names = list(blocks)
    unknown = [name for name in names if name not in BLOCKS]
    if unknown:
        raise NasreidError(f"block {one_of(unknown[0], BLOCKS)}")
    paths = [path for name in names for path in BLOCKS[name]]
    inside = {label: any(label == path or label.startswith(f"{path}.") for path in paths) for label in LABELS}
    if whole:
        return {"separated": paths}, {label: "share" for label, here in inside.items() if not here}
    return {}, {label: "separate" if here else "share" for label, here in inside.items()}


def streams() -> dict[str, Named]:
    """The baselines of section 4.2 but Auto-ReID.

    One stream; stages 1 and 2 separated, as blocks or in their BNs alone; and the first two with IN in place of all BN,
    which leaves nothing to decide. IN has scale and shift here, which the paper does not say.
    """
    early = [name for name in BLOCKS if name[1] in "12"]
    instance = {"inner_args": {"norm": "instance"}}
    whole = separation(early, whole=True)
    return {"one-stream": separation([]), "one-stream-in": (instance, {}), "two-stream": whole,
            "two-stream-in": ({**whole[0], **instance}, {}), "two-stream-bn": separation(early)}


def handmade(fixed: Sequence[str] = ("s11", "s23", "s31", "s41", "s53")) -> dict[str, Named]:
    """The paper's 195 architectures (section 3.1, fig. 1): {name: (arguments of BNSeparation, choices)}.

    The paper does not say how 195 arises. This reading gives it: the baseline, 17 blocks alone, and one fixed block in
    each of five stages with each of the 16 others, as whole blocks and as BNs: 1 + 2 (17 + 5 * 16). Pairs of two fixed
    blocks then stand twice, once in each order, as they do in two curves of fig. 1.

    fixed: the best of each stage, of which the paper's text gives s11, s23 and s41 (the best of all); it excludes s51
    (the worst of all). s31 and s53 are assumed here: the figure has no numbers.
    """
    found = {"one-stream": separation([])}
    for unit, whole in (("block", True), ("bn", False)):
        found |= {f"{unit}:{name}": separation([name], whole) for name in BLOCKS}
        found |= {f"{unit}:{first}+{second}": separation([first, second], whole)
                  for first in fixed for second in BLOCKS if second != first}
    return found


FAMILIES = {"cm-nas-195": handmade}

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


RELEASES = {"cm-nas": Release("cm-nas-sysu", official_key), "cm-nas-baseline": Release("one-stream", baseline_key),
            "torchvision-resnet50": Release("one-stream", torchvision_key)}
