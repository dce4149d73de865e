"""Classes among ours, by reading."""

from nasreid.available import available, complete


def test_only_finished_plugins_are_listed():
    assert "Interaction" in available("spaces")
    assert {"MSI"} <= set(complete("spaces"))
    assert "Interaction" not in complete("spaces")
    assert {"TCM", "CEDarts", "Random"} <= set(complete("strategies"))
