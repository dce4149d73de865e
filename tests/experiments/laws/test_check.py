"""The laws catch what breaks them, each in a third party's single file, and let through what keeps them."""

import re
from pathlib import Path

import pytest

from nasreid.errors import NasreidError
from nasreid.experiments.laws.check import conformance, kind_of

HERE = Path(__file__).parent
# file, class: words of the law that speaks of it, and of what it says
BROKEN = {
    "spaces": {
        "Shapes": ("All candidates", r"choice 'stage\.two'.*'plain' makes \(4, 8, .*'narrow' \(4, 1, "),
        "Strides": ("All candidates", r"choice 'block': .*'conv' makes \(4, 8, 32, 16\) .*'stride' \(4, 8, 16, 8\)"),
        "Width": ("Every complete genotype", r"block=conv: maps of shape \(5, 8, 32, 16\); expected \(5, 9, h, w\)"),
        "Chance": ("`forward` draws nothing", "a network in evaluation.*: differs by"),
        "Foreign": ("`forward` draws nothing", "in training draws from the global generator of Python"),
        "Lottery": ("the seed of torch's generator alone", "the constructor draws from the global generator of Python"),
        "Company": ("An image's maps depend", "block=conv: another order: differs by"),
        "Mix": ("A cheaper `mix`", "gradient of .* of block: differs by"),
        "Names": ("The frozen supernet", "block=conv"),
        "Middle": ("A space that says `middle_width`", r"middle \(5, 8, 32, 16\), expected \(5, 4, h, w\)"),
        "Closed": ("A space has an open decision", "no open decision"),
    },
    "objectives": {
        "Shape": ("a finite scalar", r"shape \(8,\), expected \(\)"),
        "Order": ("The order of the images", "8 images of 4 identities in another order: differs by"),
        "State": ("`forward` changes no state", "changed: mean"),
        "Gradient": ("those of finite differences", "GradcheckError"),
        "NotANumber": ("The gradients of an objective are finite", "gradient of vectors is not finite"),
        "Twins": ("where two images have the same", "gradient of vectors is not finite"),
        "Needs": ("says what batches it needs", "needs_two_images = False, on 4 images of 4 identities: the value nan"),
        "Silent": ("says what batches it needs", "needs_two_images = True.* expected a NasreidError, got none"),
        "Reads": ("says that it reads", r"no gradient of neck, but of \['vectors'\]"),
        "Memory": ("`start` forgets", "a second start leaves other: mean"),
        "Hidden": ("All that an objective has learnt", "before, .* with the state of it"),
    },
    "strategies": {
        "Deaf": ("What a split leaves to luck", "8 seeds make the same split"),
        "Elsewhere": ("`split` follows from its generator", "split draws from the global generator of numpy"),
        "Overlap": ("share no image", "80 images are in it twice, such as row 0"),
        "Labels": ("share no image", "the half validation: labels 1, 2, 3.* expected 0 to 9"),
        "Counting": ("`split` follows", "split changed the state of the strategy"),
        "Invented": ("a candidate of every decision", "choice 'one' is 'best', which is no candidate; expected a, b"),
        "Dice": ("a candidate of every decision", "choose draws from the global generator of numpy"),
        "Frozen": ("The temperature is positive", r"temperature 0\.0 in epoch 0 of 4"),
        "Lone": ("`objectives` follows from the seed", "objective of the architecture step None, images for it yes"),
        "Worst": ("finds the candidates", "slot1 is .*, planted is red"),
    },
    "relaxations": {
        "TwoDraws": ("are the same draw", r"index \d, but weights"),
        "Precision": ("are the same draw", r"index \d, but weights"),
        "Sum": ("as a rule sum to one", "at temperature .*: the sum is"),
        "Odds": ("as often as `odds` says", "drawn .* of 2500, odds"),
        "Probabilities": ("Probabilities .* sum to one", "the sum is"),
        "Start": ("Raw alphas", r"start of 2 candidates: shape \(3,\), expected \(2,\)"),
        "Elsewhere": ("follow from the generator alone", "noise draws from the global generator of torch"),
        "Cut": ("Alphas get a finite gradient", "weights do not depend on alpha"),
        "Upside": ("At a low temperature", "at temperature 1e-3"),
    },
    "layouts": {
        "Columns": ("the documented columns", "no column 'camera' among path, identity, cam"),
        "Kinds": ("the documented columns", "column identity is .*; expected whole numbers"),
        "Unsorted": ("the rows are sorted", r"not sorted by path: .*\.png stands before .*\.png"),
        "Leak": ("Nobody is both trained on and tested", "identity 1 is both trained on and tested, in gallery"),
        "Ghosts": ("Every path of a frame is a file", r"no file .*\.pngx"),
        "Fickle": ("Reading again gives the same frame", "another object reads another frame"),
        "Nothing": ("Where nothing is", "an empty folder is read; expected a NasreidError"),
        "Any": ("Every option of a layout", r"Any takes any argument as \*\*options"),
        "Unscored": ("What a layout says of its data", "the protocol ''; expected a name"),
        "Others": ("the embedded people", "other camera than expected"),
    },
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_part_without_fault_keeps_all_laws(kind):
    found = conformance(f"{HERE / f'broken_{kind}.py'}:Good")
    assert [verdict for verdict in found if not verdict.kept] == []
    assert len(found) > 5


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, row in BROKEN.items() for name in row])
def test_what_breaks_a_law_is_caught_by_the_law_that_speaks_of_it(kind, name):
    law, what = BROKEN[kind][name]
    found = conformance(f"{HERE / f'broken_{kind}.py'}:{name}")
    spoken = [verdict for verdict in found if re.search(law, verdict.law)]
    assert [verdict.kept for verdict in spoken] == [False], [v for v in found if not v.kept]
    assert re.search(what, spoken[0].what), spoken[0].what
    assert all("\n" not in verdict.what for verdict in found)


