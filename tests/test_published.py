"""What a space publishes, ours or a third party's, beside its own file or in it."""

import pytest
import torch

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network import catalogue
from nasreid.network.build import built
from nasreid.network.official import convert, releases
from nasreid.network.weights import read_weights
from nasreid.published import ours, picture_of, published

SPACE = """
from torch import nn
from nasreid.published import Release
from nasreid.space import SearchSpace, choice

class Mine(SearchSpace):
    published = {"mine-plain": ({"width": 4}, {"op": "skip"}), "mine-conv": ({"width": 4}, {"op": "conv"})}
    releases = {"mine": Release("mine-conv", lambda name: name.replace("space.", "theirs."))}

    def __init__(self, width=8):
        super().__init__()
        self.width = width
        self.stem = nn.Conv2d(3, width, 3)
        self.op = choice("op", {"conv": nn.Conv2d(width, width, 1), "skip": nn.Identity()})

    def maps(self, images, modality=None):
        return self.op(self.stem(images))
"""
BESIDE = """
from nasreid.published import Release
NAMES = ("mine-plain", "mine-WIDTH")
FAMILIES = {"mine-all": lambda: ["mine-4", "mine-8"]}
RELEASES = {"mine": Release("mine-4", lambda name: name.replace("space.", "theirs."))}

def named(name):
    kind, _, width = name.partition("-")
    return ({"width": int(width)}, {"op": "conv"}) if kind == "mine" and width.isdecimal() else None
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A space in one file, by whose name its genotypes are found."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(SPACE)
    return "./mine.py:Mine"


def test_our_spaces_are_found_by_reading_the_folder():
    assert {"AttentionPlacement", "BNSeparation", "CDS", "InPlacement", "MSI", "Plain"} <= set(ours())
    assert {"msinet", "osnet", "osnet-ain", "cm-nas", "torchvision-resnet50"} <= set(releases())


def test_a_single_file_publishes_by_class_attributes(mine):
    assert catalogue.names(mine)[mine] == ("mine-plain", "mine-conv")
    found = catalogue.find("mine-plain", mine)
    assert found == Genotype(mine, {"width": 4}, {"op": "skip"}, {"source": "nasreid's mine-plain"})
    assert built(found, space=mine).space.width == 4
    assert catalogue.genotype("msinet", mine).space == "MSI"


def test_a_file_beside_it_publishes_without_loading_it(mine, tmp_path):
    (tmp_path / "mine.py").write_text("raise RuntimeError")
    (tmp_path / "mine_published.py").write_text(BESIDE)
    assert catalogue.genotype("mine-16", mine).arguments == {"width": 16}
    assert catalogue.family("mine-all", mine) == ["mine-4", "mine-8"]


def test_a_name_of_nobody_has_the_nearest_one_named(mine):
    with pytest.raises(NasreidError, match=r"genotype 'mine-plan' \(did you mean 'mine-plain'\?\): expected a \.json"):
        catalogue.genotype("mine-plan", mine)
    with pytest.raises(NasreidError, match=r"genotype 'mine-plain'.*: expected a \.json file or one of attention-se"):
        catalogue.genotype("mine-plain")


def test_a_third_party_s_release_is_converted(mine, tmp_path):
    network = built(catalogue.genotype("mine-conv", mine), space=mine, seed=3)
    state = {name.replace("space.", "theirs."): value for name, value in network.state_dict().items()}
    torch.save(state, tmp_path / "a.pth")
    report = convert("mine", tmp_path / "a.pth", tmp_path / "a.safetensors", space=mine)
    assert (report.missing, report.unexpected) == ([], [])
    assert read_weights(tmp_path / "a.safetensors")["space.op.weight"].equal(network.state_dict()["space.op.weight"])
    with pytest.raises(NasreidError, match=r"official release 'mine'.*: expected one of"):
        convert("mine", tmp_path / "a.pth", tmp_path / "a.safetensors")


def test_the_commands_know_what_a_third_party_publishes(mine, tmp_path, capsys):
    assert main(["list", "--space", mine]) == 0
    assert "mine-plain  mine-conv" in capsys.readouterr().out
    torch.save(built(catalogue.genotype("mine-conv", mine), space=mine).state_dict(), tmp_path / "a.pth")
    asked = ["import-weights", str(tmp_path / "a.pth"), "--from-official", "mine",
             "--output", str(tmp_path / "a.safetensors")]
    assert main([*asked, "--genotype", "mine-conv", "--space", mine]) == 0
    assert main(asked) == 2
    assert "official release 'mine'" in capsys.readouterr().err


def test_a_file_beside_a_space_that_lacks_a_name_is_refused(mine, tmp_path):
    (tmp_path / "mine_published.py").write_text("NAMES = ()")
    with pytest.raises(NasreidError, match=r"mine_published\.py lacks named; expected NAMES and named\(name\)"):
        published(mine)
    (tmp_path / "mine_picture.py").write_text("")
    with pytest.raises(NasreidError, match=r"mine_picture\.py lacks picture"):
        picture_of(mine)


def test_a_space_without_any_has_none():
    assert picture_of("Fixed") is None
    assert published("Fixed").names == ()
