"""Features of any pictures by a trained network: what other programs ask of a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from PIL import Image

from nasreid.data.transforms import Plain
from nasreid.errors import NasreidError
from nasreid.evaluate import vectors
from nasreid.genotype import Genotype
from nasreid.retrain import load_network
from nasreid.run import CONFIG, RESULT

MODALITIES = ("visible", "infrared")


class Extractor:
    """The network of a finished retraining as a function from pictures to features, those of `nasreid evaluate`.

    run: its folder. space confirms a space from outside nasreid, whose file is executed. height, width in pixels,
    default: as it was trained. normalise: features have length one. device: a torch device.

    >>> Extractor("runs/demo/retrain-tcm")(["a.jpg", "b.jpg"]).shape  # doctest: +SKIP
    (2, 768)
    """

    def __init__(self, run: str | Path, space: str | None = None, height: int | None = None, width: int | None = None,
                 normalise: bool = True, batch_size: int = 64, workers: int = 0, device: str = "cpu"):
        folder = Path(run)
        if not (folder / RESULT).is_file() or not (folder / "network.safetensors").is_file():
            raise NasreidError(f"run {str(run)!r} holds no finished retraining; expected a folder that nasreid retrain "
                               "filled")
        trained = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
        budget = trained.get("budget") or trained  # a run made in Python has its sizes in `budget`
        self.height, self.width = height or int(budget["height"]), width or int(budget["width"])
        self.normalise, self.batch_size, self.workers, self.device = normalise, batch_size, workers, device
        self.network = load_network(folder, space).to(device)
        self.genotype = Genotype.load(folder / "genotype.json")
        self._plain = Plain(self.height, self.width)

    def __call__(self, images: Sequence[str | Path | Image.Image | np.ndarray], modality: str = "visible",
                 progress: bool = False) -> np.ndarray:
        """N paths, PIL pictures or uint8 RGB arrays (H, W, 3) of any sizes -> features (N, D) float32, in that order.

        modality: "visible" or "infrared", of all of them; it matters to networks with parts of their own for each.

        Raises:
            NasreidError: a file that is no picture, or an array that is none.
        """
        if modality not in MODALITIES:
            raise NasreidError(f"modality {modality!r}: expected visible or infrared")
        if not len(images):
            return np.zeros((0, sum(pair[self.network.after_neck] for pair in self.network.features)), np.float32)
        if all(isinstance(image, str | Path) for image in images):
            frame = pd.DataFrame({"path": [str(path) for path in images], "identity": 0, "camera": 0,
                                  "modality": modality})
            found = vectors(self.network, frame, self.height, self.width, self.batch_size, self.workers, self.device,
                            progress)
        else:
            found = self._of_pictures(images, modality)
        return _unit(found) if self.normalise else found

    def preprocessing(self) -> dict[str, Any]:
        """What a picture goes through, and what the features are: plain data for JSON."""
        black, white = (self._plain(np.full((1, 1, 3), level, np.uint8))[:, 0, 0].double().numpy()
                        for level in (0, 255))  # read off the transform, so that it cannot disagree with it
        std = 1 / (white - black)
        return {"height": self.height, "width": self.width, "resize": "bilinear, antialiased", "colour": "RGB",
                "mean": np.round(-black * std, 4).tolist(), "std": np.round(std, 4).tolist(),
                "decoder": getattr(self._plain, "decoder", "pillow"), "space": self.genotype.space,
                "neck": self.genotype.provenance.get("neck", "auto"), "after_neck": self.network.after_neck,
                "normalised": self.normalise}

    @torch.inference_mode()
    def _of_pictures(self, images: Sequence[Any], modality: str) -> np.ndarray:
        self.network.eval()
        found = []
        for at in range(0, len(images), self.batch_size):
            part = [self._plain(_picture(image)) for image in images[at : at + self.batch_size]]
            infrared = torch.ones(len(part), dtype=torch.bool, device=self.device) if modality == "infrared" else None
            found.append(self.network.vectors(torch.stack(part).to(self.device), infrared).float().cpu().numpy())
        return np.concatenate(found)


def _picture(image: Any) -> Image.Image | np.ndarray:
    from nasreid.data.decode import decode

    if isinstance(image, str | Path):
        return decode(str(image))
    if isinstance(image, Image.Image):
        return image.convert("RGB")
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        shape = f"array {image.shape} of {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise NasreidError(f"picture {shape}: expected a path, a PIL picture or a uint8 array (H, W, 3)")
    return image


def _unit(found: np.ndarray) -> np.ndarray:
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
