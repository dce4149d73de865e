from hypothesis import given
from hypothesis import strategies as st

from nasreid.pictures.colours import MORE, NOTHING, PALETTE, colours, counted, ink, tint

NAMES = st.sets(st.text("abc0-_é", max_size=8).filter(lambda name: not counted(name)), max_size=10)


@given(NAMES)
def test_ten_names_have_ten_colours_in_any_order(names):
    found = colours(names)
    assert set(found) == names
    assert len(set(found.values())) == len(names)
    assert set(found.values()) <= {*PALETTE, *MORE}
    assert colours(sorted(names, reverse=True)) == found


def test_a_name_keeps_its_colour_whatever_is_drawn_with_it():
    everyone = colours(["none", "exchange", "gate", "attention"])
    for name, colour in everyone.items():
        assert colours([name]) == {name: colour}
    assert everyone["none"] == NOTHING


def test_more_names_than_colours_repeat_some():
    assert len(set(colours(f"operation{i}" for i in range(30)).values())) == 10


def test_ink_is_readable():
    assert [ink("#000000"), ink("#0072B2")] == ["#FFFFFF", "#FFFFFF"]
    assert [ink("#FFFFFF"), ink("#F0E442")] == ["#000000", "#000000"]


def test_tint_goes_from_white_to_the_colour():
    assert [tint("#0072B2", share) for share in (0, 1)] == ["#FFFFFF", "#0072B2"]
    assert tint("#000000", 0.5) == "#808080"
