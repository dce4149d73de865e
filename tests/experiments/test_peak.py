import math
import platform

import pytest

from nasreid.experiments import peak

LINUX = platform.system() == "Linux"


def test_what_is_given_back_counts_and_what_was_there_does_not():
    kept = [bytearray(30 << 20)]
    found = peak.grown(lambda: len(bytearray(50 << 20)))
    assert (math.isnan(found), 45 << 20 < found < 70 << 20) == (not LINUX, LINUX)
    assert peak.grown(lambda: len(kept)) < 5 << 20 or not LINUX


@pytest.mark.parametrize("name", ["RESET", "STATUS"])
def test_where_nobody_tells_the_work_is_done_all_the_same(monkeypatch, tmp_path, name):
    monkeypatch.setattr(peak, name, tmp_path / "none" / "there")
    done = []
    assert math.isnan(peak.grown(lambda: done.append(1)))
    assert done == [1]
