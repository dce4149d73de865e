"""Pages that are freed stay with the process, inside the context."""

import json
import platform
import subprocess
import sys

from nasreid.training.pages import kept_pages

# pages that the system has to hand out for each page of a tensor of 64 MiB, at best: inside, outside, inside again
FAULTS = """
import json
import resource

import torch

from nasreid.training.pages import kept_pages


def faults():
    found = []
    for _ in range(12):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        torch.empty(2**24).zero_()
        found.append((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) * resource.getpagesize() / 2**26)
    return min(found)


inside = kept_pages()(faults)
print(json.dumps([inside(), faults(), inside()]))
"""


def test_a_large_block_is_used_again_inside_and_given_back_outside() -> None:
    assert platform.libc_ver()[0] == "glibc"
    run = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    inside, outside, again = json.loads(run.stdout)
    assert max(inside, again) < 0.1
    assert outside > 0.9


def test_another_library_is_left_alone(monkeypatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    reached = []
    with kept_pages():
        reached.append(True)
    assert reached
