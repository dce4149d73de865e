"""Pages that are freed stay with the process, inside the context."""

import platform
import resource

import torch

from nasreid.training.pages import kept_pages

PAGE = resource.getpagesize()


def faults(numbers: int) -> list[float]:
    """Pages that the system had to hand out for each page of a tensor of so many numbers, for one after the other."""
    found = []
    for _ in range(12):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        torch.empty(numbers).zero_()
        found.append((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / (4 * numbers / PAGE))
    return found


def test_a_large_block_is_used_again_inside_and_given_back_outside() -> None:
    assert platform.libc_ver()[0] == "glibc"
    numbers = 2**24  # 64 MiB
    with kept_pages():
        assert min(faults(numbers)) < 0.1
    assert min(faults(numbers)) > 0.9
    with kept_pages():
        assert min(faults(numbers)) < 0.1


def test_another_library_is_left_alone(monkeypatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    with kept_pages():
        pass
    assert min(faults(2**24)) > 0.9
