"""Where networks look, and how far away they keep what they could confuse: MSINet's figure 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from nasreid.data.decode import decode
from nasreid.errors import NasreidError
from nasreid.files import write
from nasreid.pictures.fonts import figure, legend, save

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

STRONG, WEAK = "#0072B2", "#E69F00"
COLOURS = (WEAK, STRONG, "#009E73", "#CC79A7")


def overlay(image: Image.Image, activation: np.ndarray, share: float = 0.5) -> np.ndarray:
    """A picture with its activation (h, w) in 0..1 over it, blue to red, uint8 (H, W, 3); share 1 hides the picture."""
    with_colours = _colour_map()(np.asarray(_enlarged(activation, image.size)))[..., :3]
    mixed = share * with_colours * 255 + (1 - share) * np.asarray(image.convert("RGB"), dtype=np.float64)
    return np.clip(mixed.round(), 0, 255).astype(np.uint8)


def side_by_side(paths: Sequence[str], activations: Mapping[str, np.ndarray], path: str | Path,
                 size: tuple[int, int] = (256, 128)) -> None:
    """Draw pictures (N) in the first row and in one row for each network its activation maps (N, h, w) over them.

    size: height and width in pixels to which pictures are brought. activations: {name of the network: maps}.
    """
    for name, maps in activations.items():
        if len(maps) != len(paths):
            raise NasreidError(f"activations of {name!r}: {len(maps)} for {len(paths)} pictures; expected one each")
    pictures = [decode(p).resize((size[1], size[0]), Image.Resampling.BILINEAR) for p in paths]
    drawing = figure(0.62 * len(paths) + 0.25, (0.62 * size[0] / size[1] + 0.05) * (1 + len(activations)))
    grid = drawing.subplots(1 + len(activations), len(paths), squeeze=False)
    rows: list[tuple[str, list[np.ndarray]]] = [("image", [np.asarray(picture) for picture in pictures])]
    rows += [(name, [overlay(picture, one) for picture, one in zip(pictures, maps, strict=True)])
             for name, maps in activations.items()]
    for axes, (name, shown) in zip(grid, rows, strict=True):
        for part, image in zip(axes, shown, strict=True):
            part.imshow(image, interpolation="bilinear")
            part.set(xticks=[], yticks=[])
            part.spines[:].set_visible(False)
        axes[0].set_ylabel(name, fontsize=8)
    layout: Any = drawing.get_layout_engine()
    layout.set(w_pad=0.01, h_pad=0.01, wspace=0.0, hspace=0.0)
    write(path, lambda draft: save(drawing, draft, dpi=200))


def margins(values: Mapping[str, np.ndarray], path: str | Path, count: int = 10) -> None:
    """Draw the histogram of `nasreid.evaluation.ranked.hardest` for each network, {name: distances (Q,)}; dashed: mean.
    """
    drawing = figure(3.35, 2.3)  # one column of a paper
    from matplotlib.patches import Patch

    axes = drawing.subplots()
    everything = np.concatenate(list(values.values()))
    edges = np.linspace(everything.min(), max(everything.max(), everything.min() + 1e-6), 31).tolist()
    shown = {}
    for (name, found), colour in zip(values.items(), COLOURS, strict=False):
        axes.hist(found, edges, histtype="stepfilled", alpha=0.45, color=colour)
        shown[f"{name}: {found.mean():.3f}"] = Patch(color=colour, alpha=0.45)
        axes.hist(found, edges, histtype="step", color=colour, linewidth=1.2)
        axes.axvline(float(found.mean()), color=colour, linestyle="--", linewidth=1.2)
    axes.set_xlabel(f"mean distance to the {count} hardest negatives", fontsize=8)
    axes.set_ylabel("queries", fontsize=8)
    axes.tick_params(labelsize=7, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    legend(drawing, shown, loc="outside upper center", ncols=2, frameon=False, fontsize=7.5)
    write(path, lambda draft: save(drawing, draft, dpi=300))


def _enlarged(activation: np.ndarray, size: tuple[int, int]) -> Image.Image:
    return Image.fromarray(np.asarray(activation, np.float32)).resize(size, Image.Resampling.BICUBIC)


def _colour_map() -> Colormap:
    figure(1, 1)  # matplotlib looks for fonts when it is loaded, and must find ours
    from matplotlib import colormaps

    return colormaps["turbo"]
