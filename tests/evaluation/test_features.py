import json

import numpy as np
import pytest

from nasreid.errors import NasreidError
from nasreid.evaluation.features import read_features, save, save_stream

VALUES = np.arange(6, dtype=np.float32).reshape(3, 2)
NAMES = ["a.jpg", "b/c.jpg", "d.jpg"]


@pytest.mark.parametrize("suffix", ["npz", "npy"])
def test_features_come_back(tmp_path, suffix):
    save(tmp_path / f"f.{suffix}", VALUES, NAMES, {"height": 32})
    found = read_features(tmp_path / f"f.{suffix}")
    assert np.array_equal(found.features, VALUES)
    assert (found.paths, found.preprocessing) == (NAMES, {"height": 32})


def test_parts_are_written_where_they_belong(tmp_path):
    save_stream(tmp_path / "f.npy", (VALUES[at : at + 1] for at in range(3)), NAMES, {})
    assert np.array_equal(np.load(tmp_path / "f.npy"), VALUES)
    assert isinstance(read_features(tmp_path / "f.npy").features, np.memmap)
    with pytest.raises(NasreidError, match="1 features of 3 pictures"):
        save_stream(tmp_path / "g.npy", [VALUES[:1]], NAMES, {})
    assert not (tmp_path / "g.npy").exists()


def test_what_are_no_features_is_named(tmp_path):
    (tmp_path / "f.npz").write_bytes(b"torn")
    (tmp_path / "f.csv").write_text("a")
    (tmp_path / "g.npy").touch()
    (tmp_path / "g.npy.json").write_text("{}")
    np.save(tmp_path / "f.npy", VALUES)
    for name, words in (("f.npz", "cannot be read"), ("g.npy", "No data left in file"), ("none.npz", "no such file"),
                        ("f.csv", r"ends in \.npz"), ("f.npy", "names of the features")):
        with pytest.raises(NasreidError, match=words):
            read_features(tmp_path / name)
    (tmp_path / "f.npy.json").write_text(json.dumps({"paths": NAMES[:2], "preprocessing": {}}))
    with pytest.raises(NasreidError, match=r"float32 of the shape \(3, 2\) for 2 names"):
        read_features(tmp_path / "f.npy")
    for odd in ({"paths": NAMES, "preprocessing": []}, {"paths": [1, 2, 3], "preprocessing": {}}):
        (tmp_path / "f.npy.json").write_text(json.dumps(odd))
        with pytest.raises(NasreidError, match="names or preprocessing are damaged"):
            read_features(tmp_path / "f.npy")
