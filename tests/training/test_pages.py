"""Pages that are freed stay with the process, inside the context."""

import json
import platform
import subprocess
import sys

from nasreid.training.pages import kept_pages

# what a tensor of 64 MiB takes, and what of it stays with the process: outside, inside, and once more. Faults cannot be
# counted: where the system hands out huge pages there are hardly any
KEPT = """
import json
from pathlib import Path
import resource

import torch

from nasreid.training.pages import kept_pages


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def kept():
    before = resident()
    tensor = torch.ones(2**24)
    held = resident() - before
    del tensor
    return held / 2**26, (resident() - before) / 2**26


torch.ones(2**20)  # what torch loads for its first tensor is no part of it
inside = kept_pages()(kept)
print(json.dumps([kept(), inside(), kept(), inside()]))
"""


def test_a_large_block_stays_inside_and_is_given_back_outside() -> None:
    assert platform.libc_ver()[0] == "glibc"
    run = subprocess.run([sys.executable, "-c", KEPT], capture_output=True, text=True, check=True)
    outside, inside, after, again = json.loads(run.stdout)
    for held, left in (outside, after):
        assert (held > 0.9, left < 0.1) == (True, True)
    for held, left in (inside, again):
        assert (held > 0.9, left > 0.9) == (True, True)


def test_another_library_is_left_alone(monkeypatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    reached = []
    with kept_pages():
        reached.append(True)
    assert reached
