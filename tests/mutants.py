"""Mutation testing: each file's own tests should notice any small change of it.

    python -m tests.mutants --sample 3 --seed 0 [FILE ...]

draws so many mutants of each file, runs the tests that mirror it, prints what survived and ends with status 1 below
95 % killed. A run that was cut off goes on where it was. A mutant that was killed stays so while its file is the same,
one that survived is run again when its tests have changed; delete the results to begin anew.

Not mutmut (3.8): it calls strategies/splits.py `strategies.splits`, which Python and the tests know as
`nasreid.strategies.splits`, and finds no test for any mutant. Not cosmic-ray (8.7): it starts a process for each
mutant, 8 s before the first test, and changes the user's files. Here every mutant is a fork of a process that has
imported torch and NNI, but nothing of nasreid, and the changed file lies in a copy.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

from tests.mutations import Mutant, mutants
from tests.sources import ROOT, python_files

FILES = [*python_files("strategies", "objectives", "nasreid/mutation"), "nasreid/relaxation.py", "nasreid/run.py",
         "nasreid/training/stepper.py", "nasreid/training/loop.py", "nasreid/evaluation/protocol.py",
         "nasreid/evaluation/ranking.py", "nasreid/evaluation/statistics.py", "nasreid/experiments/truth.py",
         "nasreid/data/batches/sampler.py"]  # fmt: skip
# the tests of files that no test mirrors by name
INSTEAD = {"objectives/memory_softmax.py": "tests/objectives/test_memory.py",
           "objectives/spatial_alignment_vectors.py": "tests/objectives/test_spatial_alignment.py",
           "nasreid/mutation/mixed.py": "tests/mutation/test_choices.py",
           "nasreid/evaluation/protocol.py": "tests/evaluation/test_protocols.py"}  # fmt: skip
HEAVY = ("nni.nas.nn.pytorch", "pytorch_lightning", "pytorch_metric_learning.losses", "pandas", "scipy.stats",
         "hypothesis", "pytest", "jsonargparse", "PIL.Image", "networkx", "safetensors.torch", "yaml")  # fmt: skip
GOAL = 0.95


def tests_of(file: str) -> str:
    """The test file that mirrors a file: that of its name, or of its folder's."""
    where = Path("tests") / Path(file.removeprefix("nasreid/")).parent
    own = where / f"test_{Path(file).stem}.py"
    return INSTEAD.get(file, (own if (ROOT / own).exists() else where / f"test_{where.name}.py").as_posix())


class Copies:
    """A copy of the tree, and forks that run tests in it."""

    def __init__(self, home: Path):
        self.home = home
        listed = subprocess.run(["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"], cwd=ROOT, check=True,
                                capture_output=True, text=True)  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, home / name, follow_symlinks=False)
        self.usual: dict[str, float] = {}

    def killed(self, mutant: Mutant, tests: str) -> str:
        """What the tests of a mutant ended with: "killed", "survived" or "time"."""
        file = self.home / mutant.file
        original = file.read_bytes()
        for cached in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
            cached.unlink()
        file.write_text(mutant.source, encoding="utf-8")
        try:
            status = self._run(tests, max(10, 4 * self.usual[tests]))
        finally:
            file.write_bytes(original)
        return {0: "survived", None: "time"}.get(status, "killed")

    def measure(self, tests: str) -> None:
        """Run the tests of the unchanged file, which must pass."""
        if tests not in self.usual:
            since = time.monotonic()
            if self._run(tests, 600, keep=True) != 0:
                sys.exit(f"{tests} fails on unchanged files: run it alone")
            self.usual[tests] = time.monotonic() - since

    def version(self, tests: str) -> str:
        """Changes with the tests."""
        return digest((self.home / tests).read_text(encoding="utf-8"))

    def _run(self, tests: str, limit: float, keep: bool = False) -> int | None:
        """The exit status of pytest in a fork, None after the limit (s). keep: compiled files."""
        child = os.fork()
        if child == 0:
            self._test(tests, keep)
        status, end = None, time.monotonic() + limit
        while time.monotonic() < end and status is None:
            done, code = os.waitpid(child, os.WNOHANG)
            status = os.waitstatus_to_exitcode(code) if done else None
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it has started, too
        if status is None:
            os.waitpid(child, 0)
        return status

    def _test(self, tests: str, keep: bool) -> None:
        """In the fork: never returns."""
        os.setsid()
        code = 3
        try:
            quiet = os.open(self.home / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            os.chdir(self.home)
            sys.dont_write_bytecode = not keep
            sys.path[:] = [str(self.home), *(path for path in sys.path if path not in ("", str(ROOT)))]
            for name in [name for name in sys.modules if name.split(".")[0] == "tests"]:
                del sys.modules[name]
            import pytest

            code = int(pytest.main(["-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile", "mutants",
                                    "-W", "ignore::pytest.PytestAssertRewriteWarning", tests]))  # fmt: skip
        finally:
            os._exit(code)


def digest(*contents: str) -> str:
    """A name of what is there."""
    return hashlib.sha256("\0".join(contents).encode()).hexdigest()[:16]


def prepare() -> None:
    """Import what is heavy and not ours; a failing example need not be made small."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in HEAVY:
            __import__(name)
    from hypothesis import Phase, settings

    settings.register_profile("mutants", deadline=None, derandomize=True, database=None,
                              phases=[Phase.explicit, Phase.generate])  # fmt: skip


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
    every, lived = Counter(m.file for m in found), [m for m, outcome in found.items() if outcome == "survived"]
    for file, many in every.items():
        print(f"{file}: {many - sum(m.file == file for m in lived)} of {many} killed")
    print("\n".join(["| survivor | before | after |", "|---|---|---|",
                     *(f"| {m.file}:{m.line} | `{m.before}` | `{m.after}` |" for m in lived)]))  # fmt: skip
    share = 1 - len(lived) / max(1, len(found))
    print(f"{len(found) - len(lived)} of {len(found)} killed, {share:.1%}; sample {given.sample}, seed {given.seed}")
    return int(share < GOAL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
