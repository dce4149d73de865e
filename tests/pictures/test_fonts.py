import os
import subprocess
import sys

from nasreid.pictures import fonts

SCRIPT = """
from nasreid.pictures.diagram import draw
from nasreid.genotype import Genotype
draw(Genotype("msi", {}, {"cell1.a": "gate"}), "picture.png")
print(__import__("nasreid.pictures.fonts").pictures.fonts._configuration().parent)
"""


def test_needs_no_font_of_the_machine_and_writes_nothing_home(tmp_path):
    home, empty = tmp_path / "home", tmp_path / "empty.conf"
    home.mkdir()
    empty.write_text("<fontconfig></fontconfig>")
    bare = {"HOME": str(home), "FONTCONFIG_FILE": str(empty), "PYTHONPATH": os.getcwd()}
    pictures = []
    for name, extra in (("here", {}), ("bare", bare)):
        folder = tmp_path / name
        folder.mkdir()
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=folder, env={**os.environ, "PYTHONPATH": os.getcwd(), **extra},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert run.stderr == ""
        assert not os.path.exists(run.stdout.strip())
        pictures.append((folder / "picture.png").read_bytes())
    assert pictures[0] == pictures[1]
    assert not list(home.iterdir())


def test_the_environment_is_put_back_and_stderr_goes_on(capfd, monkeypatch):
    monkeypatch.setenv("FONTCONFIG_FILE", "mine")
    with fonts.fontconfig():
        assert os.environ["FONTCONFIG_FILE"] != "mine"
        os.write(2, b"Fontconfig warning: yours\nsomething else\n")
    assert os.environ["FONTCONFIG_FILE"] == "mine"
    monkeypatch.delenv("FONTCONFIG_FILE")
    with fonts.fontconfig():
        assert "FONTCONFIG_FILE" in os.environ
    assert "FONTCONFIG_FILE" not in os.environ
    assert capfd.readouterr().err == "something else\n"


def test_figures_are_empty_and_in_inches():
    assert fonts.figure(3, 2).get_size_inches().tolist() == [3, 2]
