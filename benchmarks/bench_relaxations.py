"""A search step under each relaxation, weights and architecture of MSI at demo size, against the one under softmax."""

import pytest

from benchmarks.msi_steps import Ours
from benchmarks.ratio import Goal, compare
from nasreid.available import complete
from nasreid.relaxation import named

PLAIN = "softmax"
SIZE = {"arguments": {"width_multiplier": 0.25}, "size": 64, "height": 64, "width": 32}


@pytest.mark.parametrize("name", [name for name in complete("relaxations") if name != "Softmax"])
def bench_step(benchmark, name):
    ways = {"ours": Ours(relaxation=named(name), **SIZE).step, PLAIN: Ours(**SIZE).step}
    compare(benchmark, f"MSI search step under {name}, 64 × 64×32", ways, [Goal(PLAIN, "time", 1.1)], rounds=7)
