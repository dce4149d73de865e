"""What a user can do wrong with choice() is one line that names it."""

import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze, relax
from nasreid.mutation.door import LayerChoice, nni
from nasreid.network.build import open_space
from nasreid.relaxation import SinglePath, Softmax
from nasreid.space import SearchSpace, choice

IMAGES = torch.randn(2, 3, 8, 8)


def conv(width=4):
    return nn.Conv2d(3, width, 1)


class Says(nn.Module):
    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, x):
        return self.output(x)


class Toy(SearchSpace):
    """Whatever `make` puts into it; `run` is what it does."""

    def __init__(self, make, run=lambda space, x: space.op(x)):
        super().__init__()
        self.width, self.run = 4, run
        made = make()
        for name, value in made.items() if isinstance(made, dict) else [("op", made)]:
            setattr(self, name, value)

    def maps(self, images, modality=None):
        return self.run(self, images)


WRONG = {
    "list": (("op", [conv()]), "candidates of choice 'op' are a list; expected a dict {name: module}"),
    "empty": (("op", {}), "candidates of choice 'op' are empty; expected a dict"),
    "class": (("op", {"a": nn.Identity}), "candidate 'a' of choice 'op' is the class Identity itself"),
    "function": (("op", {"a": lambda x: x}), "candidate 'a' of choice 'op' is a function; expected a module"),
    "none": (("op", {"a": None}), "candidate 'a' of choice 'op' is None; expected a module"),
    "number": ((3, {"a": conv()}), "choice label is a int; expected a text"),
    "no label": (("", {"a": conv()}), "choice label is empty; expected a text"),
    "swapped": (({"a": conv()}, "op"), "choice label is a dict; expected a text .*, then the candidates"),
    "slash": (("a/b", {"a": conv()}), "choice label 'a/b': expected a label without '/'"),
    "mix": (("op", {"a": conv()}, "sum"), "mix of choice 'op' is 'sum'; expected a function"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_makes_no_choice_is_named(kind):
    arguments, words = WRONG[kind]
    with pytest.raises(NasreidError, match=words):
        choice(*arguments)


@pytest.mark.parametrize("name", ["random", "a.b", "forward", "", "choice", "names", "_softmax", 3])
def test_a_reserved_candidate_name_is_refused(name):
    with pytest.raises(NasreidError, match="rename it"):
        choice("label", {name: nn.Identity(), "other": nn.Identity()})


OUTPUTS = {
    "channels": ({"a": conv(4), "b": conv(8)},
                 r"choice 'op': of inputs of shape \(2, 3, 8, 8\) candidate 'a' makes \(2, 4, 8, 8\) and candidate 'b' "
                 r"\(2, 8, 8, 8\); expected one shape"),
    "pooled": ({"a": nn.Identity(), "b": nn.AdaptiveAvgPool2d(1)}, r"'a' makes \(2, 3, 8, 8\) and .* \(2, 3, 1, 1\)"),
    "pair": ({"a": nn.Identity(), "b": Says(lambda x: (x, x))}, r"and candidate 'b' \(\(2, 3, 8, 8\), \(2"),
    "dict": ({"a": Says(lambda x: {"x": x})}, "candidate 'a' of choice 'op' returns a dict; expected a tensor"),
    "inputs": ({"a": nn.Conv2d(7, 4, 1)}, r"candidate 'a' of choice 'op' fails on inputs of shape \(2, 3, 8, 8\): G"),
}


@pytest.mark.parametrize("odd", ["a\x01", "\ud800", "x" * 300])
def test_names_that_no_picture_can_show_are_refused_before_a_search(odd):
    with pytest.raises(NasreidError, match=r"name '(a|.ud800|x*)"):
        choice(odd, {"a": nn.Identity(), "b": nn.Identity()})
    with pytest.raises(NasreidError, match="name '"):
        choice("op", {odd: nn.Identity(), "b": nn.Identity()})


@pytest.mark.parametrize("kind", OUTPUTS)
def test_candidates_that_cannot_be_mixed_are_named_with_their_shapes(kind):
    candidates, words = OUTPUTS[kind]
    supernet = relax(Toy(lambda: choice("op", candidates)), Softmax())
    with pytest.raises(NasreidError, match=words):
        supernet(IMAGES)


def test_candidates_that_run_alone_are_compared_with_the_one_before():
    supernet = relax(Toy(lambda: choice("op", {"a": conv(4), "b": conv(8)})), SinglePath())

    def several_steps():
        for seed in range(20):
            supernet.draw(1.0, torch.Generator().manual_seed(seed))
            supernet(IMAGES)

    with pytest.raises(NasreidError, match=r"choice 'op': .*expected one shape"):
        several_steps()


def test_a_failing_mix_names_its_choice():
    supernet = relax(Toy(lambda: choice("op", {"a": conv()}, mix=lambda candidates: None)), Softmax())
    with pytest.raises(NasreidError, match=r"the mix of choice 'op' fails on inputs of shape .*positional argument"):
        supernet(IMAGES)


@pytest.mark.parametrize("others", ["ac", "ba"])
def test_one_label_with_other_candidates_elsewhere_is_named_with_both(others):
    space = Toy(lambda: {"op": choice("op", {"a": conv(), "b": conv()}),
                         "more": choice("op", {name: conv() for name in others})})
    words = f"choice 'op' has the candidates a, b in one place and {', '.join(others)} in another"
    for use in (decisions, lambda space: relax(space, Softmax()), lambda space: freeze(space, {"op": "a"})):
        with pytest.raises(NasreidError, match=words):
            use(space)


FOREIGN = {
    "LayerChoice": (lambda: LayerChoice({"a": conv(), "b": conv()}, label="x"), "NNI's LayerChoice at 'op'"),
    "value": (lambda: {"op": choice("op", {"a": conv()}), "depth": nni.choice("depth", [1, 2])},
              r"NNI's Categorical\(\[1, 2\], label='depth'\) in the space itself"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_nni_s_own_mutables_are_named(kind):
    make, words = FOREIGN[kind]
    with pytest.raises(NasreidError, match=f"{words} is no decision of nasreid; expected choice"):
        relax(Toy(make), Softmax())


def test_what_is_no_space_is_named():
    with pytest.raises(NasreidError, match="choice 'op' is the space itself; expected a SearchSpace around it"):
        relax(choice("op", {"a": conv()}), Softmax())
    with pytest.raises(NasreidError, match="Sequential is no space; expected a subclass"):
        freeze(nn.Sequential(choice("op", {"a": conv()})), {"op": "a"})
    with pytest.raises(NasreidError, match=r"has no open decision; expected at least one choice\(\)"):
        relax(Toy(lambda: {"op": conv(), "hidden": [choice("x", {"a": conv()})]}), Softmax())


def test_an_open_choice_is_not_run():
    with pytest.raises(NasreidError, match="choice 'op' is still open; expected a space that is relaxed"):
        Toy(lambda: choice("op", {"a": conv()}))(IMAGES)


@pytest.mark.parametrize(("line", "words"), [
    ("nn.Conv2d(3, nni.choice('w', [4, 8]), 1)", "cannot be made: Cannot use bool.*none of NNI's own values"),
    ("self.missing", "cannot be made: 'Mine' object has no attribute 'missing'")])
def test_a_space_whose_constructor_fails_is_named(line, words, tmp_path):
    (tmp_path / "mine.py").write_text(f"""
import nni
from torch import nn
from nasreid.space import SearchSpace
class Mine(SearchSpace):
    def __init__(self):
        super().__init__()
        self.op = {line}
    def maps(self, images, modality=None):
        return images
""")
    with pytest.raises(NasreidError, match=words):
        open_space(f"{tmp_path / 'mine.py'}:Mine", {})


def test_a_mix_is_declared_with_the_choice_and_used():
    def mix(candidates, weights, x):
        return x * 0 + weights[1] * len(candidates)

    space = Toy(lambda: choice("op", {"a": nn.Identity(), "b": nn.Identity()}, mix))
    supernet = relax(space, Softmax(), {"op": torch.zeros(2)})
    assert torch.equal(supernet(IMAGES), torch.ones_like(IMAGES))
    supernet.mix_plainly()
    assert torch.equal(supernet(IMAGES), IMAGES)


def test_what_is_shared_stays_shared():
    block = nn.Sequential(choice("inner", {"conv": nn.Conv2d(3, 3, 1), "skip": nn.Identity()}), nn.Conv2d(3, 3, 1))
    space = Toy(lambda: {"first": block, "second": nn.Sequential(block, nn.ReLU())},
                lambda own, x: own.second(own.first(x)))
    network = freeze(space, {"inner": "conv"})
    assert network.first is network.second[0]
    assert network.first[1].weight is block[1].weight
    supernet = relax(space, Softmax())
    assert supernet.space.first[0] is supernet.space.second[0][0]
    assert supernet(IMAGES).shape == IMAGES.shape


def test_one_choice_under_two_names_is_one():
    made = choice("op", {"a": nn.Conv2d(3, 3, 1), "b": nn.Identity()})
    supernet = relax(Toy(lambda: {"op": made, "again": made}, lambda own, x: own.op(own.again(x))), Softmax())
    assert supernet.space.op is supernet.space.again
    assert supernet(IMAGES).shape == IMAGES.shape
