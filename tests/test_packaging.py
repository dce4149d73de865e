"""The wheel holds the three folders as packages, once; importing the package is light and touches no home."""

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = ("spaces", "strategies", "objectives")
EXTRAS = ("onnx", "parquet", "ray", "find", "optuna")
HEAVIEST = ("torch", "nni", "pytorch_lightning")
HEAVY = (*HEAVIEST, "pandas", "matplotlib", "PIL", "networkx")


def run(*arguments: str, cwd: Path, **environment: str | None) -> str:
    """What a fresh Python process prints; an environment variable given as None is unset."""
    variables = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, env=variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of a copy of the sources: a build folder left in the repository would add what is long deleted."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("nasreid", *PLUGINS):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "CITATION.cff"):
        shutil.copy(ROOT / name, folder)
    offline = ("--no-deps", "--no-index", "--no-build-isolation")
    run("-m", "pip", "wheel", "--quiet", *offline, "--wheel-dir", "dist", ".", cwd=folder)
    return zipfile.ZipFile(next((folder / "dist").glob("nasreid-*.whl")))


def expected() -> set[str]:
    """Every Python file of the four folders, recipe, truth table and template, what can be typed, the citation and the
    mark of types, as named in the wheel."""
    files = [file for file in (ROOT / "nasreid").rglob("*.py") if not any(name in file.parts for name in PLUGINS)]
    own = {file.relative_to(ROOT).as_posix() for file in files}
    recipes = {f"nasreid/recipes/{file.name}" for file in (ROOT / "nasreid/recipes").glob("*.yaml")}
    tables = {f"nasreid/experiments/tables/{file.name}" for file in (ROOT / "nasreid/experiments/tables").glob("*.*")}
    pages = {f"nasreid/pictures/report/templates/{file.name}"
             for file in (ROOT / "nasreid/pictures/report/templates").iterdir()}
    own |= recipes | tables | pages | {"nasreid/CITATION.cff", "nasreid/py.typed", "nasreid/cli/flags.json"}
    return own | {f"nasreid/{name}/{file.name}" for name in PLUGINS for file in (ROOT / name).glob("*.py")}


def test_every_folder_with_code_is_a_package() -> None:
    listed = re.search(r"^packages = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL)
    assert listed
    folders = {name.rpartition("/")[0].replace("/", ".") for name in expected() if name.endswith(".py")}
    assert set(re.findall(r'"(.+?)"', listed[1])) == folders
    assert all(f"{folder.replace('.', '/')}/__init__.py" in expected() for folder in folders)


def version() -> str:
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found
    return found[1]


@pytest.mark.slow
def test_wheel_holds_every_file_of_every_folder_once(wheel: zipfile.ZipFile) -> None:
    files = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert set(files) == expected()
    assert Counter(files).most_common(1)[0][1] == 1


@pytest.mark.slow
def test_wheel_puts_only_nasreid_into_site_packages(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"nasreid", f"nasreid-{version()}.dist-info"}


@pytest.mark.slow
def test_wheel_has_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    info = next(name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name)
    assert "nasreid = nasreid.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
    assert "License-Expression: MIT" in wheel.read(f"{info}/METADATA").decode()
    assert f"{info}/licenses/LICENSE" in wheel.namelist()


def test_version_is_the_one_of_pyproject() -> None:
    assert run("-c", "import nasreid; print(nasreid.__version__)", cwd=ROOT).strip() == version()


def declared(*extras: str) -> set[str]:
    """The names of the distributions that nasreid asks for at run time; with extras, what those ask for instead."""
    found = set()
    for text in metadata.requires("nasreid") or []:
        extra = re.search(r"extra == ['\"](.+?)['\"]", text)
        if (extra[1] in extras) if extra else not extras:
            found.add(re.split(r"[^\w.-]", text)[0].lower())
    return found


def imported_packages(file: Path) -> set[str]:
    """The top-level names of what a file imports at any depth."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def test_every_dependency_is_pinned() -> None:
    pins = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    assert (declared() | declared(*EXTRAS, "test")) - pins == set()
    assert len(declared()) > 10
    assert declared(*EXTRAS) == {"pyarrow", "ray", "onnx", "onnxruntime", "onnxscript", "faiss-cpu", "optuna", "cmaes"}


def test_every_import_is_a_declared_dependency() -> None:
    files = [file for name in ("nasreid", *PLUGINS) for file in (ROOT / name).rglob("*.py")]
    names = set().union(*map(imported_packages, files)) - set(sys.stdlib_module_names) - {"nasreid"}
    owners = metadata.packages_distributions() | {"faiss": ["faiss-cpu"], "sklearn": ["scikit-learn"]}  # 3.10 sees less
    known = declared() | declared(*EXTRAS)
    # an extra need not be installed: both are imported by the names that they are asked for by
    assert {name for name in names if not known & {name, *map(str.lower, owners.get(name, []))}} == set()
    assert {"torch", "ray"} <= names


COMMAND = "sys.argv = ['nasreid', *{}]; runpy.run_module('nasreid', run_name='__main__')"


@pytest.mark.parametrize(("statement", "without"), [
    pytest.param("import nasreid", HEAVY, id="import"),
    pytest.param(COMMAND.format(["--help"]), HEAVY, id="help"),
    pytest.param(COMMAND.format(["list"]), HEAVIEST, id="list"),
    pytest.param(COMMAND.format(["draw", "msinet", "--output", "net.dot"]), HEAVIEST, id="draw"),
])
def test_light_to_start(statement: str, without: tuple[str, ...], tmp_path: Path) -> None:
    code = (
        "import runpy, sys\n"
        f"try:\n    {statement}\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('heavy:', [name for name in {without} if name in sys.modules])"
    )
    assert run("-c", code, cwd=tmp_path, PYTHONPATH=str(ROOT)).splitlines()[-1] == "heavy: []"


def test_no_module_writes_into_the_home_folder(tmp_path: Path) -> None:
    code = (
        "import importlib, pkgutil, nasreid\n"
        "for found in pkgutil.walk_packages(nasreid.__path__, 'nasreid.'):\n"
        "    if not found.name.endswith('__main__'):\n"
        "        importlib.import_module(found.name)\n"
        "        print(found.name)\n"
    )
    home, empty = tmp_path / "home", tmp_path / "empty"
    home.mkdir()
    empty.mkdir()
    unset = dict.fromkeys(("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "NNI_CONFIG_DIR"))
    fresh = {"HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    printed = run("-W", "error", "-c", code, cwd=empty, **unset, **fresh).splitlines()
    assert [*home.rglob("*"), *empty.rglob("*")] == []
    assert {"nasreid.mutation.supernet", "nasreid.spaces", "nasreid.data"} <= set(printed)
    assert all(line.startswith("nasreid.") for line in printed), "something is printed on import"
