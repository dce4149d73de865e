import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from nasreid.cli import main
from nasreid.data.datasets import read
from nasreid.data.decode import decode
from nasreid.errors import NasreidError
from nasreid.evaluation import features as embed
from nasreid.evaluation.evaluate import vectors
from nasreid.evaluation.extractor import Extractor
from nasreid.genotype import Genotype
from nasreid.network.trained import load_network


@pytest.fixture(scope="module")
def run(people, tmp_path_factory):
    """A retraining of one epoch at 32 x 16 pixels."""
    folder = tmp_path_factory.mktemp("trained")
    choices = {f"cell{c}.interaction{i}": "gate" for c in range(1, 7) for i in (1, 2)}
    Genotype("MSI", {"width_multiplier": 0.125}, choices).save(folder / "genotype.json")
    assert main(["retrain", "--genotype", str(folder / "genotype.json"), "--data", str(people), "--output",
                 str(folder / "run"), "--epochs", "1", "--p", "4", "--k", "2", "--height", "32", "--width", "16",
                 "--device", "cpu", "--quiet", "--no-draw"]) == 0
    return folder / "run"


@pytest.fixture(scope="module")
def frame(people):
    frame = read("market1501", people)
    return frame[frame["split"] == "query"].reset_index(drop=True)


def test_features_are_those_of_the_evaluation(run, frame):
    expected = vectors(load_network(run), frame, 32, 16, progress=False, channels_last=True)  # as it was trained
    assert np.array_equal(Extractor(run, normalise=False)(list(frame["path"])), expected)
    found = Extractor(run)(list(frame["path"]))
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)


def test_paths_pictures_and_arrays_give_the_same(run, frame):
    extract = Extractor(run, batch_size=2)
    paths = list(frame["path"])[:3]
    expected = extract(paths)
    opened = [decode(path) for path in paths]
    np.testing.assert_allclose(extract(opened), expected, atol=1e-5)
    np.testing.assert_allclose(extract([np.array(picture) for picture in opened]), expected, atol=1e-5)
    np.testing.assert_allclose(extract([paths[0], opened[1], np.array(opened[2])]), expected, atol=1e-5)
    assert extract([]).shape == (0, expected.shape[1])


def test_features_that_are_no_numbers_are_refused(run, frame):
    broken = Extractor(run)
    with torch.no_grad():
        next(broken.network.parameters()).fill_(float("nan"))
    with pytest.raises(NasreidError, match="features of 1 of 1 pictures are no finite numbers; expected"):
        broken(list(frame["path"])[:1])


def test_bad_pictures_are_named(run, tmp_path):
    extract = Extractor(run)
    with pytest.raises(NasreidError, match=r"array \(4, 4\) of float64"):
        extract([np.zeros((4, 4))])
    with pytest.raises(NasreidError, match="modality 'thermal'"):
        extract([np.zeros((4, 4, 3), np.uint8)], modality="thermal")
    with pytest.raises(NasreidError, match="holds no finished retraining"):
        Extractor(tmp_path)


def test_one_picture_without_a_list_is_refused_by_name(run, frame):
    extract, path = Extractor(run), frame["path"][0]
    for one, name in ((path, re.escape(repr(path))), (Path(path), re.escape(repr(path))), (decode(path), "Image"),
                      (np.array(decode(path)), r"array \(\d+, \d+, 3\) of uint8")):
        with pytest.raises(NasreidError, match=rf"picture {name}: expected a list of pictures, also for one"):
            extract(one)


def test_a_frame_without_a_column_is_named(run, frame):
    for column in ("camera", "modality", "identity"):
        with pytest.raises(NasreidError, match=f"without column '{column}'"):
            Extractor(run).frame(frame.drop(columns=column))


