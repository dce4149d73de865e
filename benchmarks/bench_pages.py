"""Two training steps of MSINet's network with pages kept for the next maps, against pages that go back each time."""

import torch

from benchmarks.msi_steps import SinglePath
from benchmarks.ratio import Goal, compare
from nasreid.training.pages import kept_pages

WORK = "two training steps of MSINet's network, 16 × 256×128, pages kept"


def bench_pages(benchmark):
    torch.manual_seed(0)
    path = SinglePath()
    compare(benchmark, WORK, {"ours": kept_pages()(path.step), "pages given back": path.step},
            [Goal("pages given back", "faster")], 3, 1)  # fmt: skip
