"""Figures of several panels: each panel is where its title says, with its own data."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from bench.pages.charts.chart import (
    Band,
    Bars,
    Boxes,
    Cells,
    Chart,
    ChartAxis,
    Curve,
    Panel,
    Points,
    Rule,
    Style,
)
from bench.render.figures.curves_figure import curves_figure
from bench.render.figures.data_axis_figure import data_axis_figure
from bench.render.figures.house_style import house_style, saved
from bench.render.figures.panel_grid import calibration_figure, confusion_figure
from bench.render.figures.pareto_figure import pareto_figure
from bench.render.figures.row_figures import (
    audit_figure,
    components_figure,
    effects_figure,
    forest_figure,
    timing_figure,
)
from bench.render.figures.training_fit_figure import training_fit_figure
from tests.render.artists import rectangles, x_of, y_of

LONG = "a very long name of a network that does not fit beside an axis, so it takes several lines"


def bars_of(figure: Figure, panel: int = 0) -> list[list[list[float]]]:
    collections = [each for each in figure.axes[panel].collections if isinstance(each, LineCollection)]
    return [np.asarray(segment).tolist() for each in collections for segment in each.get_segments()]


def names_of(figure: Figure, panel: int = 0) -> dict[float, str]:
    axes = figure.axes[panel]
    names = [label.get_text() for label in axes.get_yticklabels()]
    return dict(zip(map(float, axes.get_yticks()), names, strict=True))


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def rows(role: str, names: tuple[str, ...]) -> Panel:
    n = len(names)
    x = tuple(float(place + 1) for place in range(n))
    points = Points(
        role,
        Style(role),
        x,
        tuple(map(float, range(n))),
        x_low=tuple(each - 0.5 for each in x),
        x_high=tuple(each + 0.25 for each in x),
    )
    return Panel(ChartAxis("difference"), ChartAxis("", names=names), (points,), "family")


def test_a_forests_interval_is_in_the_row_of_its_name_however_high_the_rows_are() -> None:
    panel = rows("difference", ("short", LONG, "last"))
    figure = forest_figure(Chart("study", (panel, panel)))
    for number in range(2):
        places = [bar[0][1] for bar in bars_of(figure, number)]
        assert [(bar[0][0], bar[1][0]) for bar in bars_of(figure, number)] == [(0.5, 1.25), (1.5, 2.25), (2.5, 3.25)]
        names = names_of(figure, number)
        assert [names[place].replace("\n", " ") for place in places] == ["short", LONG, "last"]
        assert places == sorted(places)
        assert figure.axes[number].get_ylim()[0] > figure.axes[number].get_ylim()[1]


def test_a_timing_figure_has_bars_and_hollow_marks_in_the_rows_of_their_networks() -> None:
    panel = rows("part", ("first", "second"))
    bar = Points("bar", Style("part_bar"), (9.0, 8.0), (0.0, 1.0))
    figure = timing_figure(Chart("study", (Panel(panel.x, panel.y, (*panel.layers, bar)),)))
    assert bars_of(figure) == [[[0.5, 0.0], [1.25, 0.0]], [[1.5, 1.0], [2.25, 1.0]]]
    assert names_of(figure) == {0.0: "first", 1.0: "second"}
    hollow = next(line for line in figure.axes[0].lines if line.get_markerfacecolor() == "none")
    assert (x_of(hollow), y_of(hollow)) == ([9.0, 8.0], [0.0, 1.0])
    assert sorted(legend_of(figure)) == ["bar", "part"]


def test_effects_are_beside_each_other_in_the_rows_of_their_terms() -> None:
    panels = (rows("clear", ("a", "b")), rows("unclear", ("a", "b")))
    figure = effects_figure(Chart("study", panels))
    assert names_of(figure) == {0.0: "a", 1.0: "b"}
    assert bars_of(figure) == bars_of(figure, 1) == [[[0.5, 0.0], [1.25, 0.0]], [[1.5, 1.0], [2.25, 1.0]]]


def test_components_have_a_legend_of_their_bars() -> None:
    first = Bars("seed", Style("component", 0), (0.0,), (0.0,), (2.0,))
    second = Bars("split", Style("component", 1), (0.0,), (2.0,), (3.0,))
    panel = Panel(ChartAxis("variance"), ChartAxis("", names=("a",)), (first, second))
    figure = components_figure(Chart("study", (panel,)))
    assert [(bar.get_x(), bar.get_width()) for bar in rectangles(figure.axes[0])] == [(0, 2), (2, 3)]
    assert legend_of(figure) == ["seed", "split"]


def test_an_audit_shows_shares_above_distributions() -> None:
    names = ChartAxis("", names=("a", "b"))
    shares = Panel(ChartAxis("share"), names, (Bars("", Style("class"), (0.0, 1.0), (0.0, 0.0), (0.7, 0.3)),))
    boxes = Boxes((0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (5.0, 6.0), (9.0, 8.0))
    figure = audit_figure(Chart("data", (shares, *(Panel(ChartAxis(f"m{n}"), names, (boxes,)) for n in range(6)))))
    assert [bar.get_width() for bar in rectangles(figure.axes[0])] == [0.7, 0.3]
    assert [axes.get_xlabel() for axes in figure.axes[1:]] == [f"m{n}" for n in range(6)]
    assert bars_of(figure, 3) == [[[1, 0], [9, 0]], [[2, 1], [8, 1]], [[2, 0], [5, 0]], [[3, 1], [6, 1]]]


def test_curves_have_the_loss_of_a_network_below_its_accuracy() -> None:
    def panel(quantity: str, name: str, y: float) -> Panel:
        curve = Curve("training", Style("train"), (1.0, 2.0), (y, y))
        return Panel(ChartAxis("epoch"), ChartAxis(quantity), (curve,), name)

    order = [("accuracy", "a", 0.1), ("accuracy", "b", 0.2), ("loss", "a", 0.3), ("loss", "b", 0.4)]
    figure = curves_figure(Chart("study", tuple(panel(*each) for each in order), "key"))
    assert [y_of(axes.lines[0])[0] for axes in figure.axes] == [0.1, 0.2, 0.3, 0.4]
    first, second, third, fourth = (axes.get_position() for axes in figure.axes)
    assert (first.x0, second.x0) == (third.x0, fourth.x0)
    assert first.y0 > third.y1
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "", ""]
    assert legend_of(figure) == ["training"]


def test_a_grid_has_one_panel_per_network_in_order() -> None:
    axis = ChartAxis("confidence", limits=(0.0, 1.0), ticks=(0.0, 1.0))
    bins = [Points("", Style("bins"), (0.5,), (y,), is_joined=True, area=(1.0,)) for y in (0.1, 0.2)]
    panels = tuple(Panel(axis, axis, (each,), f"net {number}") for number, each in enumerate(bins))
    figure = calibration_figure(Chart("study", panels))
    assert [axes.get_title() for axes in figure.axes] == ["net 0", "net 1"]
    assert [np.asarray(axes.collections[0].get_offsets()).tolist() for axes in figure.axes] == [
        [[0.5, 0.1]],
        [[0.5, 0.2]],
    ]


def test_matrices_have_class_names_on_both_axes_from_the_top() -> None:
    x, y = ChartAxis("predicted class", names=("cat", "dog")), ChartAxis("true class", names=("cat", "dog"))
    cells = Cells(((3, 1), (0, 2)), ((0.75, 0.25), (0.0, 1.0)))
    (axes,) = confusion_figure(Chart("study", (Panel(x, y, (cells,), "net"),))).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["cat", "dog"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]
    assert axes.get_ylim() == (1.5, -0.5)
    assert np.asarray(axes.images[0].get_array()).tolist() == [[0.75, 0.25], [0.0, 1.0]]


def test_the_front_is_drawn_in_both_panels_and_the_shade_has_a_scale() -> None:
    def panel(label: str, x: tuple[float, float]) -> Panel:
        points = Points("net", Style("shaded"), x, (0.5, 0.6), shade=(0.0, 0.5))
        front = Curve("", Style("front"), x, (0.5, 0.6), is_stepped=True)
        return Panel(ChartAxis(label, "log"), ChartAxis("accuracy"), (points, front))

    figure = pareto_figure(Chart("study", (panel("a", (1.0, 2.0)), panel("b", (5.0, 9.0))), "key", "probability"))
    first, second, bar = figure.axes
    assert [x_of(axes.lines[0]) for axes in (first, second)] == [[1.0, 2.0], [5.0, 9.0]]
    assert bar.get_ylabel() == "probability"
    assert legend_of(figure) == ["net"]


def test_the_fit_has_held_out_and_training_lines_and_one_legend() -> None:
    points = tuple(
        Points(name, Style(role), (1.0, 9.0), y, is_joined=True)
        for name, role, y in (("held out", "fit_val", (0.4, 0.2)), ("training", "fit_train", (0.3, 0.1)))
    )
    panel = Panel(ChartAxis("parameters", "log"), ChartAxis("error"), (*points, Rule("", Style("fitted"), "x", 9.0)))
    figure = training_fit_figure(Chart("study", (panel, panel), "key"))
    for axes in figure.axes:
        drawn = {tuple(y_of(line)): line.get_linestyle() for line in axes.lines}
        assert (drawn[0.4, 0.2], drawn[0.3, 0.1]) == ("-", "--")
    assert legend_of(figure) == ["held out", "training"]


def test_an_axis_of_the_data_has_ticks_at_its_values() -> None:
    points = Points("net", Style("series"), (2.0, 8.0), (0.5, 0.6), low=(0.4, 0.4), high=(0.6, 0.9), is_joined=True)
    x = ChartAxis("training examples", "log", ticks=(2.0, 8.0), is_count=True)
    figure = data_axis_figure(Chart("study", (Panel(x, ChartAxis("accuracy"), (points,)),), "key"))
    assert bars_of(figure) == [[[2.0, 0.4], [2.0, 0.6]], [[8.0, 0.4], [8.0, 0.9]]]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["2", "8"]


def test_the_same_chart_gives_the_same_bytes() -> None:
    points = Points("net", Style("series"), (2.0, 8.0), (0.5, 0.6), low=(0.4, 0.4), high=(0.6, 0.9))
    panel = Panel(ChartAxis("x"), ChartAxis("y"), (Band(Style("equivalence"), 0.0, 1.0), points))
    with house_style():
        first, second = (saved(data_axis_figure(Chart("study", (panel,))), "svg") for _ in range(2))
    assert first == second
