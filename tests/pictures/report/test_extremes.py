"""Best and worst queries of a comparison: under the protocol that scored, whatever the cameras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from nasreid.pictures.report import extremes


class Known:
    """In place of a network: a feature of each picture, by its name."""

    def __init__(self, run: str, normalise: bool = True):
        self.normalise = normalise

    def frame(self, frame: pd.DataFrame) -> np.ndarray:
        return np.array([[1.0, float(Path(path).stem)] for path in frame["path"]])


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """The tables that were drawn of a data set with features 1 (query), 0.1, 2 (its identity), 1.5 and 9."""
    tables = []
    rows = [("1", 1, "query"), ("0.1", 1, "gallery"), ("2", 1, "gallery"), ("1.5", 2, "gallery"), ("9", 3, "query")]
    frame = pd.DataFrame(rows, columns=["path", "identity", "split"]).assign(camera=-1, modality="visible", role="")
    frame["path"] = [str(tmp_path / f"{name}.png") for name in frame["path"]]
    for path in frame["path"]:
        Image.new("RGB", (4, 8)).save(path)
    monkeypatch.setattr(extremes, "read", lambda *_, **__: frame)
    monkeypatch.setattr(extremes, "Extractor", Known)
    monkeypatch.setattr(extremes, "_drawn", lambda table: tables.append(table) or "data:image/png;base64,")
    return tables


def said(tmp_path, **evaluate):
    (tmp_path / "job.yaml").write_text(yaml.safe_dump({"evaluate": evaluate}))
    frame = pd.DataFrame([{"variant": "a", "seed": 0, "mAP": 1.0, "folder": str(tmp_path)}])
    return extremes.extremes(frame, {"data": "x", "layout": "folder"}, count=1).words


def test_without_cameras_right_matches_are_ranked(tmp_path, drawn):
    text = said(tmp_path, normalise="no")
    assert "Average precision of the rows: 0.58." in text  # places 2 and 3: (1/2 + 2/3) / 2
    assert drawn[0]["match"].tolist()[:3] == [False, True, True]
    np.testing.assert_allclose(drawn[0]["distance"][:3], [0.5, 0.9, 1.0])


def test_the_protocol_is_that_of_the_section_evaluate(tmp_path, drawn):
    assert "not drawn, no test images among" in said(tmp_path, protocol="vehicleid")


def test_a_frame_without_the_metric_costs_nothing():
    assert "not drawn" in extremes.extremes(pd.DataFrame([{"variant": "a", "seed": 0}]), {}).words
