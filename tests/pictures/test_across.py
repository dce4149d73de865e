"""The pictures of several data sets: what they say, in colours and without."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nasreid.evaluation.mean_ranks import MeanRanks
from nasreid.evaluation.several import Several
from nasreid.pictures.across import BAR, critical_differences, means, profiles
from nasreid.pictures.colours import palette

NAMES = ("TCM", "CEDarts", "Gumbel", "$a$ _x", "Random")
LONG = ("a strategy with a name that says what it does, and with which arguments", "b", "c")
SCALE = "normalised mAP: 0 is Random, 1 is 100 %"


def curves(names=NAMES, sure=True):
    taus = np.linspace(0, 1, 41)
    return pd.concat([pd.DataFrame({"variant": name, "threshold": taus, "share": 1 - taus ** (i + 1),
                                    "low": 0.9 - taus if sure else np.nan, "high": 1.0 if sure else np.nan})
                      for i, name in enumerate(names)])


def intervals(names=NAMES, sure=True):
    at = np.linspace(0, 0.5, len(names))
    return pd.DataFrame({"variant": names, "iqm": at, "low": at - 0.1 if sure else np.nan,
                         "high": at + 0.2 if sure else np.nan})


def ranked(datasets=30, names=NAMES):
    """Always in this order, the last two in turn."""
    values = np.tile(-np.arange(len(names), dtype=float), (datasets, 1))
    values[::2, -2:] = values[::2, :-3:-1]
    return MeanRanks.of(Several(tuple(map(str, range(datasets))), tuple(names), values[..., None]))


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def fits(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    page = figure.bbox
    boxes = [part.get_tightbbox(canvas.get_renderer()) for part in (*figure.legends, *figure.axes)]
    return all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1 for box in boxes)


def test_a_profile_has_a_line_and_a_band_for_each_variant():
    figure = profiles(curves(), SCALE)
    (axes,) = figure.axes
    assert [line.get_color() for line in axes.get_lines()] == list(palette(NAMES).values())
    assert len({line.get_marker() for line in axes.get_lines()}) == len(axes.collections) == len(NAMES)
    for at, line in enumerate(axes.get_lines()):
        np.testing.assert_allclose(line.get_ydata(), 1 - np.asarray(line.get_xdata()) ** (at + 1))
    assert (axes.get_xlabel(), axes.get_ylabel()) == (SCALE, "share of runs above")
    assert axes.get_xlim() == (0, 1)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(NAMES)
    alone = profiles(curves(sure=False), SCALE).axes[0]
    assert (len(alone.get_lines()), len(alone.collections)) == (len(NAMES), 0)


def test_means_have_intervals_where_there_are_any():
    (axes,) = means(intervals(), SCALE).axes
    rule, *lines = axes.get_lines()
    assert set(rule.get_xdata()) == {0}
    assert len(lines) == 2 * len(NAMES)
    np.testing.assert_allclose(lines[-2].get_xdata(), [0.4, 0.7])
    np.testing.assert_allclose(lines[-1].get_xdata(), [0.5])
    assert [label.get_text() for label in axes.get_yticklabels()] == list(NAMES)
    assert texts(axes.figure) == ["0.00", "0.12", "0.25", "0.38", "0.50"]
    assert axes.get_xlabel() == f"interquartile mean, {SCALE}"
    assert len(means(intervals(sure=False), SCALE).axes[0].get_lines()) == 1 + len(NAMES)


def test_a_bar_joins_what_does_not_differ():
    found = ranked()
    assert found.groups == (("TCM", "CEDarts"), ("CEDarts", "Gumbel"), ("$a$ _x", "Random"))
    figure = critical_differences(found, NAMES)
    (axes,) = figure.axes
    bars = [line for line in axes.get_lines() if line.get_linewidth() == BAR]
    assert len(bars) == 3
    for bar, group in zip(bars, found.groups, strict=True):
        worst, best = bar.get_xdata()
        inside = {name for name, rank in found.ranks.items() if best < rank < worst}
        assert inside == set(group)
    assert len({bar.get_ydata()[0] for bar in bars}) == 3
    others = [line for line in axes.get_lines() if line not in bars]
    assert len(others) == 2 + len(NAMES), "the axis, the critical difference, and one for each variant"
    length = next(line for line in others if line.get_marker() == "|").get_xdata()
    assert length[0] - length[1] == pytest.approx(found.critical_difference)


def test_the_best_is_on_the_right_and_every_variant_points_to_its_rank():
    found = ranked()
    (axes,) = critical_differences(found, NAMES).axes
    assert axes.xaxis_inverted()
    assert set(texts(axes.figure)) == {
        *"12345", f"critical difference {found.critical_difference:.2f}",
        *(f"{name}  {rank:.2f}" for name, rank in found.ranks.items())}
    lines = {line.get_color(): line for line in axes.get_lines() if line.get_marker() == "o"}
    for name, colour in palette(NAMES).items():
        assert lines[colour].get_xdata()[0] == found.ranks[name]
        assert lines[colour].get_ydata()[0] == 0
    ends = [lines[palette(NAMES)[name]].get_xdata()[-1] for name in found.ranks]
    assert max(ends[:3]) < 1 < 5 < min(ends[3:])


@pytest.mark.parametrize(("datasets", "names"), [(2, NAMES[:2]), (2, NAMES), (2, LONG), (40, [f"v{i}" for i in
                                                                                         range(24)])])
def test_nothing_is_cut_off(datasets, names):
    figure = critical_differences(ranked(datasets, names), names)
    assert fits(figure)
    numbers = [text for text in texts(figure) if text.isdigit()]
    assert (numbers[0], len(numbers) <= 10) == ("1", True)
    inches = figure.axes[0].get_position().width * figure.get_figwidth()
    assert inches > 3
    assert fits(profiles(curves(names), SCALE))
    assert fits(means(intervals(names), SCALE))
