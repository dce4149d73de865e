"""The fixed 60/80 split of a stored list of identities, and the stream that starts anew only when exhausted."""

import re

import numpy as np
import pandas as pd

from nasreid.data.batches.plan import Stream
from nasreid.strategies.tcm import TCM
from tests.oracle_adapters.oracle import Oracle


def run(oracle: Oracle) -> None:
    """Positions, labels and numbers of classes of both parts; the cycle of validation batches."""
    identities = oracle.given("list_pid")
    _describe(oracle, np.unique(identities, return_counts=True)[1])
    frame = pd.DataFrame({"identity": identities})
    split = TCM(split="official").split(frame, np.random.default_rng(0))
    assert split.validation is not None
    for name, part in (("train", split.train), ("valid", split.validation)):
        oracle.check(f"{name}_idx", part.rows)
        oracle.check(f"{name}_label", part.labels)
        oracle.check(f"n_{name}", part.classes)
    if "iterloader" in oracle.arrays:
        oracle.check("iterloader", _cycle(oracle, len(oracle.arrays["iterloader"])))


def _describe(oracle: Oracle, counts: np.ndarray) -> None:
    """n identities, each with lo to hi images."""
    oracle.params.agree("n", len(counts))
    lowest, highest = (oracle.params.get(name, end) for name, end in (("lo", counts.min()), ("hi", counts.max())))
    if not lowest <= counts.min() <= counts.max() <= highest:
        raise ValueError(f"parameters lo {lowest} and hi {highest}, but the list has {counts.min()} to {counts.max()}")


def _cycle(oracle: Oracle, length: int) -> list[int]:
    """What a stream of as many batches as the words of the entry list gives in so many steps."""
    found = re.search(r"IterLoader over \[([\d, ]+)\]", oracle.what)
    items = [int(item) for item in found.group(1).split(",")] if found else [0, 1, 2]
    # two identities of two images each make a batch
    stream = Stream(np.arange(4 * len(items)) // 2, p=2, k=2, seed=0)
    return [items[stream.epoch_of(step)[1]] for step in range(length)]
