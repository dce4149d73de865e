import re

import pytest

from nasreid.cli import main
from nasreid.genotype import Genotype

CHANCES = {"exchange": 0.1, "gate": 0.6, "none": 0.3}


@pytest.fixture
def genotype(tmp_path):
    choices = {f"cell{c}.interaction{i}": "gate" for c in range(1, 7) for i in (1, 2)}
    Genotype("MSI", {}, choices, {"probabilities": dict.fromkeys(choices, CHANCES)}).save(tmp_path / "g.json")
    return tmp_path / "g.json"


def drawn(genotype, *more):
    output = genotype.with_name("g.dot")
    assert main(["draw", str(genotype), "--output", str(output), *map(str, more)]) == 0
    return output.read_text()


def test_probabilities_are_drawn_or_not(genotype):
    assert drawn(genotype).count(">0.60<") == 12
    assert ">0.60<" not in drawn(genotype, "--probabilities", "no")


def test_probabilities_come_from_the_last_epoch_of_a_table(genotype):
    table = genotype.with_name("probabilities.csv")
    rows = [f"{epoch},cell2.interaction1,{name},{p}" for epoch in (0, 1)
            for name, p in (("none", 0.5 - epoch / 4), ("gate", 0.5 + epoch / 4))]
    table.write_text("\n".join(["epoch,label,candidate,probability", *rows]))
    source = drawn(genotype, "--probabilities", table)
    assert re.findall(r">(0\.\d\d)<", source) == ["0.75"]


def test_another_table_is_refused(genotype, capsys):
    table = genotype.with_name("other.csv")
    table.write_text("a,b\n1,2\n")
    assert main(["draw", str(genotype), "--output", str(genotype.with_name("g.svg")), "--probabilities",
                 str(table)]) == 2
    assert "expected yes, no or a search's probabilities.csv" in capsys.readouterr().err