def test_arguments_reach_the_part():
    name = f"{HERE / 'broken_spaces.py'}:Good"
    broken = [verdict for verdict in conformance(name, {"second": 9}) if not verdict.kept]
    assert "candidate 'plain' makes (4, 8, 8, 4) and candidate 'wide' (4, 9, 8, 4)" in broken[0].what


@pytest.mark.parametrize(("name", "arguments", "kind", "words"), [
    ("Triplett", {}, None, "Triplet"),
    ("SinglePath", {}, None, "our strategies and our relaxations"),
    ("Triplet", {}, "losses", "kind 'losses': expected one of"),
    ("Triplet", {}, "spaces", "'Triplet' is not among our spaces"),
    ("MSI", {"depth": 3}, None, "has no argument 'depth'"),
    ("nasreid.batch:Batch", {}, None, "'nasreid.batch:Batch' is none of ours by its base class"),
    ("./nowhere.py:Mine", {}, None, "does not exist"),
    (f"{HERE / 'broken_layouts.py'}:Unwritten", {}, None, "Unwritten does not say how people are written"),
])
def test_what_names_no_part_is_refused(name, arguments, kind, words):
    with pytest.raises(NasreidError, match=re.escape(words)):
        conformance(name, arguments, kind)


def test_a_layout_is_called_by_its_own_name_or_held_to_a_folder_of_its_data(tmp_path):
    assert all(verdict.kept for verdict in conformance("market1501", {"modalities": "both"}))
    name = f"{HERE / 'broken_layouts.py'}:Unwritten"
    for split, people in (("train", (1, 2)), ("query", (3, 4)), ("gallery", (3, 4))):
        for who in people:
            (tmp_path / f"{split}-{who}-1-0.png").touch()
    assert all(verdict.kept for verdict in conformance(name, root=tmp_path))
    (tmp_path / "gallery-2-1-0.png").touch()
    broken = [verdict.what for verdict in conformance(name, root=tmp_path) if not verdict.kept]
    assert all(re.search("identity 2 is in train .* and in gallery", what) for what in broken)
    assert broken


@pytest.mark.parametrize("kind", BROKEN)
def test_the_kind_follows_from_the_base_class(kind):
    assert kind_of(f"{HERE / f'broken_{kind}.py'}:Good") == kind
