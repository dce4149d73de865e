"""Labels in the order in which people count."""

import pytest

from nasreid.mutation.labels import natural, some


@pytest.mark.parametrize("labels", [["cell2", "cell10"], ["cell2.op10", "cell2.op11", "cell10.op2"], ["a", "a1", "b"],
                                    ["a_b", "aB"], ["1a", "2a", "10a", "a"], ["", "a"], ["a1.b", "a1a"]])
def test_numbers_count_and_separators_come_first(labels):
    backwards = labels[::-1]
    assert sorted(backwards, key=natural) == labels


def test_a_key_holds_numbers_and_words():
    assert natural("cell10.op2") == ((1, 0, "cell"), (0, 10, ""), (1, 0, " . op"), (0, 2, ""))


def test_six_are_named_and_the_rest_counted():
    names = [f"b{i}" for i in range(12)]
    assert some(names[:6]) == "b0, b1, b2, b3, b4, b5"
    assert some(reversed(names)) == "b0, b1, b2, b3, b4, b5, … (12 in all)"
    assert some(names, 2) == "b0, b1, … (12 in all)"
