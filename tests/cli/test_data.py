"""nasreid data: where the files are, and where they may not be."""

from nasreid.cli import main
from nasreid.experiments.runs import DataSet

SIZES = {"identities": 2, "test-identities": 2, "cameras": 2, "shots": 2, "height": 16, "width": 8}
DRAW = ["--quiet", *(f"--{name}={size}" for name, size in SIZES.items())]


def test_a_tilde_is_home_on_the_command_line_and_in_a_recipe(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["data", "synthesize", "--root=~/toy", *DRAW]) == 0
    assert (tmp_path / "toy").is_dir()
    assert main(["data", "check", "market1501", "~/toy", "--quiet"]) == 0
    (tmp_path / "mine.yaml").write_text("evaluate: {data: ~/toy, run: ~/nowhere}\n")
    assert main(["evaluate", "--config=~/mine.yaml", "--quiet"]) == 2
    assert f"run '{tmp_path}/nowhere' holds no finished retraining" in capsys.readouterr().err


def test_images_outside_a_list_are_allowed_by_an_option(tmp_path, capsys):
    assert main(["data", "synthesize", "--root", str(tmp_path), "--layout", "csv", *DRAW]) == 0
    (file,) = tmp_path.rglob("people.csv")
    moved = file.parent / "lists/people.csv"
    moved.parent.mkdir()
    moved.write_text(file.read_text().replace("images/", "../images/"))
    capsys.readouterr()
    assert main(["data", "check", "csv", str(moved), "--quiet"]) == 2
    assert capsys.readouterr().err.count("leads out of") == 1
    for option in (["--allow-outside"], ["--data-args.allow_outside", "true"]):
        assert main(["data", "check", "csv", str(moved), *option, "--quiet"]) == 0
    asked = DataSet(str(moved), "csv", allow_outside=True)
    assert len(asked.frame("train")) == 8
    assert asked.record() == {"data": str(moved), "layout": "csv", "data_args": {"allow_outside": True},
                              "skip_broken": False}  # fmt: skip
    assert DataSet(str(moved), "csv").record()["data_args"] == {}
