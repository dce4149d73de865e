"""Poolings by name."""

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.network.network import with_neck
from nasreid.network.pooling import GeM, pooled_by
from tests.spaces_for_tests import Tiny

MAPS = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_generalised_mean_lies_between_average_and_maximum():
    average, largest = pooled_by("average")(MAPS), MAPS.amax((2, 3))
    torch.testing.assert_close(GeM(1.0).double()(MAPS), average)
    torch.testing.assert_close(GeM(3.0).double()(MAPS), MAPS.pow(3).mean((2, 3)) ** (1 / 3))
    torch.testing.assert_close(GeM(200.0).double()(MAPS), largest, rtol=0.03, atol=0)
    assert (GeM()(MAPS) > average).all()


def test_its_power_is_learnt_and_maps_below_zero_have_a_slope():
    pool = GeM()
    pool(MAPS - 1).sum().backward()
    assert torch.isfinite(pool.p.grad)


@pytest.mark.parametrize("neck", ["bnneck", "fc", "fc-non-affine"])
def test_any_neck_takes_it(neck):
    names = dict(with_neck(Tiny(), f"{neck}+gem").named_parameters())
    assert "neck.pool.p" in names
    assert set(names) - {"neck.pool.p"} == set(dict(with_neck(Tiny(), neck).named_parameters()))


def test_another_name_is_refused():
    with pytest.raises(NasreidError, match=r"pooling 'gme' \(did you mean 'gem'\?\): expected one of average, gem"):
        with_neck(Tiny(), "bnneck+gme")
    with pytest.raises(NasreidError, match="pooling '': expected one of average, gem"):
        with_neck(Tiny(), "bnneck+")
