"""Mutation testing: each file's own tests should notice any small change of it.

    python -m tests.mutants --sample 3 --seed 0 [FILE ...]

draws so many mutants of each file, runs the tests that mirror it, prints what survived and ends with status 1 below
95 % killed. A run that was cut off goes on where it was. A mutant that was killed stays so while its file is the same,
one that survived is run again when its tests have changed; delete the results to begin anew. Survivors that
tests/mutants.md names with a reason do not count.

Not mutmut (3.8): it calls strategies/splits.py `strategies.splits`, which Python and the tests know as
`nasreid.strategies.splits`, and finds no test for any mutant. Not cosmic-ray (8.7): it starts a process for each
mutant, 7 s before the first test, and changes the user's files. Here every mutant is a fork of a process that has
imported torch and NNI, but nothing of nasreid, and the changed file lies in a copy.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.mutant_runs import Copies, digest, prepare
from tests.mutations import Mutant, mutants
from tests.sources import ROOT, python_files

# not the door: what it says about the import of NNI comes too late in a fork of a process that has imported it
FILES = [*(file for file in python_files("strategies", "objectives", "nasreid/mutation") if "/door" not in file),
         "nasreid/relaxation.py", "nasreid/run.py",
         *(f"nasreid/training/{name}.py" for name in ("stepper", "loop", "paths")),
         *(f"nasreid/evaluation/{name}.py" for name in (
             "protocol", "ranking", "statistics", "evidence", "e_processes", "rope", "components", "several",
             "mean_ranks", "bootstrap", "reliability", "inputs")),
         *(f"nasreid/experiments/{name}.py" for name in ("truth", "trust", "judged", "decided", "table_search")),
         "nasreid/data/batches/sampler.py"]  # fmt: skip
# the tests of files that no test mirrors by name, or more than one
INSTEAD = {"objectives/memory_softmax.py": ("tests/objectives/test_memory.py",),
           "objectives/spatial_alignment_vectors.py": ("tests/objectives/test_spatial_alignment.py",),
           "nasreid/mutation/mixed.py": ("tests/mutation/test_mutation.py", "tests/mutation/test_choices.py"),
           "nasreid/evaluation/protocol.py": ("tests/evaluation/test_protocols.py",),
           "nasreid/experiments/judged.py": ("tests/experiments/test_truth.py",),
           "nasreid/data/batches/sampler.py": ("tests/data/batches/test_sampler.py",
                                               "tests/data/batches/test_cross_modality_sampler.py")}  # fmt: skip
KNOWN = ROOT / "tests" / "mutants.md"  # survivors with a reason
GOAL = 0.95


def tests_of(file: str) -> tuple[str, ...]:
    """The test files that mirror a file: that of its name, or of its folder's."""
    where = Path("tests") / Path(file.removeprefix("nasreid/")).parent
    own = where / f"test_{Path(file).stem}.py"
    return INSTEAD.get(file, ((own if (ROOT / own).exists() else where / f"test_{where.name}.py").as_posix(),))


def drawn(files: list[str], sample: int, seed: int) -> list[Mutant]:
    """So many mutants of each file, or all where it has fewer; 0: all."""
    found = []
    for file in files:
        every = mutants(file, (ROOT / file).read_text(encoding="utf-8"))
        chosen = random.Random(f"{seed}:{file}").sample(range(len(every)), min(sample or len(every), len(every)))
        found += [every[at] for at in sorted(chosen)]
    return found


def run(todo: list[Mutant], results: Path) -> dict[Mutant, str]:
    """{mutant: outcome}, from the results or by running its tests."""
    known = {}
    if results.exists():
        known = {row["key"]: row for row in map(json.loads, results.read_text(encoding="utf-8").splitlines())}
    found: dict[Mutant, str] = {}
    since, ran = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, open(results, "a", encoding="utf-8") as log:
        copies = Copies(Path(folder).resolve())
        for at, mutant in enumerate(todo, 1):
            tests = tests_of(mutant.file)
            key, version = digest(mutant.file, mutant.source), copies.version(tests)
            row = known.get(key)
            if row is None or (row["outcome"] == "survived" and row["tests"] != version):
                copies.measure(tests)
                row = {"key": key, "tests": version, "outcome": copies.killed(mutant, tests), "what": str(mutant)}
                log.write(json.dumps(row) + "\n")
                log.flush()
                ran += 1
                left = (time.monotonic() - since) / ran * (len(todo) - at)
                print(f"{at}/{len(todo)}, {left / 60:.0f} min left: {row['outcome']:8} {mutant}", flush=True)
            found[mutant] = row["outcome"]
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("files", nargs="*", default=FILES)
    parser.add_argument("--sample", type=int, default=3, help="mutants of each file; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=ROOT / "runs" / "mutants.jsonl")
    given = parser.parse_args(arguments)
    given.results.parent.mkdir(parents=True, exist_ok=True)
    prepare()
    found = run(drawn(given.files, given.sample, given.seed), given.results)
    share = tell(found, set(re.findall(r"^\| ([0-9a-f]{8}) \|", KNOWN.read_text(encoding="utf-8"), re.MULTILINE)))
    print(f"sample {given.sample}, seed {given.seed}")
    return int(share < GOAL)


def tell(found: dict[Mutant, str], excused: set[str]) -> float:
    """Print how many of each file were killed, and what survived; returns the share that was killed."""
    counted = {m: outcome for m, outcome in found.items() if outcome != "survived" or m.name not in excused}
    every, lived = Counter(m.file for m in counted), [m for m, outcome in counted.items() if outcome == "survived"]
    for file, many in every.items():
        print(f"{file}: {many - sum(m.file == file for m in lived)} of {many} killed")
    print("\n".join(["| survivor | where | before | after |", "|---|---|---|---|",
                     *(f"| {m.name} | {m.file}:{m.line} | `{m.before}` | `{m.after}` |" for m in lived)]))  # fmt: skip
    share = 1 - len(lived) / max(1, len(counted))
    print(f"{len(counted) - len(lived)} of {len(counted)} killed, {share:.1%}; "
          f"{len(found) - len(counted)} more survive for a reason ({KNOWN.name})")
    return share


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
