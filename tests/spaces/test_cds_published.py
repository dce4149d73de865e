"""The published network is one of the space's."""

from nasreid.mutation import validate
from nasreid.spaces.cds import CDS
from nasreid.spaces.cds_published import CDNET, LABELS, choices_of


def test_cdnet_is_a_genotype_of_the_space():
    assert list(choices_of(CDNET)) == list(LABELS)
    validate(CDS(width_multiplier=0.0625), choices_of(CDNET))
