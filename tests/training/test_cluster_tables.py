"""The table of clusters, from the long table of all metrics."""

import pandas as pd

from nasreid.training.cluster_tables import table


def test_a_row_for_each_clustering_and_no_column_for_what_is_not_known():
    rows = [(0, 0, "loss", 2.0), (0, 0, "clusters", 5.0), (0, 0, "outliers", 1.0), (1, 0, "loss", 1.0),
            (4, 2, "clusters", 6.0), (4, 2, "outliers", 0.0)]
    found = table(pd.DataFrame(rows, columns=["step", "epoch", "name", "value"]))
    assert found.values.tolist() == [[0, 5, 1], [2, 6, 0]]
    assert list(found) == ["epoch", "clusters", "outliers"]
