import json
import re

import pytest

from nasreid.errors import NasreidError
from nasreid.network.exports.record import read_record
from tests.network.exports.networks import portable, tiny


def test_a_record_comes_back_from_its_text():
    _, record = portable(tiny(), baked=True)
    said = record.proven({"images": 3})
    assert read_record(said.text(), "x") == said
    document = json.loads(said.text())
    assert document["input"]["type"].startswith("uint8")
    assert (document["input"]["mean"], document["height"], document["width"]) == ([0.485, 0.456, 0.406], 32, 16)
    assert document["genotype"]["choices"]["block1"] == "conv"


def changed(**more):
    return json.dumps({**json.loads(portable(tiny())[1].text()), **more})


@pytest.mark.parametrize(("text", "words"), [
    (None, "x is not of nasreid: it says nothing of its preprocessing"),
    ("{", "what it says of itself is damaged"),
    ("[]", "what it says of itself is damaged"),
    (changed(format=2), "is of format 2; expected 1"),
    ("[" * 100_000, "damaged"),
    (changed(genotype=3), "genotype 'x' is 3; expected an object"),
    (changed(genotype={"space": "MSI", "arguments": {}, "choices": 3}), "entry 'choices' is 3; expected dict"),
    (changed(height="a"), "height is 'a'"),
    (changed(features=0), "features is 0"),
    (changed(modality=["both"]), "modality is"),
    (changed(after_neck="yes"), "after_neck is 'yes'"),
    (changed(layout=3), "layout is 3"),
    (changed(scores=["x"]), "scores is"),
])
def test_a_record_that_is_none_is_named(text, words):
    with pytest.raises(NasreidError, match=re.escape(words)):
        read_record(text, "x")
