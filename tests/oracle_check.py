"""Run every oracle of a folder (index.json, manifests, npz) through the public classes of nasreid.

    .venv/bin/python tests/oracle_check.py FOLDER [--only NAME] [--float32] [--verbose]

Seeds, salts, genotypes, shapes and official key names come from the folder. A line for each array that fails or has no
counterpart, and for each parameter of a recipe that no adapter asked for; then `N passed, N failed, N skipped`, which
count arrays. The exit status is 1 if any failed.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from tests.oracle_adapters.kinds import kind_of
from tests.oracle_adapters.oracle import Oracle, Result


def load(folder: Path) -> dict[str, dict]:
    """index.json of a folder of oracles."""
    with open(folder / "index.json", encoding="utf-8") as file:
        return json.load(file)


def run(folder: Path, name: str, entry: dict, dtype: torch.dtype = torch.float64) -> list[Result]:
    """What became of each array of one oracle; every array is either compared, or says why it is not."""
    try:
        oracle = Oracle(folder, name, entry, dtype)
    except (OSError, KeyError, ValueError) as error:
        names = entry.get("arrays") or {"arrays": None}
        return [Result(array, "failed", f"{type(error).__name__}: {error}") for array in names]
    kind = kind_of(name, entry)
    if kind.run is None:
        oracle.rest("skipped", kind.owner)
        return list(oracle.results.values())
    try:
        oracle.check_inputs()
        kind.run(oracle)
        oracle.rest("failed", "nothing of ours was compared with it")
        oracle.unread()
    except Exception as error:  # any fault of an adapter or of the folder is a finding about the arrays it concerns
        oracle.rest("failed", f"{type(error).__name__}: {error}")
    return list(oracle.results.values())


def lines(name: str, results: list[Result], verbose: bool) -> list[str]:
    """A line for each array that did not pass."""
    return [f"{name}/{r.array}: {r.status}: {r.why}" for r in results if verbose or r.status != "passed"]


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="with index.json, manifests/ and the npz files")
    parser.add_argument("--only", metavar="NAME", help="one oracle of the folder")
    parser.add_argument("--float32", action="store_true", help="run in float32, within the tolerances for it")
    parser.add_argument("--verbose", action="store_true", help="a line for the arrays that pass, too")
    options = parser.parse_args(arguments)
    if not (options.folder / "index.json").is_file():
        parser.error(f"folder {str(options.folder)!r}: expected one with an index.json")
    index = load(options.folder)
    if options.only is not None and options.only not in index:
        parser.error(f"--only {options.only!r}: expected one of {', '.join(index)}")
    counts: Counter[str] = Counter()
    for name in index if options.only is None else [options.only]:
        results = run(options.folder, name, index[name], torch.float32 if options.float32 else torch.float64)
        counts.update(result.status for result in results)
        for line in lines(name, results, options.verbose):
            print(line, flush=True)
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return int(counts["failed"] > 0)


if __name__ == "__main__":
    torch.set_num_threads(1)  # as the oracles were made: in float32 another order of sums can flip a ReLU
    sys.exit(main())
