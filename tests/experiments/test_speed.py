"""Inference time of a comparison's networks, against one of them in the same run."""

import pandas as pd

from nasreid.experiments.profile import Profile
from nasreid.experiments.speed import timed
from nasreid.genotype import Genotype
from nasreid.pictures.report.tables import SPEED, TEXT

SMALL = {"network_args": {"width_multiplier": 0.0625, "depths": [1, 1, 1, 1]}}


def test_each_variant_has_its_ratio_to_the_reference_with_an_interval(tmp_path):
    for name, seed in (("small", 0), ("small", 1), ("resnet50", 0)):
        folder = tmp_path / f"{name}{seed}" / "retrain"
        folder.mkdir(parents=True)
        Genotype("Plain", SMALL if name == "small" else {}, {}).save(folder / "genotype.json")
    frame = pd.DataFrame([{"variant": "small", "folder": str(tmp_path / "small0")},
                          {"variant": "small", "folder": str(tmp_path / "small1")},
                          {"variant": "resnet50", "folder": str(tmp_path / "resnet500")}])
    (tmp_path / TEXT).write_text("what was there\n")
    table = timed(frame, "resnet50", tmp_path, (32, 16), measured=lambda *size, **how: Profile(
        *size, **{**how, "batches": (1,), "rounds": 3}))
    assert table["variant"].tolist() == ["small", "resnet50"]
    small, whole = table.to_dict("records")
    assert small["low"] <= small["ratio"] <= small["high"]
    assert whole["low"] <= whole["ratio"] <= whole["high"]
    assert small["ratio"] < whole["ratio"]
    assert pd.read_csv(tmp_path / SPEED)["variant"].tolist() == ["small", "resnet50"]
    said = (tmp_path / TEXT).read_text()
    assert said.startswith("what was there\n\ninference time")
    assert "| variant | × resnet50 | 95 % | ms |" in said
