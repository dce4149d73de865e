"""The picture of how a step grows: its points, and that the table of them is drawn."""

import pandas as pd

from benchmarks.growth import AXES, SIDES, USUAL, draw, points


def test_points_differ_from_the_usual_one_along_one_axis():
    rows = points()
    assert len(rows) == 1 + sum(len(values) - (USUAL[axis] in values) for axis, (_, values) in AXES.items())
    assert max(sum(row[name] != USUAL[name] for name in USUAL) for row in rows) == 1


def test_a_table_becomes_a_picture(tmp_path):
    table = pd.DataFrame([{**point, "way": way, "seconds": 1.0, "mib": 2.0} for point in points() for way in SIDES])
    draw(table, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
