"""How a run was trained is read from every form that its configuration has had."""

import pytest
import yaml

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network.trained import retrained, trained

FLAT = {"nasreid": "0.1.0", "command": "retrain", "data": "people", "layout": "veri776", "neck": "fc", "height": 64,
        "width": 32, "decoder": "pillow", "channels_last": True}
SECTION = {"nasreid": "0.2.0", "retrain": {n: v for n, v in FLAT.items() if n not in ("nasreid", "command")}}
NESTED = {"command": "retrain", "neck": "fc", "budget": {"height": 64, "width": 32}, "engine": {"channels_last": True},
          "augment": {"height": 99, "width": 99, "decoder": "pillow"}, "layout": "veri776"}


def folder(root, config):
    root.mkdir(exist_ok=True)
    Genotype("MSI", {}, {"a": "b"}, {"neck": "fc"}).save(root / "genotype.json")
    (root / "config.yaml").write_text(config if isinstance(config, str) else yaml.safe_dump(config))
    return root


@pytest.mark.parametrize("config", [FLAT, SECTION, NESTED])
def test_all_forms_say_the_same(tmp_path, config):
    made = trained(folder(tmp_path, config))
    assert (made.height, made.width, made.decoder, made.channels_last, made.layout, made.neck) == (
        64, 32, "pillow", True, "veri776", "fc")
    assert made.genotype.choices == {"a": "b"}


def test_what_a_run_from_python_does_not_say_has_a_default(tmp_path):
    made = trained(folder(tmp_path, {"command": "retrain", "budget": {"height": 8, "width": 4},
                                     "augment": None}))
    assert (made.height, made.width, made.decoder, made.channels_last, made.layout) == (8, 4, "fast", False, None)


@pytest.mark.parametrize(("config", "words"), [("retrain: [", r"config\.yaml"),
                                               ("[]", "expected one section with the options of a command"),
                                               ("retrain: {height: tall}", "height is 'tall'; expected pixels")])
def test_a_broken_configuration_is_named(tmp_path, config, words):
    with pytest.raises(NasreidError, match=words):
        trained(folder(tmp_path, config))


def test_an_unfinished_run_is_refused(tmp_path):
    with pytest.raises(NasreidError, match="holds no finished retraining"):
        retrained(folder(tmp_path, FLAT))
