"""Specifications as plain data: what is drawn, and what a reader sees as its numbers."""

import json
import math
from typing import Any

import pytest

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
from bench.render.html.vega_lite import panel_spec

NAN = math.nan
X, Y = ChartAxis("parameters", "log", is_count=True), ChartAxis("accuracy")
ROWS = ChartAxis("", names=("first\nof two", "second"))
SERIES = Points("small", Style("series"), (1e3, 1e6), (0.5, 0.75), (0.4, NAN), (0.6, NAN), is_joined=True)


def spec(*layers: Layer, x: ChartAxis = X, y: ChartAxis = Y) -> Any:
    made = panel_spec(Panel(x, y, layers), "described")
    json.dumps(made, allow_nan=False)
    return made


@pytest.mark.parametrize(
    "layers",
    [
        (SERIES,),
        (Dots(Style("series"), (1e3, 1e6), ((0.5, 0.5, 0.6), ())),),
        (Curve("law", Style("law"), (1.0, 2.0), (NAN, 0.5), (0.1, 0.2), (0.3, NAN), is_stepped=True),),
        (Rule("floor", Style("floor"), "y", 0.5), Rule("", Style("zero"), "x", 0.0), Band(Style("equivalence"), 0, 1)),
        (Bars("a", Style("class"), (0.0, 1.0), (0.0, 0.0), (0.5, 0.5), ("5", "5")),),
        (Boxes((0.0, 1.0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)),),
        (Points("", Style("shaded"), (1.0,), (1.0,), shade=(0.5,), area=(0.5,)),),
        (Points("", Style("difference"), (0.1, 0.2), (0.0, 1.0), x_low=(0.0, NAN), x_high=(0.2, NAN)),),
    ],
)
def test_every_kind_of_layer_is_drawn_from_columns_of_equal_length(layers: tuple[Layer, ...]) -> None:
    made = spec(*layers, y=ROWS if isinstance(layers[0], Bars | Boxes) else Y)
    for each in made["layer"]:
        columns = made["datasets"][each["data"]["name"]]
        fields = {channel["field"] for channel in each["encoding"].values() if "field" in channel}
        assert fields <= set(columns)
        assert len({len(values) for values in columns.values()}) == 1
    names = [each["name"] for each in made["layer"]]
    assert len(set(names)) == len(names)


def test_the_colours_are_those_of_the_figures_but_black_follows_the_reader() -> None:
    made = spec(SERIES, Points("b", Style("series", 6), (1.0,), (1.0,)))
    colours = {each["name"].rpartition(" ")[0]: each["mark"]["color"] for each in made["layer"]}
    assert colours["series 0"] == look(Style("series")).colour
    assert colours["series 6"] == "var(--ink)"


def test_exact_counts_and_six_digits_are_kept() -> None:
    made = spec(Points("a", Style("series"), (3_979_301.0,), (0.123456789,)))
    assert made["datasets"]["d0"] == {"x": [3979301], "y": [0.123457]}


def test_observations_on_one_place_of_the_screen_are_one_mark_with_their_number() -> None:
    made = spec(Dots(Style("series"), (1e3,), ((0.5, 0.5, 0.5001, 0.9),)))
    assert made["datasets"]["d0"]["n"] == [3, 1]


def test_the_numbers_name_their_columns() -> None:
    made = spec(SERIES, Rule("floor: 0.5", Style("floor"), "y", 0.5))
    rule, points = made["usermeta"]["numbers"]
    assert points["series"] == "small"
    assert points["columns"] == {"x": "parameters", "y": "accuracy", "low": "low", "high": "high"}
    assert (rule["series"], rule["columns"]) == ("floor: 0.5", {"y": "accuracy"})


def test_an_empty_panel_says_why() -> None:
    made = panel_spec(Panel(X, Y, empty="no step is timed"), "described")
    assert made["mark"]["text"] == ["no step is timed"]


def test_names_are_data_and_never_part_of_an_expression() -> None:
    names = ("'] + alert(1) + ['", "b")
    x, y = ChartAxis("p", names=names), ChartAxis("t", names=names)
    cells = spec(Cells(((1.0, 2.0), (3.0, 4.0)), ((0.3, 0.7), (0.4, 0.6))), x=x, y=y)
    rows = spec(Bars("a", Style("class"), (0.0, 1.0), (0.0, 0.0), (0.5, 0.5)), y=y)
    for made in (cells, rows):
        without_data = {key: value for key, value in made.items() if key not in ("params", "datasets", "usermeta")}
        assert "alert" not in json.dumps(without_data)
