"""What is drawn: the data of the artists, layer by layer."""

import math
from typing import Literal

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure

from bench.pages.charts.chart import (
    Band,
    Bars,
    Boxes,
    Cells,
    ChartAxis,
    Curve,
    Dots,
    Layer,
    Panel,
    Points,
    Rule,
    Style,
)
from bench.render.figures.colours import look
from bench.render.figures.layers import draw_layer, draw_panel
from tests.render.artists import rectangles, x_of, y_of

SERIES = Style("series")


def drawn(*layers: Layer) -> Axes:
    axes = Figure().add_subplot()
    for layer in layers:
        draw_layer(axes, layer)
    return axes


def segments(axes: Axes) -> list[list[list[float]]]:
    collections = [each for each in axes.collections if isinstance(each, LineCollection)]
    return [np.asarray(segment).tolist() for each in collections for segment in each.get_segments()]


def test_vertical_bars_reach_from_the_low_to_the_high_bound() -> None:
    axes = drawn(Points("net", SERIES, (1.0, 2.0), (0.5, 0.6), low=(0.3, 0.55), high=(0.6, 0.9), is_joined=True))
    assert np.allclose(segments(axes), [[[1, 0.3], [1, 0.6]], [[2, 0.55], [2, 0.9]]])
    line = axes.lines[0]
    assert (x_of(line), y_of(line)) == ([1.0, 2.0], [0.5, 0.6])
    assert line.get_linestyle() == "-"


def test_horizontal_bars_reach_from_the_low_to_the_high_bound() -> None:
    axes = drawn(Points("", Style("difference"), (0.5, 0.6), (0.0, 1.0), x_low=(0.3, 0.55), x_high=(0.6, 0.9)))
    assert np.allclose(segments(axes), [[[0.3, 0], [0.6, 0]], [[0.55, 1], [0.9, 1]]])
    assert axes.lines[0].get_linestyle() == "None"


def test_a_missing_bound_draws_no_bar_and_keeps_the_point() -> None:
    axes = drawn(Points("net", SERIES, (1.0, 2.0), (0.5, 0.6), low=(math.nan, 0.55), high=(math.nan, 0.9)))
    bars = [segment for segment in segments(axes) if segment and np.isfinite(segment).all()]
    assert np.allclose(bars, [[[2, 0.55], [2, 0.9]]])
    assert y_of(axes.lines[0]) == [0.5, 0.6]


def test_points_that_are_not_joined_have_no_line() -> None:
    assert drawn(Points("net", SERIES, (1.0, 2.0), (0.5, 0.6))).lines[0].get_linestyle() == "None"


def test_hollow_points_are_at_their_place() -> None:
    (line,) = drawn(Points("published", Style("published", 1), (7.0,), (0.9,))).lines
    assert (x_of(line), y_of(line)) == ([7.0], [0.9])
    assert line.get_markerfacecolor() == "none"


def test_every_observation_is_a_dot_at_its_network() -> None:
    (line,) = drawn(Dots(SERIES, (1.0, 4.0), ((0.1, 0.2), (0.3,)))).lines
    assert list(zip(x_of(line), y_of(line), strict=True)) == [(1.0, 0.1), (1.0, 0.2), (4.0, 0.3)]


def test_shades_and_areas_are_those_of_their_points() -> None:
    (shaded,) = drawn(Points("net", Style("shaded"), (1.0, 2.0), (0.5, 0.6), shade=(0.25, 1.0))).collections
    assert list(np.asarray(shaded.get_array())) == [0.25, 1.0]
    assert (shaded.get_clim(), np.asarray(shaded.get_offsets()).tolist()) == ((0.0, 1.0), [[1.0, 0.5], [2.0, 0.6]])
    (sized,) = drawn(Points("", Style("bins"), (0.1, 0.9), (0.2, 0.8), area=(0.2, 0.8))).collections
    assert isinstance(sized, PathCollection)
    smaller, larger = np.asarray(sized.get_sizes()) - 2
    assert larger == pytest.approx(4 * smaller)


