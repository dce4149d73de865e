import pytest
import torch

from nasreid.mutation import decisions, freeze
from nasreid.spaces.bn_separation import BNSeparation

DEPTHS = {"width_multiplier": 0.03125, "depths": [1, 1, 1, 1]}


def frozen(**more):
    torch.manual_seed(0)
    space = BNSeparation(inner_args=DEPTHS, **more)
    made = freeze(space, {label: ("separate", "share")[at % 2] for at, label in enumerate(decisions(space))})
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    return made.eval()


@pytest.mark.parametrize("more", [{}, {"relu_before_mix": True}, {"separated": ["layer2.0"]}])
def test_each_image_finds_its_layers_without_a_split_of_the_batch(more):
    space = frozen(**more)
    images, mask = torch.randn(6, 3, 32, 16), torch.tensor([True, False, True, True, False, False])
    expected = space.maps(images, mask)
    torch.testing.assert_close(space.portable("both").maps(images, mask), expected)
    torch.testing.assert_close(space.portable("both").maps(images), space.maps(images))
    for kind, own in (("visible", ~mask), ("infrared", mask)):
        torch.testing.assert_close(space.portable(kind).maps(images)[own], expected[own])
    assert space.sees_modality()
