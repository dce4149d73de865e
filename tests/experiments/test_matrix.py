"""What fits what, as tables: cells that fit, that a recipe of ours says, and that are refused."""

from nasreid.available import complete
from nasreid.experiments.matrix import FITS, OWN, RECIPE, Matrix, Said, strategies_by_objectives

RECIPES = {"one": {"search": {"space": "CDS", "strategy": "CEDarts", "objectives": [{"objective": "Triplet"}]}},
           "two": {"search": {}, "compare": {"variants": {"a": {"strategy": "Gumbel"}, "b": {"space": "Micro"}}}},
           "three": {"retrain": {}}}


def test_recipes_say_what_they_search_with():
    said = Said.by(RECIPES)
    assert said.spaces == {("CDS", "CEDarts"): ["one"], ("MSI", "TCM"): ["two"], ("MSI", "Gumbel"): ["two"],
                           ("Micro", "TCM"): ["two"]}
    assert said.objectives == {("CEDarts", "Triplet"): ["one"]}


def test_refusals_have_numbers_and_stand_below():
    made = Matrix.of(["a", "bb"], ["x", "long"], {("a", "x"): "why", ("bb", "long"): "other", ("bb", "x"): "why"},
                     {("a", "long"): RECIPE, ("a", "x"): RECIPE})
    assert made.lines() == [["a", "1", RECIPE], ["bb", "1", "2"]]
    assert made.text() == "   x long\na  1  r\nbb 1  2\n1: why\n2: other"


def test_strategies_refuse_what_they_cannot_train():
    made = strategies_by_objectives(RECIPES)
    assert (list(made.rows), list(made.columns)) == (list(complete("strategies")), list(complete("objectives")))
    assert made.marks["CEDarts", "Triplet"] == RECIPE
    assert made.marks["TCM", "Memory"] == OWN
    assert made.marks["TCM", "Triplet"] == FITS
    refusals = {cell: made.refusals[int(mark) - 1] for cell, mark in made.marks.items() if mark.isdigit()}
    assert {column for row, column in refusals if row == "Random"} == set(made.columns)
    assert {row for row, column in refusals if column == "CrossEntropy"} == {"Random", "TCM", "CMNAS"}
    assert "different identities" in refusals["TCM", "CrossEntropy"]
    assert set(refusals) == {cell for cell in refusals if cell[0] == "Random" or cell[1] == "CrossEntropy"}