def test_a_curve_has_its_band_and_a_stepped_one_holds_its_value() -> None:
    axes = drawn(
        Curve("mean", Style("train"), (1.0, 2.0), (0.5, 0.7), low=(0.4, 0.5), high=(0.7, 0.8)),
        Curve("", Style("front"), (1.0, 2.0), (0.5, 0.7), is_stepped=True),
    )
    (band,) = axes.collections
    assert isinstance(band, PolyCollection)
    corners = {tuple(corner) for corner in np.asarray(band.get_paths()[0].vertices).round(6).tolist()}
    assert corners == {(1.0, 0.4), (1.0, 0.7), (2.0, 0.5), (2.0, 0.8)}
    mean, front = axes.lines
    assert (y_of(mean), mean.get_drawstyle()) == ([0.5, 0.7], "default")
    assert front.get_drawstyle() == "steps-post"


def test_rules_and_bands_are_at_their_values() -> None:
    axes = drawn(
        Rule("floor", Style("floor"), "y", 0.6),
        Rule("", Style("zero"), "x", 3.0),
        Band(Style("equivalence"), -1.0, 2.0),
    )
    floor, zero = axes.lines
    assert (y_of(floor), x_of(zero)) == ([0.6, 0.6], [3.0, 3.0])
    (band,) = axes.patches
    assert (band.get_extents().x0, band.get_extents().x1) == tuple(axes.transData.transform([(-1, 0), (2, 0)])[:, 0])


def test_bars_begin_where_the_bars_before_them_end() -> None:
    axes = drawn(
        Bars("a", Style("component", 0), (0.0, 1.0), (0.0, 0.0), (2.0, 3.0)),
        Bars("b", Style("component", 1), (0.0, 1.0), (2.0, 3.0), (1.0, 4.0), texts=("x", "y")),
    )
    extents = [(bar.get_x(), bar.get_width(), bar.get_y() + bar.get_height() / 2) for bar in rectangles(axes)]
    assert extents == [(0, 2, 0), (0, 3, 1), (2, 1, 0), (3, 4, 1)]
    assert [text.get_position() for text in axes.texts] == [(3.0, 0.0), (7.0, 1.0)]


def test_boxes_show_extremes_thin_quartiles_thick_and_the_median() -> None:
    axes = drawn(Boxes((0.0,), minimum=(1.0,), quartile_1=(2.0,), median=(2.5,), quartile_3=(4.0,), maximum=(9.0,)))
    assert segments(axes) == [[[1, 0], [9, 0]], [[2, 0], [4, 0]]]
    thin, thick = axes.collections
    assert np.all(np.less(thin.get_linewidth(), thick.get_linewidth()))
    assert x_of(axes.lines[0]) == [2.5]


def test_cells_have_true_classes_in_rows() -> None:
    axes = drawn(Cells(((9, 1), (0, 5)), ((0.9, 0.1), (0.0, 1.0))))
    assert np.asarray(axes.images[0].get_array()).tolist() == [[0.9, 0.1], [0.0, 1.0]]
    texts = {text.get_position(): text.get_text() for text in axes.texts}
    assert texts == {(0, 0): "9\n90.0%", (1, 0): "1\n10.0%", (0, 1): "0\n0.0%", (1, 1): "5\n100.0%"}


@pytest.mark.parametrize(("scale", "base"), [("linear", None), ("log", 10), ("log2", 2)])
def test_a_panel_has_the_scales_and_limits_of_its_axes(
    scale: Literal["linear", "log", "log2"], base: int | None
) -> None:
    axes = Figure().add_subplot()
    x = ChartAxis("x", scale, (1.0, 64.0))
    draw_panel(axes, Panel(x, ChartAxis("y"), (Curve("", Style("front"), (1.0, 64.0), (0.0, 1.0)),)))
    assert axes.get_xlim() == (1.0, 64.0)
    assert axes.get_xscale() == ("linear" if base is None else "log")
    assert getattr(axes.xaxis.get_transform(), "base", None) == base


def test_names_count_downwards() -> None:
    axes = Figure().add_subplot()
    bars = Bars("", Style("component"), (0.0, 1.0), (0.0, 0.0), (1.0, 2.0))
    draw_panel(axes, Panel(ChartAxis("x"), ChartAxis("", names=("first", "second")), (bars,)))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
    low, high = axes.get_ylim()
    assert low > high


def test_every_role_has_a_look_of_its_own() -> None:
    roles = ["series", "law", "threshold", "control", "published", "floor", "ceiling", "zero", "train", "val"]
    assert len({look(Style(role)) for role in roles}) == len(roles)
