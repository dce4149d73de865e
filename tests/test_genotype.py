"""Genotypes as files: readable, checked, never executed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import built

words = st.text(min_size=1, max_size=8)
GATES = {f"cell{c}.interaction{i}": "gate" for c in range(1, 7) for i in (1, 2)}


@given(st.dictionaries(words, words), st.dictionaries(words, st.integers() | st.booleans() | words))
def test_saving_and_loading_is_the_identity(tmp_path_factory, choices, arguments):
    path = tmp_path_factory.mktemp("genotype") / "g.json"
    genotype = Genotype("MSI", arguments, choices, {"seed": 1})
    genotype.save(path)
    assert Genotype.load(path) == genotype


@pytest.mark.parametrize(("record", "words"), [
    ("[]", "holds a list; expected an object"),
    ("{", "is no JSON"),
    ('{"space": "MSI", "arguments": {}}', "has no entry 'choices'"),
    ('{"space": 3, "arguments": {}, "choices": {}}', "entry 'space' is 3; expected str"),
    ('{"space": "MSI", "arguments": {}, "choices": {}, "code": "1"}', "unknown entry 'code'"),
    ('{"space": "MSI", "arguments": {}, "choices": {"a": 1}}', "choice 'a' is 1; expected a candidate's name"),
])
def test_a_malformed_file_is_named_with_its_fault(tmp_path, record, words):
    path = tmp_path / "g.json"
    path.write_text(record)
    with pytest.raises(NasreidError, match=words):
        Genotype.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NasreidError, match=r"none\.json' cannot be read"):
        Genotype.load(tmp_path / "none.json")


def test_a_foreign_space_is_not_executed_unless_confirmed(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("raise RuntimeError('executed')\n")
    genotype = Genotype(f"{file}:Mine", {}, {"a": "b"})
    with pytest.raises(NasreidError, match="would be executed; confirm with --space"):
        built(genotype)
    with pytest.raises(NasreidError, match="RuntimeError: executed"):
        built(genotype, space=f"{file}:Mine")


@pytest.mark.parametrize("arguments", [{"inner": "FILE"}, {"inner": "BNSeparation", "inner_args": {"inner": "FILE"}}])
def test_a_foreign_space_inside_the_arguments_is_not_executed_either(tmp_path, arguments):
    file = tmp_path / "mine.py"
    file.write_text("raise RuntimeError('executed')\n")
    name = f"{file}:Mine"
    given = json.loads(json.dumps(arguments).replace("FILE", name))
    genotype = Genotype("BNSeparation", given, {"a": "b"})
    with pytest.raises(NasreidError, match="would be executed; confirm with --space"):
        built(genotype)
    with pytest.raises(NasreidError, match="RuntimeError: executed"):
        built(genotype, space=name)
    with pytest.raises(NasreidError, match="RuntimeError: executed"):
        built(genotype, **given)


def test_a_confirmation_of_another_space_is_refused():
    with pytest.raises(NasreidError, match=r"genotype is of space 'MSI', not '\./mine\.py:Mine'"):
        built(Genotype("MSI", {}, GATES), space="./mine.py:Mine")


def test_building_is_independent_and_follows_the_seed():
    genotype = Genotype("MSI", {"width_multiplier": 0.125}, GATES)
    one, two, other = built(genotype, seed=1), built(genotype, seed=1), built(genotype, seed=2)
    first, second, third = (n.space.state_dict()["stem.conv.weight"] for n in (one, two, other))
    assert decisions(one.space) == {}
    assert first.equal(second)
    assert first.data_ptr() != second.data_ptr()
    assert not first.equal(third)


def test_the_file_can_be_edited_by_hand(tmp_path):
    path = tmp_path / "g.json"
    Genotype("MSI", {}, GATES).save(path)
    record = json.loads(path.read_text())
    record["choices"]["cell3.interaction2"] = "exchange"
    path.write_text(json.dumps(record))
    assert Genotype.load(path).choices["cell3.interaction2"] == "exchange"
