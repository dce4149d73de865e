"""Who may import whom, read from the source: the rooms and never-rules of CONTRIBUTING.md."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

from nasreid.available import available
from tests.rooms import ABOVE, BESIDE, ROOMS, circle, concrete, naming, reaching, room, upward
from tests.sources import PACKAGES, PLUGINS, ROOT, edges, file_of, folder, literals, private_uses, python_files, tree

HALL = 26  # files

# package: the only files that may import it
DOORS = {
    "nni": {"nasreid/mutation/door.py", "nasreid/experiments/nni_strategies.py"},
    "pytorch_lightning": {"nasreid/training/lightning.py"},
    "fcntl": {"nasreid/lock.py"},
    "pickle": set(),  # a pickle can run code
    "timm": {"spaces/plain_timm.py"},  # an extra
    "optuna": {"nasreid/experiments/optuna_samplers.py"},  # an extra
}
# `lightning` is another class tree than pytorch_lightning; the rest has no build here or is not needed.
NEVER = ("lightning", "torchvision", "albumentations", *PLUGINS)

SHARED_BLOCKS = ("blocks", "map_blocks", "resnet", "fixed")

TOP_LEVEL = {
    *(".ci", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "MANIFEST.in", "Makefile"),
    *("README.md", "benchmarks", "constraints.txt", "docs", "mkdocs.yml", "nasreid", "objectives", "pyproject.toml"),
    *("spaces", "strategies", "tests"),
}


def test_the_rooms_are_these() -> None:
    found = {room(file) for file in python_files("nasreid")}
    assert found == {*ROOMS, "recipes"}, "recipes holds no code"


@pytest.mark.parametrize("name", [*ROOMS, *BESIDE])
def test_imports_go_down(name: str) -> None:
    assert [hit for file in python_files(*PACKAGES) if room(file) == name for hit in upward(file)] == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circle(python_files(*PACKAGES)) == []


def test_every_exception_is_needed() -> None:
    assert {file for file, (there, _) in ABOVE.items()
            if any(room(target) == there for _, _, target in edges(file))} == set(ABOVE)  # fmt: skip


def test_the_hall_is_small() -> None:
    assert len([file for file in python_files("nasreid") if room(file) == "hall"]) <= HALL


@pytest.mark.parametrize("door", DOORS)
def test_heavy_dependency_has_one_door(door: str) -> None:
    files = [file for file in python_files(*PACKAGES) if file not in DOORS[door]]
    assert [hit for file in files for hit in reaching(file, (door,))] == []


def test_packages_that_are_never_imported() -> None:
    files = python_files(*PACKAGES, "benchmarks", "tests")
    assert [hit for file in files for hit in reaching(file, NEVER)] == []


def test_imports_are_absolute() -> None:
    files = python_files(*PACKAGES, "benchmarks", "tests")
    assert [f"{file}:{node.lineno}" for file in files for node in ast.walk(tree(file))
            if isinstance(node, ast.ImportFrom) and node.level] == []  # fmt: skip


def test_no_folder_uses_private_names_of_another() -> None:
    assert [hit for file in python_files(*PACKAGES) for hit in private_uses(file)] == []


def test_the_framework_names_no_concrete_plug_in() -> None:
    named = concrete()
    files = [file for file in python_files("nasreid") if folder(file) != "nasreid/data/layouts"]
    assert [hit for file in files for hit in naming(file, named)] == []


def test_files_of_a_space_begin_with_its_name() -> None:
    spaces = {found.module.rpartition(".")[2] for found in available("spaces").values() if found.complete}
    stems = {Path(file).stem for file in python_files("spaces")} - {"__init__", *SHARED_BLOCKS}
    assert {stem for stem in stems if not any(stem == name or stem.startswith(f"{name}_") for name in spaces)} == set()


@pytest.mark.parametrize("name", PLUGINS)
def test_plugin_folder_is_flat(name: str) -> None:
    assert {folder(file) for file in python_files(name)} == {name}


@pytest.mark.parametrize("name", PLUGINS)
def test_plugin_folder_is_linked_into_the_package(name: str) -> None:
    assert os.readlink(ROOT / "nasreid" / name) == f"../{name}"


def test_top_level_of_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split("/")[0] for line in listed.splitlines()} == TOP_LEVEL


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house in which everything is wrong."""
    sources = {
        "nasreid/errors.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nasreid.mutation\n",
        "nasreid/mutation/__init__.py": "from nasreid.mutation.door import name\n",
        "nasreid/mutation/door.py": "def late():\n    from nasreid.mutation import errors\n    return errors\n",
        "nasreid/network/build.py": "import importlib\nimportlib.import_module('nasreid.cli.main')\nHOME = 'MSI'\n",
        "nasreid/cli/main.py": "from nasreid.spaces.bad import Bad\n",
        "nasreid/pictures/diagram/sketch.py": "from nasreid.pictures.gallery import _secret\n",
        "nasreid/pictures/gallery.py": "@dataclass(frozen=True)\nclass Default:\n    space: str = 'MSI'\n"
                                       "    def late(self):\n        return 'MSI'\n",
        "spaces/bad.py": "import nni.nas as n\nfrom nasreid import strategies, mutation\n"
                         "from nasreid.pictures.diagram.sketch import Sketch\nfrom nasreid.pictures import gallery\n"
                         "def late():\n    return mutation._other, mutation.__name__\n",
    }  # fmt: skip
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/__init__.py").write_text('"""MSI"""\n')
    return tmp_path


@pytest.mark.parametrize(("file", "hits"), [
    ("nasreid/errors.py", ["nasreid/errors.py:3 imports nasreid.mutation"]),
    ("nasreid/network/build.py", ["nasreid/network/build.py:2 imports nasreid.cli.main"]),
    ("nasreid/cli/main.py", ["nasreid/cli/main.py:1 imports nasreid.spaces.bad.Bad"]),
    ("nasreid/mutation/door.py", []),
    ("spaces/bad.py", ["spaces/bad.py:2 imports nasreid.strategies",
                       "spaces/bad.py:4 imports nasreid.pictures.gallery"]),
])
def test_the_checker_sees_an_import_upwards(house: Path, file: str, hits: list[str]) -> None:
    assert upward(file, house) == hits


def test_the_checker_sees_each_other_kind_of_offence(house: Path) -> None:
    assert python_files("spaces", root=house) == ["spaces/bad.py"]
    assert set(circle(python_files("nasreid", root=house), house)) == {
        "nasreid/mutation/__init__.py", "nasreid/mutation/door.py"}  # fmt: skip
    assert reaching("spaces/bad.py", ("nni",), house) == ["spaces/bad.py:1 imports nni.nas"]
    assert private_uses("spaces/bad.py", house) == ["spaces/bad.py:6 uses nasreid.mutation._other"]
    assert private_uses("nasreid/pictures/diagram/sketch.py", house) == [
        "nasreid/pictures/diagram/sketch.py:1 uses nasreid.pictures.gallery._secret"]  # fmt: skip
    assert naming("nasreid/network/build.py", concrete(), house) == ["nasreid/network/build.py:3 names MSI"]
    assert naming("nasreid/pictures/gallery.py", concrete(), house) == ["nasreid/pictures/gallery.py:5 names MSI"]
    assert list(literals("strategies/__init__.py", house)) == []
    assert file_of("nasreid.strategies.nothing", house) == "strategies/__init__.py"


@pytest.mark.parametrize(("text", "is_one"), [
    ("MSI", True), ("nasreid.spaces.msi_published", True), ("nasreid.spaces.msi:MSI", True), ("CrossEntropy", True),
    ("nasreid.spaces", False), ("nasreid.space", False), ("nasreid.data.layouts.layout", False), ("memory", False),
    ("the space, such as MSI", False)])  # fmt: skip
def test_what_a_concrete_name_is(text: str, is_one: bool) -> None:
    assert bool(concrete().fullmatch(text)) is is_one
