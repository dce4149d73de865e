"""Features of any pictures by a trained network: what other programs ask of a run folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image

from nasreid.arguments import Options
from nasreid.data.batches.transforms import Picture, Plain
from nasreid.data.decode import decode
from nasreid.data.upright import upright
from nasreid.errors import NasreidError
from nasreid.evaluation.distances import unit
from nasreid.evaluation.evaluate import vectors
from nasreid.network.memory import place
from nasreid.network.trained import retrained

MODALITIES = ("visible", "infrared")


class Extractor:
    """The network of a finished retraining as a function from pictures to features, those of `nasreid evaluate`.

    run: its folder, or what `nasreid export` made of it: a folder (--to pretrained), an .onnx file. space confirms a
    space from outside nasreid, whose file is executed. height, width in pixels, decoder: default, as it was trained.
    normalise: features have length one. device: a torch device.

    >>> Extractor("runs/demo/retrain-tcm")(["a.jpg", "b.jpg"]).shape  # doctest: +SKIP
    (2, 768)
    """

    def __init__(self, run: str | Path, space: str | None = None, height: int | None = None, width: int | None = None,
                 normalise: bool = True, batch_size: int = 64, workers: int = 0, device: str = "cpu",
                 decoder: str | None = None):
        made = retrained(run)
        self.height, self.width = height or made.height, width or made.width
        self.normalise, self.batch_size, self.workers, self.device = normalise, batch_size, workers, device
        self.network, self.genotype = place(made.network(space), device, made.channels_last), made.genotype
        self._plain = Plain(self.height, self.width, decoder or made.decoder)

    def __call__(self, images: Sequence[str | Path | Picture], modality: str = "visible",
                 progress: bool = False) -> np.ndarray:
        """N paths, PIL pictures or uint8 RGB arrays (H, W, 3) of any sizes -> features (N, D) float32, in that order.

        modality: "visible" or "infrared", of all of them; it matters to networks with parts of their own for each.

        Raises:
            NasreidError: one picture that stands in no list, a file that is no picture, or an array that is none.
        """
        if isinstance(images, str | Path | Image.Image) or (isinstance(images, np.ndarray) and images.ndim < 4):
            raise NasreidError(f"picture {_named(images)}: expected a list of pictures, also for one: [picture]")
        if modality not in MODALITIES:
            raise NasreidError(f"modality {modality!r}: expected visible or infrared")
        if not len(images):
            return np.zeros((0, sum(pair[self.network.after_neck] for pair in self.network.features)), np.float32)
        if all(isinstance(image, str | Path) for image in images):
            return self.frame(pd.DataFrame({"path": [str(path) for path in images], "identity": 0, "camera": 0,
                                            "modality": modality}), progress)
        parts = (images[at : at + self.batch_size] for at in range(0, len(images), self.batch_size))
        return self._finish(np.concatenate([self._vectors(part, modality) for part in parts]))

    def stream(self, paths: Sequence[str], modality: str = "visible", rows: int = 4096) -> Iterator[np.ndarray]:
        """Features (n, D) of so many pictures at a time, those of a call, however many there are."""
        for at in range(0, len(paths), rows):
            yield self(paths[at : at + rows], modality)

    def frame(self, frame: pd.DataFrame, progress: bool = False) -> np.ndarray:
        """Features (N, D) of the N pictures of a data set's frame, in its order."""
        return self._finish(vectors(self.network, frame, self.height, self.width, self.batch_size, self.workers,
                                    self.device, progress, self._plain.decoder))

    @torch.inference_mode()
    def activations(self, images: Sequence[str | Path | Picture], modality: str = "visible") -> np.ndarray:
        """Where the network looks: absolute last maps summed over channels, each scaled to 0..1; (N, h, w) float32."""
        self.network.eval()
        maps = self.network(self._inputs(images), self._infrared(len(images), modality)).maps
        found = maps.float().abs().sum(1)  # (N, D, h, w) -> (N, h, w)
        low, high = found.amin((1, 2), keepdim=True), found.amax((1, 2), keepdim=True)
        return ((found - low) / (high - low).clamp(min=1e-12)).cpu().numpy()

    def preprocessing(self) -> Options:
        """What a picture goes through, and what the features are: plain data for JSON."""
        black, white = (self._plain(np.full((1, 1, 3), level, np.uint8))[:, 0, 0].double().numpy()
                        for level in (0, 255))  # read off the transform, so that it cannot disagree with it
        std = 1 / (white - black)
        return {"height": self.height, "width": self.width, "resize": "bilinear, antialiased", "colour": "RGB",
                "mean": np.round(-black * std, 4).tolist(), "std": np.round(std, 4).tolist(),
                "decoder": self._plain.decoder, "space": self.genotype.space,
                "neck": self.genotype.provenance.get("neck", "auto"), "after_neck": self.network.after_neck,
                "normalised": self.normalise}

    @torch.inference_mode()
    def _vectors(self, images: Sequence[str | Path | Picture], modality: str) -> np.ndarray:
        self.network.eval()
        return self.network.vectors(self._inputs(images), self._infrared(len(images), modality)).float().cpu().numpy()

    def _inputs(self, images: Sequence[str | Path | Picture]) -> torch.Tensor:
        return torch.stack([self._plain(_picture(image)) for image in images]).to(self.device)  # (N, 3, H, W)

    def _infrared(self, count: int, modality: str) -> torch.Tensor | None:
        return torch.ones(count, dtype=torch.bool, device=self.device) if modality == "infrared" else None

    def _finish(self, found: np.ndarray) -> np.ndarray:
        if odd := int((~np.isfinite(found).all(1)).sum()):
            raise NasreidError(f"features of {odd} of {len(found)} pictures are no finite numbers; expected a network "
                               "whose weights are: this one's are damaged, or its training has gone wrong")
        return unit(found) if self.normalise else found


def _picture(image: str | Path | Picture) -> Picture:
    if isinstance(image, str | Path):
        return decode(str(image))
    if isinstance(image, Image.Image):
        return upright(image, "a picture in memory")
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise NasreidError(f"picture {_named(image)}: expected a path, a PIL picture or a uint8 array (H, W, 3)")
    return image


def _named(image: object) -> str:
    if isinstance(image, str | Path):
        return repr(str(image))
    return f"array {image.shape} of {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
