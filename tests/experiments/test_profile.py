import re

import pandas as pd

from nasreid.cli import main
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.weights import stored_bytes
from tests.network.exports.networks import THEIRS, tiny


def test_networks_are_timed_in_turn_against_a_reference(tmp_path, capsys):
    found = tiny().genotype
    for name, width in (("narrow", 4), ("wide", 64)):
        Genotype(found.space, {"width": width}, found.choices).save(tmp_path / f"{name}.json")
    assert main(["profile", str(tmp_path / "wide.json"), "--reference", str(tmp_path / "narrow.json"), "--space",
                 THEIRS, "--height", "64", "--width", "32", "--batches", "1", "4", "--rounds", "3", "--runtimes",
                 "torch", "onnx", "--output", str(tmp_path / "t.csv")]) == 0
    table = pd.read_csv(tmp_path / "t.csv")
    assert len(table) == 2 * 2 * 2
    own = table[table["network"].str.endswith("narrow.json")]
    assert set(own["ratio"]) == {1.0}
    other = table[table["network"].str.endswith("wide.json")]
    assert (other["low"] <= other["ratio"]).all()
    assert (other["bytes"].to_numpy() > own["bytes"].to_numpy()).all()
    assert len(re.findall(r"batch +4", capsys.readouterr().out)) == 4
    assert set(table["rounds"]) == {3}
    assert set(own.loc[own["runtime"] == "torch", "bytes"]) == {stored_bytes(built(Genotype(
        found.space, {"width": 4}, found.choices), "auto", THEIRS))}


def test_no_round_begins_after_the_time_is_over(tmp_path, capsys):
    tiny().genotype.save(tmp_path / "a.json")
    name = str(tmp_path / "a.json")
    assert main(["profile", name, "--reference", name, "--space", THEIRS, "--height", "64", "--width", "32",
                 "--batches", "2", "--rounds", "1000000", "--seconds", "0", "--runtimes", "torch", "--quiet",
                 "--output", str(tmp_path / "t.csv")]) == 0
    assert pd.read_csv(tmp_path / "t.csv")["rounds"].tolist() == [3]
    assert "MiB" in capsys.readouterr().out


def test_what_cannot_be_timed_is_named(capsys):
    for more, words in ((["--runtimes", "tensorrt"], "runtime 'tensorrt'"), (["--rounds", "1"], "rounds is 1"),
                        (["--batches", "many"], "'many' is no size"), (["--batches", "100000000"], "1 to 4096"),
                        (["--seconds", "-1"], "seconds is -1")):
        assert main(["profile", "msinet", *more]) == 2
        assert words in capsys.readouterr().err
