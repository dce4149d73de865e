"""A search step, weights and architecture, under each relaxation and each way to run less, against the plainest one."""

import pytest
import torch

from benchmarks.msi_steps import Ours
from benchmarks.ratio import Goal, compare, kept
from nasreid.available import complete
from nasreid.relaxation import Softmax, named
from nasreid.strategies.top_k import TopK
from nasreid.training.stopping import Stopping

PLAIN, PATHS = "softmax", "two paths"
SIZE = {"arguments": {"width_multiplier": 0.25}, "size": 64, "height": 64, "width": 32}
MICRO = {"space": "Micro", "size": 64, "height": 64, "width": 32}
CELLS = {"space": "AutoReID", "arguments": {"width_multiplier": 0.25}, "size": 16, "height": 64, "width": 32}
TWO = ("3-5-1", "5-7-1")  # candidates of every slot of CDS
TWICE = {"Perturbed": 2.0}  # of one step, where a published one has two passes


@pytest.mark.parametrize("name", [name for name in complete("relaxations") if name != "Softmax"])
def bench_step(benchmark, name):
    ways = {"ours": Ours(relaxation=named(name), **SIZE).step, PLAIN: Ours(**SIZE).step}
    goal = Goal(PLAIN, "time", TWICE.get(name, 1.1))
    compare(benchmark, f"MSI search step under {name}, 64 × 64×32", ways, [goal], rounds=7)


def bench_top_k(benchmark):
    """The two strongest of twelve candidates, which are the only two of the other side."""
    arguments = {"width_multiplier": 0.25}
    ours = Ours(**{**SIZE, "arguments": arguments}, space="CDS", relaxation=TopK())
    two = Ours(**{**SIZE, "arguments": {**arguments, "operations": list(TWO)}}, space="CDS", relaxation=TopK(full=True))
    with torch.no_grad():
        for label, alpha in ours.supernet.alphas().items():
            alpha[[ours.supernet.decisions[label].index(name) for name in TWO]] = 1.0
    compare(benchmark, "CDS search step, top-2 of 12, 64 × 64×32", {"ours": ours.step, PATHS: two.step},
            [Goal(PATHS, "time", 1.15)], rounds=7)  # fmt: skip


@pytest.mark.parametrize(("name", "options", "goals"), [
    ("a quarter of the channels", {"channels": 4}, [Goal(PLAIN, "time", 1.1), Goal(PLAIN, "bytes", 0.5)]),
    ("an eighth of the channels", {"channels": 8}, [Goal(PLAIN, "time", 1.1), Goal(PLAIN, "bytes", 0.5)]),
    ("watched candidates", {"stopping": Stopping(-1.0)}, [Goal(PLAIN, "time", 1.1)])])
def bench_option(benchmark, name, options, goals):
    option(benchmark, name, options, goals, MICRO)


def bench_cells(benchmark):
    """Cells of DARTS, which PC-DARTS was made for: nearly all that a pass keeps is in their edges."""
    goals = [Goal(PLAIN, "time", 1.1), Goal(PLAIN, "bytes", 0.5)]
    option(benchmark, "a quarter of the channels", {"channels": 4}, goals, CELLS)


def option(benchmark, name, options, goals, size):
    """A step of a space of some size, with these options and without."""
    ours, plain = Ours(relaxation=Softmax(), **options, **size), Ours(relaxation=Softmax(), **size)
    saved = {way: kept(side.forward, side.network.parameters()) for way, side in (("ours", ours), (PLAIN, plain))}
    compare(benchmark, f"{size['space']} search step, {name}, {size['size']} × 64×32",
            {"ours": ours.step, PLAIN: plain.step}, goals, rounds=15, saved=saved)  # fmt: skip
