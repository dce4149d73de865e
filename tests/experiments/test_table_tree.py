"""Where a decision of a table exists, read from its gaps: searches on nested tables ask for what is there."""

import numpy as np
import pandas as pd
import pytest

from nasreid.errors import NasreidError
from nasreid.experiments.table_search import play
from nasreid.experiments.table_tree import tree
from nasreid.experiments.truth import Truth
from nasreid.mutation import Decisions
from nasreid.plugins import MULTI_TRIAL

DEEP = frozenset(["deep"])
# a label that exists for two reasons, and one that lies two deep
KNOWN = Decisions({"act": ["relu", "elu"], "one": ["conv", "skip"], "inner": ["norm", "act"], "norm": ["bn", "in"],
                   "two": ["deep", "skip"]},
                  {"act": [{"two": DEEP, "inner": frozenset(["act"])}], "inner": [{"two": DEEP}],
                   "norm": [{"one": frozenset(["conv"])}, {"two": DEEP, "inner": frozenset(["norm"])}]})


def truth(known=KNOWN, left_out=0):
    rows = list(known.architectures())[left_out:]
    table = pd.DataFrame(rows)[list(known)]
    return Truth.of(table.assign(seed=0, mAP=np.arange(len(rows)) % 7, images=10.0, seconds=1.0))


def test_decisions_exist_where_those_of_the_space_do():
    found = tree(truth())
    assert found == KNOWN
    assert found.count() == KNOWN.count() == 13
    for choices in KNOWN.architectures():
        found.check(choices)
    assert tree(truth(Decisions({"a": ["x", "y"], "b": ["1", "2"]}))).ways == {}


@pytest.mark.parametrize("strategy", [name for name in MULTI_TRIAL if name not in ("gp", "nsga2")])
def test_a_search_on_a_nested_table_asks_for_architectures(strategy):
    table = truth()
    found = play(table, strategy, 12, 0)
    assert len(found) == 12
    assert found["regret"].iloc[-1] < 6
    assert set(found["place"]) <= set(range(13))


def test_a_table_that_lacks_architectures_is_refused():
    with pytest.raises(NasreidError, match="the table has 12 of 13 architectures"):
        play(truth(left_out=1), "random", 3, 0)
