"""Images named PERSON-CAMERA-SHOT.png; people with an even number train, the others are scored."""

import pandas as pd

from nasreid.data.layouts.layout import Layout
from nasreid.errors import NasreidError


class Mine(Layout):
    """Images named PERSON-CAMERA-SHOT.png; shots: how many of each person and camera are read."""

    protocol = "market"

    def __init__(self, shots: int = 4):  # --data-args.shots 2
        self.shots = shots

    def read(self, root, skip_broken=False):
        rows = [self._row(path) for path in sorted(root.glob("*-*-*.png")) if int(path.stem.split("-")[2]) < self.shots]
        if not rows:
            raise NasreidError(f"{root}: no image PERSON-CAMERA-SHOT.png; expected at least one")
        return pd.DataFrame(rows).sort_values("path", ignore_index=True)

    def _row(self, path):
        person, camera, shot = map(int, path.stem.split("-"))
        split = "train" if person % 2 == 0 else "query" if shot == 0 else "gallery"
        return {"path": str(path), "identity": person, "camera": camera, "modality": "visible", "split": split,
                "role": ""}