@pytest.fixture
def folder(frame, tmp_path):
    root = tmp_path / "crops"
    for i, path in enumerate(frame["path"][:3]):
        place = root / ("deep/er" if i else ".") / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        decode(path).save(place)
    (root / "notes.txt").write_text("no picture")
    (root / ".hidden.png").write_bytes(b"")
    return root


def test_a_folder_is_embedded_with_its_preprocessing(run, folder, tmp_path, capsys):
    output = tmp_path / "out" / "features.npz"
    assert main(["embed", str(folder), "--run", str(run), "--output", str(output), "--device", "cpu", "--quiet"]) == 0
    assert "3 x " in capsys.readouterr().out
    with np.load(output, allow_pickle=False) as found:
        assert found["paths"].tolist() == ["0.png", "deep/er/1.png", "deep/er/2.png"]
        expected = Extractor(run)([str(folder / name) for name in found["paths"]])
        assert np.array_equal(found["features"], expected)
        record = json.loads(str(found["preprocessing"]))
    assert record["mean"] == [0.485, 0.456, 0.406]
    assert record["std"] == [0.229, 0.224, 0.225]
    assert (record["height"], record["width"], record["normalised"]) == (32, 16, True)
    assert {"decoder", "neck", "resize", "modality", "space"} <= set(record)


def test_broken_pictures_are_named_or_left_out(run, folder, tmp_path, capsys):
    (folder / "9.jpg").write_bytes(b"torn")
    arguments = ["embed", str(folder), "--run", str(run), "--output", str(tmp_path / "f.npz"), "--device", "cpu",
                 "--quiet"]
    assert main(arguments) == 2
    assert "9.jpg" in capsys.readouterr().err
    assert main([*arguments, "--skip-broken"]) == 0
    assert "left out 1" in capsys.readouterr().out


def test_parquet_without_pyarrow_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(NasreidError, match=r"f\.parquet' needs the package pyarrow"):
        embed.check_output(tmp_path / "f.parquet")
    with pytest.raises(NasreidError, match=r"f\.csv': expected a name that ends in \.npz or \.parquet"):
        embed.check_output(tmp_path / "f.csv")


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(NasreidError, match="no such folder"):
        embed.pictures(tmp_path / "none")
    with pytest.raises(NasreidError, match="no picture in it"):
        embed.pictures(tmp_path)
    Image.new("RGB", (2, 2)).save(tmp_path / "A.JPG")
    assert [path[-5:] for path in embed.pictures(tmp_path)] == ["A.JPG"]


def test_links_are_followed_and_what_is_no_file_is_not_passed_over(tmp_path):
    folder, other = tmp_path / "folder", tmp_path / "other"
    other.mkdir()
    folder.mkdir()
    Image.new("RGB", (2, 2)).save(other / "a.png")
    (folder / "link").symlink_to(other)
    (folder / "round").symlink_to(folder)
    (folder / "b.png").symlink_to(other / "a.png")
    (folder / "lost.png").symlink_to(tmp_path / "nothing.png")
    assert embed.pictures(folder) == [str(folder / name) for name in ("b.png", "link/a.png", "lost.png")]
    os.mkfifo(folder / "pipe.jpg")
    (folder / "wrong.jpg").mkdir()
    found = embed.pictures(folder)
    assert str(folder / "pipe.jpg") in found
    assert str(folder / "wrong.jpg") not in found
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_pictures_of_programs_may_be_deeper_but_not_without_a_range(run):
    grey = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
    deep, plain = Extractor(run)([Image.fromarray(grey.astype(np.uint16) * 257), Image.fromarray(grey)])
    np.testing.assert_allclose(deep, plain, atol=1e-5)
    with pytest.raises(NasreidError, match="a picture in memory: a picture of floating-point levels"):
        Extractor(run)([Image.new("F", (4, 4))])


def test_activations_are_scaled_sums_of_absolute_maps(run, frame):
    paths = list(frame["path"])[:2]
    found = Extractor(run).activations(paths)
    assert found.ndim == 3
    assert found.min(axis=(1, 2)).tolist() == [0, 0]
    assert found.max(axis=(1, 2)).tolist() == [1, 1]


