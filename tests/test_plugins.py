"""Names to classes."""

import pytest

from nasreid.errors import NasreidError
from nasreid.plugins import construct, is_ours, resolve


def test_a_plain_name_is_found_by_reading_the_folder():
    assert resolve("TCM", "strategies").__module__ == "nasreid.strategies.tcm"
    assert resolve("nasreid.strategies.tcm:TCM", "strategies") is resolve("TCM", "strategies")


@pytest.mark.parametrize(("name", "words"), [
    ("MSX", "'MSX' is not among our spaces"),
    ("nasreid.spaces.msi:MSX", r"nasreid.spaces.msi has no class 'MSX' \(did you mean 'MSI'\?\); expected one of"),
    ("no.such.module:MSX", "no module 'no'"),
    ("./none.py:Mine", r"plug-in file './none\.py' does not exist"),
])
def test_an_unknown_name_is_refused(name, words):
    with pytest.raises(NasreidError, match=words):
        resolve(name, "spaces")


def test_a_class_in_a_file_is_loaded_once(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("class Mine:\n    pass\n")
    assert resolve(f"{file}:Mine", "spaces") is resolve(f"{file}:Mine", "spaces")


def test_an_unknown_argument_is_named_with_the_known_ones():
    with pytest.raises(NasreidError, match=r"'trian' \(did you mean 'train'\?\); expected train, validation"):
        construct(resolve("TCM", "strategies"), {"trian": 0.5})


def test_context_reaches_only_those_who_name_it():
    class Wants:
        def __init__(self, classes, margin=1.0):
            self.got = (classes, margin)

    assert construct(Wants, {"margin": 2.0}, classes=7, width=9).got == (7, 2.0)


@pytest.mark.parametrize(("name", "ours"), [
    ("MSI", True), ("nasreid.spaces.msi:MSI", True), ("./nasreid.py:A", False), ("other.module:A", False),
])
def test_what_is_ours(name, ours):
    assert is_ours(name) is ours
