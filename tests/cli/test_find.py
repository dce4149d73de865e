"""A run folder, a pretrained folder and an .onnx file are one network: same features, same answers."""

import numpy as np
import pytest

from nasreid.cli import main
from nasreid.data.people.synthesize import synthesize
from tests.network.exports.networks import THEIRS, network_of, run_folder, tiny


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Pictures, and one network in three shapes."""
    root = tmp_path_factory.mktemp("find")
    synthesize(root / "people", identities=2, test_identities=3, cameras=2, shots=2, height=32, width=16)
    run_folder(root / "run", tiny(), network_of(tiny()))
    export = ["export", str(root / "run"), "--space", THEIRS, "--output"]
    assert main([*export, str(root / "folder"), "--to", "pretrained"]) == 0
    assert main([*export, str(root / "x.onnx")]) == 0
    return root


def embedded(place, run, output):
    pictures = next((place / "people").glob("*")) / "bounding_box_test"
    assert main(["embed", str(pictures), "--run", str(place / run), "--output", str(output), "--space", THEIRS,
                 "--quiet", "--device", "cpu"]) == 0
    return pictures


def test_all_three_embed_alike_and_find_themselves(place, tmp_path, capsys):
    for run in ("run", "folder", "x.onnx"):
        pictures = embedded(place, run, tmp_path / f"{run}.npy")
    found = [np.load(tmp_path / f"{run}.npy") for run in ("run", "folder", "x.onnx")]
    assert np.array_equal(found[0], found[1])
    np.testing.assert_allclose(found[2], found[0], atol=1e-5)
    queries = sorted(map(str, pictures.glob("*.jpg")))[:2]
    capsys.readouterr()
    assert main(["find", *queries, "--gallery", str(tmp_path / "run.npy"), "--run", str(place / "x.onnx"), "--top", "2",
                 "--output", str(tmp_path / "t.csv"), "--quiet", "--device", "cpu"]) == 0
    head, *said = capsys.readouterr().out.splitlines()
    assert head.split() == ["query", "rank", "distance", "path"]
    assert len(said) == 4
    assert said[0].split()[1::2][0] == "1"
    assert said[0].split()[3] in queries[0]
    assert (tmp_path / "t.csv").read_text().startswith("query,rank,path,distance\n")


def test_a_gallery_of_another_network_is_refused(place, tmp_path, capsys):
    pictures = embedded(place, "run", tmp_path / "f.npz")
    query = str(next(pictures.glob("*.jpg")))
    assert main(["find", query, "--gallery", str(tmp_path / "f.npz"), "--run", str(place / "run"), "--space", THEIRS,
                 "--height", "16"]) == 2
    assert "was made with height=32, this network has 16" in capsys.readouterr().err
    assert main(["find", query, "--gallery", str(tmp_path / "none.npz"), "--run", str(place / "run")]) == 2
    assert "no such file" in capsys.readouterr().err
