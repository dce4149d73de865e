"""One colour per candidate name, the same in every picture and told apart by colour-blind readers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

# Okabe and Ito, "Color universal design" (2008); three of Paul Tol's for those who need more. None is close to grey.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
MORE = ("#882255", "#332288", "#999933")
MARKS = "osD^vPX*<>"  # with the colours of lines and dots, so that they are told apart in grey, too
NOTHING = "#C8C8C8"
_NOTHING_NAMES = frozenset({"none", "skip", "identity", "plain"})
_SALT = 2902928  # any number does; with this one the candidates of our spaces differ where they meet


def counted(name: str) -> bool:
    """Whether a candidate is a number, or numbers of inputs ("0+2"): such have no colour, as the same number may mean
    many things.

    >>> counted("0+2"), counted("conv3")
    (True, False)
    """
    return re.fullmatch(r"\d+(\+\d+)*", name) is not None


def colours(names: Iterable[str], first: Iterable[str] = ()) -> dict[str, str]:
    """{name: "#RRGGBB"}, distinct for up to ten names; a name keeps its colour unless two names collide.

    Candidates that do nothing (none, skip, identity, plain) are grey; numbers (`counted`) are left out. first: names
    that no other changes the colour of.

    >>> colours(["none", "gate"])["none"]
    '#C8C8C8'
    """
    found: dict[str, str] = {}
    order = [*sorted(set(first)), *sorted(set(names) - set(first))]
    for name in [name for name in order if not counted(name)]:
        if name in _NOTHING_NAMES:
            found[name] = NOTHING
            continue
        at = zlib.crc32(f"{_SALT} {name}".encode(errors="surrogatepass")) % len(PALETTE)
        ring = PALETTE[at:] + PALETTE[:at] + MORE
        found[name] = next((colour for colour in ring if colour not in found.values()), ring[0])
    return found


def palette(names: Iterable[str]) -> dict[str, str]:
    """One colour for each name, in their order, of things that are compared: variants, strategies.

    >>> palette(["TCM", "Random"])
    {'TCM': '#0072B2', 'Random': '#E69F00'}
    """
    ring = PALETTE + MORE
    return {name: ring[i % len(ring)] for i, name in enumerate(names)}


def ink(colour: str) -> str:
    """Black or white, whichever is read better on `colour` (contrast ratio of WCAG 2).

    >>> ink("#F0E442"), ink("#332288")
    ('#000000', '#FFFFFF')
    """
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#FFFFFF" if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else "#000000"


def tint(colour: str, share: float) -> str:
    """`colour` mixed with white; share 1 keeps it, 0 is white.

    >>> tint("#000000", 0.2)
    '#CCCCCC'
    """
    parts = (round(255 - share * (255 - int(colour[i : i + 2], 16))) for i in (1, 3, 5))
    return "#" + "".join(f"{part:02X}" for part in parts)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
