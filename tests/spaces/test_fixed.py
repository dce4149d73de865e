import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.experiments.laws.inputs import images
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import built
from nasreid.network.necks import TwoFeatureNeck
from nasreid.spaces.fixed import Fixed

SMALL = {"width_multiplier": 0.125}
REST = {"cell[1-5].*": "none", "cell6.interaction1": "gate"}


def test_the_network_is_that_of_the_inner_space():
    ours = built(Genotype("Fixed", {"inner": "MSI", "inner_args": SMALL, "choices": REST},
                    {"cell6.interaction2": "exchange"}), seed=3)
    choices = {**{f"cell{c}.interaction{i}": "none" for c in range(1, 6) for i in (1, 2)},
               "cell6.interaction1": "gate", "cell6.interaction2": "exchange"}
    inner = built(Genotype("MSI", SMALL, choices), seed=3)
    assert isinstance(ours.neck, TwoFeatureNeck)
    own = {name.replace("space.inner.", "space."): value.sum().item() for name, value in ours.state_dict().items()}
    assert own == {name: value.sum().item() for name, value in inner.state_dict().items()}
    assert torch.equal(ours.eval().vectors(images()), inner.eval().vectors(images()))


def test_an_exact_label_and_the_first_pattern_decide():
    space = Fixed("MSI", SMALL, {"cell1.interaction1": "gate", "cell*": "none"})
    assert decisions(space) == {}
    assert type(space.inner.cell1.interaction1).__name__ == "Gate"
    assert type(space.inner.cell1.interaction2).__name__ == "Nothing"


@pytest.mark.parametrize(("inner", "arguments", "choices", "left"), [
    ("InPlacement", {"width_multiplier": 0.125, "streams": 1}, {"conv?.block2": "plain"}, 3),
    ("BNSeparation", {"inner_args": {"width_multiplier": 0.0625}}, {"layer*": "share"}, 1),
    ("BNSeparation", {"inner": "MSI", "inner_args": SMALL}, {"cell*.bn": "share", "*.interaction?": "none"}, None)])
def test_any_space_can_be_fixed(inner, arguments, choices, left):
    space = Fixed(inner, arguments, choices)
    known = decisions(space)
    assert left is None or len(known) == left
    network = built(Genotype("Fixed", {"inner": inner, "inner_args": arguments, "choices": choices},
                       {label: names[-1] for label, names in known.items()}))
    modality = torch.tensor([True, False, True, False])
    assert torch.isfinite(network.eval().vectors(images(), modality)).all()


@pytest.mark.parametrize(("arguments", "words"), [
    ({"choices": {"cell7.*": "none"}}, r"choice 'cell7.\*' fits no decision of MSI; expected a label .*cell1"),
    ({"choices": {"cell1.*": "nothing"}}, "choice 'cell1.interaction1' is 'nothing': expected one of none"),
    ({"inner": "nasreid.spaces.resnet:ResNet50"}, "expected a SearchSpace")])
def test_what_cannot_be_decided_is_named(arguments, words):
    with pytest.raises(NasreidError, match=words):
        Fixed(**{"inner_args": SMALL if "inner" not in arguments else {}, **arguments})
