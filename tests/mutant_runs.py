"""Runs the tests of changed files: in forks of one process, and in a copy of the tree."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from tests.mutations import Mutant
from tests.sources import ROOT

HEAVY = ("nni.nas.nn.pytorch", "pytorch_lightning", "pytorch_metric_learning.losses", "pandas", "scipy.stats",
         "hypothesis", "pytest", "jsonargparse", "PIL.Image", "networkx", "safetensors.torch", "yaml")  # fmt: skip
SLOW = 20  # times slower than alone, on a busy machine, a test may be


class Copies:
    """A copy of the tree, and forks that run tests in it."""

    def __init__(self, home: Path):
        self.home = home
        listed = subprocess.run(["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"], cwd=ROOT, check=True,
                                capture_output=True, text=True)  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, home / name, follow_symlinks=False)
        self.usual: dict[tuple[str, ...], float] = {}  # seconds of the processor

    def killed(self, mutant: Mutant, tests: tuple[str, ...]) -> str:
        """What the tests of a mutant ended with: "killed", "survived" or "time"."""
        file = self.home / mutant.file
        original = file.read_bytes()
        for cached in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
            cached.unlink()
        file.write_text(mutant.source, encoding="utf-8")
        try:
            status, _ = self._run(tests, max(10, math.ceil(4 * self.usual[tests])))
        finally:
            file.write_bytes(original)
        return {0: "survived", None: "time", -signal.SIGXCPU: "time"}.get(status, "killed")

    def measure(self, tests: tuple[str, ...]) -> None:
        """Run the tests of the unchanged file, which must pass."""
        if tests not in self.usual:
            status, self.usual[tests] = self._run(tests, 600, keep=True)
            if status != 0:
                sys.exit(f"{' '.join(tests)} fails on unchanged files: run it alone")

    def version(self, tests: tuple[str, ...]) -> str:
        """Changes with the tests."""
        return digest(*((self.home / file).read_text(encoding="utf-8") for file in tests))

    def _run(self, tests: tuple[str, ...], limit: int, keep: bool = False) -> tuple[int | None, float]:
        """(exit status of pytest in a fork, seconds of the processor); limit: of those, and SLOW times it of the clock,
        after which the status is None. keep: compiled files."""
        child = os.fork()
        if child == 0:
            self._test(tests, limit, keep)
        status, used, end = None, 0.0, time.monotonic() + SLOW * limit
        while time.monotonic() < end and status is None:
            done, code, usage = os.wait4(child, os.WNOHANG)
            if done:
                status, used = os.waitstatus_to_exitcode(code), usage.ru_utime + usage.ru_stime
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it has started, too
        if status is None:
            os.waitpid(child, 0)
        return status, used

    def _test(self, tests: tuple[str, ...], limit: int, keep: bool) -> None:
        """In the fork: never returns."""
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
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
                                    "-W", "ignore::pytest.PytestAssertRewriteWarning", *tests]))  # fmt: skip
        finally:
            os._exit(code)


def digest(*contents: str) -> str:
    """A name of what is there."""
    return hashlib.sha256("\0".join(contents).encode()).hexdigest()[:16]


def prepare() -> None:
    """Import what is heavy and not ours; few examples, and a failing one need not be made small."""
    os.environ.setdefault("NNI_CONFIG_DIR", str(Path(tempfile.gettempdir()) / f"nni-config-{os.getuid()}"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in HEAVY:
            __import__(name)
    from hypothesis import Phase, settings

    settings.register_profile("mutants", max_examples=30, deadline=None, derandomize=True, database=None,
                              phases=[Phase.explicit, Phase.generate])  # fmt: skip
