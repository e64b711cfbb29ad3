"""Networks of nearly equal size are drawn apart, and everything else where it is."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.pages.charts.chart import Chart, ChartAxis, Dots, Layer, Panel, Points, Rule, Style
from bench.render.figures.apart import placed_apart
from bench.render.figures.scaling_figure import scaling_figure

LIMITS = (5.0, 2e8)
counts = st.lists(st.integers(10, 10**8), min_size=1, max_size=30)


@given(counts)
def test_networks_placed_apart_keep_their_order_and_their_distance(n_params: list[int]) -> None:
    order = np.argsort(n_params, kind="stable")
    places = np.log(placed_apart(np.array(n_params, float), LIMITS)[order])
    assert np.all(np.diff(places) >= 0.011 * np.log(LIMITS[1] / LIMITS[0]) * (1 - 1e-6))


@given(counts)
def test_networks_far_apart_stay_where_they_are(n_params: list[int]) -> None:
    spaced = np.array(sorted({10 ** round(np.log10(n)) for n in n_params}), float)
    assert placed_apart(spaced, LIMITS).tolist() == spaced.tolist()


def chart(first: float, second: float) -> Chart:
    layers: list[Layer] = []
    for index, n_params in enumerate((first, second)):
        style = Style("series", index)
        layers += [
            Dots(style, (n_params,), ((0.4, 0.6),)),
            Points(f"net {index}", style, (n_params,), (0.5,), low=(0.3,), high=(0.8,), is_joined=True),
        ]
    rules = (Rule("half: 0.500", Style("control"), "y", 0.5, is_named_beside=True),)
    panel = Panel(ChartAxis("parameters", "log", (100.0, 1e6)), ChartAxis("accuracy"), (*layers, *rules))
    return Chart("study", (panel,), "key")


def x_of_series(drawn: Chart) -> list[list[float]]:
    axes = scaling_figure(drawn).axes[0]
    lines = [line for line in axes.lines if line.get_marker() in ("o", "s")]
    return [np.unique(line.get_xdata()).tolist() for line in lines]


def test_dots_move_with_their_network_and_the_legend_says_so() -> None:
    x = x_of_series(chart(1000.0, 1000.0))
    assert x[0] == x[1]
    assert x[2] == x[3]
    assert x[0][0] < 1000.0 < x[2][0]
    assert "nearly equal counts" in scaling_figure(chart(1000.0, 1000.0)).legends[0].get_title().get_text()


def test_distant_networks_are_drawn_at_their_counts() -> None:
    assert x_of_series(chart(1000.0, 50_000.0)) == [[1000.0], [1000.0], [50_000.0], [50_000.0]]
    assert scaling_figure(chart(1000.0, 50_000.0)).legends[0].get_title().get_text() == "key"


def test_a_controls_name_is_beside_its_line_and_not_in_the_legend() -> None:
    figure = scaling_figure(chart(1000.0, 50_000.0))
    assert [text.get_text() for text in figure.axes[0].texts] == ["half: 0.500"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["net 0", "net 1"]


def test_an_empty_chart_shows_why() -> None:
    (panel,) = chart(1000.0, 2000.0).panels
    empty = replace(panel, layers=(), empty="no trial is done")
    figure = scaling_figure(Chart("study", (empty,), "key"))
    assert [text.get_text() for text in figure.axes[0].texts] == ["no trial is done"]
    assert not figure.legends