def test_a_gallery_is_filled(run, people, tmp_path, capsys, monkeypatch):
    arguments = ["gallery", "--run", str(run), "--data", str(people), "--device", "cpu", "--quiet", "--negatives", "3"]
    assert main([*arguments, "--against", str(run), "--output", str(tmp_path / "few"), "--queries", "2"]) == 0
    names = {path.name for path in (tmp_path / "few").iterdir()}
    assert names == {"gallery.json", "margins.csv", "margins.png", "activations.png",
                     *(f"ranked-run-{i}.{suffix}" for i in (1, 2) for suffix in ("png", "csv"))}
    record = json.loads((tmp_path / "few" / "gallery.json").read_text())
    one, two = record["networks"].values()
    assert one == two
    assert len(one["margins"]) == len(record["queries"])
    assert {row["rank"] for row in one["ranked"]} == set(range(1, 11))
    monkeypatch.setattr("nasreid.pictures.gallery.FEW", 5)
    assert main([*arguments, "--output", str(tmp_path / "all"), "--queries", "0", "--top", "2", "--per-page", "5"]) == 0
    assert (tmp_path / "all" / "ranked-run" / "page-002.html").is_file()
    assert str(tmp_path / "all" / "ranked-run" / "page-001.html") in capsys.readouterr().out


def test_names_that_are_no_utf8_go_through_everything(run, tmp_path, monkeypatch):
    monkeypatch.setattr("nasreid.pictures.gallery.FEW", 2)
    for part in (b"query", b"gallery"):
        for who in (b"ann\xe9", b"bob"):
            path = os.path.join(os.fsencode(tmp_path), b"own", part, who, b"\xe9" + part + b".png")
            os.makedirs(os.path.dirname(path))
            with open(path, "wb") as file:
                Image.new("RGB", (16, 32), (len(part), who[0], 60)).save(file, "png")
    data = ["--run", str(run), "--layout", "folder", "--data", str(tmp_path / "own"), "--device", "cpu", "--quiet"]
    for queries in ("1", "0"):
        output = tmp_path / f"look{queries}"
        assert main(["gallery", *data, "--negatives", "1", "--queries", queries, "--output", str(output)]) == 0
        names = set(pd.read_csv(output / "ranked-run.csv")["query_identity"])
        assert "ann\\udce9" in names
        record = json.loads((output / "gallery.json").read_text(encoding="utf-8"))
        assert all(Path(path).is_file() for path in record["queries"])
    assert main(["evaluate", *data, "--pictures", str(tmp_path / "lists.png")]) == 0
    assert main(["embed", str(tmp_path / "own"), *data[:2], "--device", "cpu", "--quiet", "--output",
                 str(tmp_path / "f.npz")]) == 0
    with np.load(tmp_path / "f.npz") as found:
        assert all((tmp_path / "own" / str(path)).is_file() for path in found["paths"])


def test_a_gallery_follows_the_protocol_of_its_layout(run, tmp_path):
    cars = tmp_path / "cars"  # the protocol draws the gallery, and no camera is known
    assert main(["data", "synthesize", "--layout", "vehicleid", "--root", str(cars), "--identities", "2",
                 "--test-identities", "9", "--height", "32", "--width", "16", "--quiet"]) == 0
    assert main(["gallery", "--run", str(run), "--data", str(cars), "--layout", "vehicleid", "--device", "cpu",
                 "--quiet", "--negatives", "2", "--queries", "2", "--output", str(tmp_path / "look")]) == 0
    table = pd.read_csv(tmp_path / "look" / "ranked-run.csv")
    assert table.groupby("query")["match"].sum().tolist() == [1, 1]
    assert set(table["camera"]) == {"–"}
    assert table["distance"].max() <= 2.0 + 1e-6
