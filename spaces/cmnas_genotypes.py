"""The published and the hand-made networks of BN separation on ResNet-50, by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nasreid.errors import NasreidError

DEPTHS = (3, 4, 6, 3)
# s11 is the stem, s21 the first block of stage 2 (fig. 2), layer1.0 in the network
BLOCKS: dict[str, tuple[str, ...]] = {"s11": ("conv1", "bn1")} | {
    f"s{stage + 2}{block + 1}": (f"layer{stage + 1}.{block}",) for stage, n in enumerate(DEPTHS) for block in range(n)}
_NORMS = ("bn1", "bn2", "bn3")
LABELS = ("bn1", *(f"layer{stage}.{block}.{norm}" for stage, n in enumerate(DEPTHS, 1) for block in range(n)
                   for norm in ((("downsample.1",) if block == 0 else ()) + _NORMS)))
# Figure 4, 0 = separate, 1 = share. Assumed order of its bits, which cannot be checked: that of the official
# configuration files, where the first block of a stage has its down-sampling BN first (LABELS).
PUBLISHED = {"cm-nas-sysu": "00000010011000100011110111111011111111111111111111111",
             "cm-nas-regdb": "00000000110110000010010011111111111111111111111111111"}


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


def published(name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Arguments of BNSeparation and choices of a published network."""
    if name not in PUBLISHED:
        raise NasreidError(f"genotype {name!r}: expected one of {', '.join(PUBLISHED)}")
    return {}, choices_of(PUBLISHED[name])


def separation(blocks: Iterable[str], whole: bool = False) -> tuple[dict[str, Any], dict[str, str]]:
    """Names of blocks as s23 -> arguments of BNSeparation and choices; whole: convolutions are separated, too."""
    names = list(blocks)
    unknown = [name for name in names if name not in BLOCKS]
    if unknown:
        raise NasreidError(f"block {unknown[0]!r}: expected one of {', '.join(BLOCKS)}")
    paths = [path for name in names for path in BLOCKS[name]]
    inside = {label: any(label == path or label.startswith(f"{path}.") for path in paths) for label in LABELS}
    if whole:
        return {"separated": paths}, {label: "share" for label, here in inside.items() if not here}
    return {}, {label: "separate" if here else "share" for label, here in inside.items()}


def streams() -> dict[str, tuple[dict[str, Any], dict[str, str]]]:
    """The baselines of section 4.2: one stream, stages 1 and 2 separated as blocks, or their BNs alone."""
    early = [name for name in BLOCKS if name[1] in "12"]
    return {"one-stream": separation([]), "two-stream": separation(early, whole=True),
            "two-stream (BN)": separation(early)}


def handmade(fixed: Sequence[str] = ("s11", "s23", "s31", "s41", "s51")) -> dict[str, tuple[dict[str, Any],
                                                                                         dict[str, str]]]:
    """The paper's 195 architectures (section 3.1, fig. 1): {name: (arguments of BNSeparation, choices)}.

    The paper does not say how 195 arises. This reading gives it: the baseline, 17 blocks alone, and one fixed block in
    each of five stages with each of the 16 others, as whole blocks and as BNs: 1 + 2 (17 + 5 * 16). Pairs of two fixed
    blocks then stand twice, once in each order, as they do in two curves of fig. 1. fixed: the paper names s11 and s23;
    the other three are the best of their stages in a figure without numbers, so they are assumed here.
    """
    found = {"one-stream": separation([])}
    for unit, whole in (("block", True), ("bn", False)):
        found |= {f"{unit}:{name}": separation([name], whole) for name in BLOCKS}
        found |= {f"{unit}:{first}+{second}": separation([first, second], whole)
                  for first in fixed for second in BLOCKS if second != first}
    return found
