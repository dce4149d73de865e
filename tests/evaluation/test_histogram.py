from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nasreid.errors import NasreidError
from nasreid.evaluation.histogram import histogram_features


def test_histogram_counts_joint_colours(tmp_path: Path) -> None:
    halves = np.zeros((16, 16, 3), dtype=np.uint8)
    halves[:, 8:] = (255, 0, 128)
    Image.fromarray(halves).save(tmp_path / "halves.png")
    Image.new("RGB", (4, 4), (0, 0, 0)).save(tmp_path / "black.png")
    frame = pd.DataFrame({"path": [str(tmp_path / "halves.png"), str(tmp_path / "black.png")]})
    features = histogram_features(frame, bins=4)
    assert features.shape == (2, 64)
    np.testing.assert_allclose(np.square(features).sum(1), 1)
    assert {cell: features[0, cell] ** 2 for cell in np.flatnonzero(features[0])} == pytest.approx({0: 0.5, 50: 0.5})
    assert features[1, 0] == 1


def test_missing_picture_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "gone.jpg")
    with pytest.raises(NasreidError, match=rf"{path}: no such file"):
        histogram_features(pd.DataFrame({"path": [path]}))
