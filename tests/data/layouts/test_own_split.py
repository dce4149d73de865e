"""Numbers for names, and a split by identity."""

from hypothesis import given
from hypothesis import strategies as st

from nasreid.data.layouts.own_split import drawn, numbers
from nasreid.data.layouts.source import Row
from nasreid.errors import NasreidError


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 3)), min_size=1, max_size=40), st.floats(0, 1),
       st.integers(0, 3))
def test_a_drawn_split_shares_nobody_and_leaves_every_query_a_match(
    seen: list[tuple[int, int]], share: float, seed: int
) -> None:
    rows = list(drawn([Row(f"{n:03d}", who, camera, "") for n, (who, camera) in enumerate(seen)], share, seed))
    train = {row.identity for row in rows if row.split == "train"}
    assert len(rows) == len(seen)
    assert not train & {row.identity for row in rows if row.split != "train"}
    for row in rows:
        images = sum(other.identity == row.identity for other in rows)
        answers = sum(other.identity == row.identity and other.split == "gallery" for other in rows)
        assert row.split != "query" or answers or images == 1
    assert rows == list(drawn([row._replace(split="") for row in rows], share, seed))


@given(st.sets(st.text(max_size=5), max_size=8))
def test_names_get_numbers_of_their_own(names: set[str]) -> None:
    try:
        found = numbers(names, "identity")
    except NasreidError:
        assert any(name.lstrip("-").isdigit() for name in names)
    else:
        assert found[""] == -1
        assert len({found[name] for name in names}) == len(names)
        assert all(found[name] >= 0 for name in names - {""})
