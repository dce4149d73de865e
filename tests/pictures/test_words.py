import html as entities

from hypothesis import given
from hypothesis import strategies as st

from nasreid.pictures import words

TEXT = st.text("\\NGLxa&;#65 \u2060\u00a0<>", max_size=12)


@given(TEXT)
def test_joiners_come_out_of_an_svg_as_they_went_in(text):
    assert entities.unescape(words.written(words.html(text).encode()).decode()) == text


def test_graphviz_finds_none_of_its_own_names():
    assert words.html("C:\\Nets\\Gate \\n") == "C:\\\u2060Nets\\\u2060Gate \\n"
    assert words.plain("\\N &amp;") == "\\\\N &amp;amp;"


def test_second_spaces_are_spaces_and_others_stay():
    assert words.written("a &#160;b\u00a0c".encode()).decode() == "a  b\u00a0c"
