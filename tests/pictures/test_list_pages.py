import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nasreid.evaluation.ranked import COLUMNS
from nasreid.pictures.list_pages import pages


@pytest.fixture
def table(tmp_path):
    for name in ("q<1>", "a", "b"):
        noise = np.random.default_rng(0).integers(0, 255, (300, 120, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{name}.png")
    rows = [(f"{tmp_path}/{name}.png", q, 1, 1, f"{tmp_path}/b.png", 5, 2, 0.25, q == 0)
            for q, name in enumerate(("q<1>", "a"))]
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


class Reader(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_pages_hold_their_pictures_and_link_to_each_other(table, tmp_path):
    first, second = pages(table, tmp_path / "out", "Lists of A & B", per_page=1)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["page-001.html", "page-002.html"]
    found = Reader(first.read_text()).found
    pictures = [attrs for tag, attrs in found if tag == "img"]
    assert [picture["alt"] for picture in pictures] == ["q<1>.png", "b.png"]
    assert all(picture["src"].startswith("data:image/jpeg;base64,") for picture in pictures)
    assert {attrs["href"] for tag, attrs in found if tag == "a"} == {second.name}
    assert not re.search(r"https?://|<script", first.read_text())
    assert "Lists of A &amp; B" in first.read_text()
    assert max(len(picture["src"]) for picture in pictures) < 20_000


def test_right_and_wrong_differ_in_more_than_colour(table, tmp_path):
    first, second = (path.read_text() for path in pages(table, tmp_path / "out", "Lists", per_page=1))
    assert '<figure class="right">' in first
    assert "✓ 0.250" in first
    assert '<figure class="wrong">' in second
    assert "✗ 0.250" in second
