"""What holds for every test: reproducible examples and no window system."""

import os
import random
import shutil
import signal
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from hypothesis import settings

from nasreid.data.people.synthesize import synthesize

os.environ["MPLBACKEND"] = "Agg"
# One thread, here and in the processes that tests start: networks are tiny, and threads that wait are slower than one.
torch.set_num_threads(int(os.environ.setdefault("OMP_NUM_THREADS", "1")))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell: interruptions are tested
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: the machine may be busy. No database: a failing example must fail again from the code alone.
settings.register_profile("nasreid", deadline=None, derandomize=True, database=None)
settings.load_profile("nasreid")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call() -> None:
    """A test that draws without a seed of its own draws the same each time, whichever tests ran before it."""
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - NNI and pandas draw from the old generator


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """Root of a tiny embedded data set: 10 training identities, 4 to test, 2 cameras, 3 shots, 32x16 pixels."""
    root = tmp_path_factory.mktemp("people")
    synthesize(root, identities=10, test_identities=4, cameras=2, shots=3, height=32, width=16, seed=3)
    return root


def chromium() -> str | None:
    """The command of a Chromium on this machine."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of a page in a browser need one; only CI insists. Tests of a cluster need Ray, for which CI has a step,
    and a test of TikZ needs LaTeX.

    Files with slow tests come first: two processes end together, where one began a long file when the other was done.
    """
    absent = {"browser": chromium() is None and not os.environ.get("CI"), "ray": find_spec("ray") is None,
              "latex": shutil.which("pdflatex") is None}
    without = [item for item in items if any(gone and item.get_closest_marker(name) for name, gone in absent.items())]
    config.hook.pytest_deselected(items=without)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items[:] = sorted((item for item in items if item not in without), key=lambda item: item.path not in slow)
