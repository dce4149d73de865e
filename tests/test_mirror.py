"""Tests mirror the rooms: tests/network/test_cost.py tests nasreid/network/cost.py."""

from pathlib import Path

from tests.sources import PLUGINS, ROOT, python_files

# a test without a file of its name: what it tests
OTHERS = {
    "tests/cli/test_full_disk.py": "every command that writes",
    "tests/cli/test_grids.py": "the grids of benchmarks/compare",
    "tests/cli/test_recipes.py": "every shipped recipe",
    "tests/data/batches/test_cross_modality_sampler.py": "sampler.py with two modalities",
    "tests/data/test_fuzz.py": "every reader, on damaged copies",
    "tests/data/test_traps.py": "every reader, on odd copies",
    "tests/experiments/test_ray.py": "workers.py on a cluster",
    "tests/experiments/test_tables.py": "the truth tables that ship",
    "tests/spaces/test_in_placement_keys.py": "official keys in in_placement_published.py",
    "tests/spaces/test_msi_keys.py": "official keys in msi_published.py",
    "tests/spaces/test_msi_oracles.py": "msi.py against numbers of the official code",
    "tests/spaces/test_pictures.py": "the pictures of all spaces",
    "tests/test_boundaries.py": "the imports of all files",
    "tests/test_conformance.py": "the laws themselves",
    "tests/test_endurance.py": "random kills and odd input",
    "tests/test_docs.py": "docs/making, and the pages beside it",
    "tests/test_doctests.py": "the examples of all files",
    "tests/test_examples.py": "examples in docstrings",
    "tests/test_gpu.py": "benchmarks/gpu.py",
    "tests/test_growth.py": "benchmarks/growth.py",
    "tests/test_mirror.py": "the tests",
    "tests/test_mutants.py": "small changes of sources",
    "tests/test_oracles.py": "numbers of the official codes",
    "tests/test_packaging.py": "the wheel",
    "tests/test_ratio.py": "benchmarks/ratio.py",
    "tests/test_recorded_runs.py": "runs of all three systems, to the byte",
    "tests/mutation/test_nested.py": "decisions inside candidates, from the space to its trials",
    "tests/training/test_cross_modality.py": "search and retraining with two modalities",
    "tests/training/test_every_decision.py": "a space with every kind of decision, from search to retraining",
    "tests/training/test_search_in_memory.py": "search.py and retrain.py without a folder, a strategy of one's own",
}


def tested(file: str) -> list[str]:
    """The files or folders that a test of this name may test."""
    room, _, name = file.removeprefix("tests/").rpartition("/")
    stem = name.removeprefix("test_").removesuffix(".py")
    home = Path(room if room in PLUGINS else f"nasreid/{room}")
    return [(home / f"{stem}.py").as_posix(), (home / stem).as_posix(), *[home.as_posix()] * (home.name == stem)]


def test_every_test_has_its_file() -> None:
    tests = [file for file in python_files("tests") if Path(file).name.startswith("test_")]
    without = {file for file in tests if not any((ROOT / place).exists() for place in tested(file))}
    assert without - set(OTHERS) == set()
    assert set(OTHERS) - set(tests) == set(), "named here, but gone"


def test_helpers_of_a_room_stay_in_its_folder() -> None:
    folders = {Path(file).parent for file in python_files("tests")}
    homes = {Path("tests"), *(Path("tests") / name for name in (*PLUGINS, "oracles", "oracle_adapters"))}
    strange = {place for place in folders - homes if not (ROOT / "nasreid" / place.relative_to("tests")).is_dir()}
    assert strange == set()
