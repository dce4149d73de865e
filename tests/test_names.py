import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.names import LONGEST, printable


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=LONGEST))
def test_text_stays_as_it_is(name):
    assert printable(name) == name


@pytest.mark.parametrize(("name", "said"), [
    ("a\x01b", r"name 'a\\x01b': character 2 is '\\x01'.*expected"), ("a\n", "character 2"), ("\x7f", "character 1"),
    ("\ud800", r"'\\ud800'"), ("a\ufffe", "character 2"), ("\U0001ffff", "character 1"),
    ("x" * 20000, f"name 'x{{30}}…' has 20000 characters; expected at most {LONGEST}"),
])  # fmt: skip
def test_what_no_picture_can_show_is_refused_by_name(name, said):
    with pytest.raises(NasreidError, match=said) as refused:
        printable(name)
    str(refused.value).encode()


def test_the_longest_name_is_no_longer_than_said():
    assert printable("x" * LONGEST)
    with pytest.raises(NasreidError, match=f"has {LONGEST + 1} characters"):
        printable("x" * (LONGEST + 1))
