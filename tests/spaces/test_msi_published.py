"""Genotypes in letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.mutation import validate
from nasreid.spaces.msi import MSI
from nasreid.spaces.msi_published import PUBLISHED, choices_of, letters_of, named


@given(st.text("NEGA", min_size=12, max_size=12))
def test_letters_there_and_back(letters):
    assert letters_of(choices_of(letters)) == letters


def test_published_genotypes_are_genotypes_of_the_space():
    space = MSI(width_multiplier=0.125)
    for letters in PUBLISHED.values():
        validate(space, choices_of(letters))
    assert choices_of(PUBLISHED["MSINet"])["cell4.interaction2"] == "none"


@pytest.mark.parametrize(("name", "letters"), [
    ("msinet", "GGEGAGGNGAEA"), ("msinet-vr", "GGEAGAGAAAEA"), ("msinet-s", "EAGAAAGAEAEA"), ("msi-none", 12 * "N"),
    ("msi-exchange", 12 * "E"), ("msi-gate", 12 * "G"), ("msi-attention", 12 * "A")])
def test_published_and_single_operation_networks_have_names(name, letters):
    assert named(name) == ({}, choices_of(letters))


def test_a_random_genotype_depends_on_its_seed_alone():
    drawn = [letters_of(named(f"msi-random-{seed}")[1]) for seed in range(20)]
    assert len(set(drawn)) == 20
    assert letters_of(named("msi-random-7")[1]) == drawn[7]


@pytest.mark.parametrize("name", ["MSINet", "msi", "msi-random-", "msi-random-x", "msi-random"])
def test_another_name_is_none(name):
    assert named(name) is None


@pytest.mark.parametrize("letters", ["GGEG", "GGEGAGGNGAEAG", "GGEGAGGNGAEX"])
def test_wrong_letters_are_named(letters):
    with pytest.raises(NasreidError, match=f"genotype '{letters}': expected 12 of the letters N, E, G, A"):
        choices_of(letters)


def test_wrong_choices_are_named():
    with pytest.raises(NasreidError, match=r"cell6.interaction2' is None"):
        letters_of({label: name for label, name in choices_of("N" * 12).items() if label != "cell6.interaction2"})
