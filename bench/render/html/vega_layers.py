"""Each kind of layer as layers of Vega-Lite. Data are columns, which the page's script turns into rows."""

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.pages.charts.chart import Band, Bars, Boxes, Cells, ChartAxis, Curve, Dots, Panel, Points, Rule, Style
from bench.render.figures.colours import BLACK, CLASS_COLOURS, DARK, GREY, LIGHT, LineStyle, Look, look
from bench.rounding import half_up

Spec = dict[str, Any]

INK, MUTED, GRID, PAPER = "var(--ink)", "var(--muted)", "var(--grid)", "var(--paper)"
_BY_SCHEME = {BLACK: INK, "#222222": INK, DARK: "var(--dark)", GREY: MUTED, LIGHT: GRID, "#d8d8d8": GRID}
_SHAPES = {
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "D": "diamond",
    "v": "triangle-down",
    "P": "cross",
    "X": "M-1,-0.6L-0.6,-1L0,-0.4L0.6,-1L1,-0.6L0.4,0L1,0.6L0.6,1L0,0.4L-0.6,1L-1,0.6L-0.4,0Z",
    "<": "triangle-left",
    "h": "M0,-1L0.87,-0.5L0.87,0.5L0,1L-0.87,0.5L-0.87,-0.5Z",
    "*": "M0,-1L0.24,-0.32L0.95,-0.31L0.38,0.12L0.59,0.81L0,0.4L-0.59,0.81L-0.38,0.12L-0.95,-0.31L-0.24,-0.32Z",
    "p": "M0,-1L0.95,-0.31L0.59,0.81L-0.59,0.81L-0.95,-0.31Z",
    "8": "M0.38,-0.92L0.92,-0.38L0.92,0.38L0.38,0.92L-0.38,0.92L-0.92,0.38L-0.92,-0.38L-0.38,-0.92Z",
    "H": "M1,0L0.5,0.87L-0.5,0.87L-1,0L-0.5,-0.87L0.5,-0.87Z",
}
"""Matplotlib's markers as Vega's shapes: names, or paths in a square from -1 to 1."""
_DASHES = {"-": (), "--": (6.0, 3.0), "-.": (6.0, 2.0, 1.5, 2.0), ":": (1.5, 2.0)}
_NUMBERS_UP_TO_CLASSES = 12
_LARGEST_DOT = 260.0
_HALF_BAR = 0.36
_NAME_WIDTH = 34
"""Of a line of a name, in characters."""
_LINE, _PADDING = 12, 16
"""In pixels: the height of a line of a name, and the room beside the first and the last mark."""
_STEPS_OF_AXIS = 400
"""Single observations closer than the range divided by this cannot be told apart."""


def colour_of(colour: str) -> str:
    """A colour of the figures, or the CSS variable that stands for it."""
    return _BY_SCHEME.get(colour, colour)


def shape_of(marker: str) -> str:
    """A marker of the figures as Vega's shape."""
    return _SHAPES.get(marker, "circle")


def dash_of(line: LineStyle) -> list[float]:
    """The lengths of a line's dashes and gaps in pixels; empty for a solid line."""
    dashes = _DASHES[line] if isinstance(line, str) else line[1]
    return [1.6 * length for length in dashes]


def plain(value: float) -> float | int | None:
    """A number for JSON: whole numbers exactly, others to six digits; None if it is missing."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else float(f"{value:.6g}")


def is_known(values: Sequence[float]) -> bool:
    """Whether any of the values is known."""
    return any(map(math.isfinite, values))


def dots(layer: Dots, panel: Panel) -> Spec:
    """Single observations. Those that fall on one place of the screen are drawn once, darker."""
    shape = look(layer.style)
    everything = np.concatenate([np.array(each, float) for each in layer.y])
    step = max(float(np.ptp(everything)), 1e-9) / _STEPS_OF_AXIS if len(everything) else 1.0
    columns: dict[str, list[float]] = {"x": [], "y": [], "n": []}
    for x, of_x in zip(layer.x, layer.y, strict=True):
        places, counts = np.unique(np.round(np.array(of_x, float) / step), return_counts=True)
        columns["x"] += [x] * len(places)
        columns["y"] += (places * step).tolist()
        columns["n"] += counts.tolist()
    scale = {"domain": [1, 5], "range": [0.45, 0.9], "clamp": True}
    mark = {"type": "point", "filled": True, "size": 22, "strokeWidth": 0, "color": colour_of(shape.colour)}
    opacity = {"field": "n", "type": "quantitative", "scale": scale, "legend": None}
    return _layer(
        f"trials {layer.style.index}",
        _data(columns),
        {**mark, "shape": shape_of(shape.marker)},
        {**_places(panel), "opacity": opacity},
    )


def points(layer: Points, panel: Panel) -> Iterator[Spec]:
    """Estimates: the line that joins them, their intervals, their marks."""
    shape, name, places = look(layer.style), _name(layer.style), _places(panel)
    columns = {
        "x": layer.x,
        "y": layer.y,
        "low": layer.low,
        "high": layer.high,
        "x_low": layer.x_low,
        "x_high": layer.x_high,
        "shade": layer.shade,
        "area": layer.area,
    }
    data = _data({column: values for column, values in columns.items() if is_known(values)})
    titles = [title for title, _ in layer.details[0]] if layer.details else []
    data |= {f"t{place}": [details[place][1] for details in layer.details] for place in range(len(titles))}
    if layer.is_joined and len(layer.x) > 1:
        yield _layer(name, data, _line(shape), places)
    bar = {"type": "rule", "color": colour_of(shape.colour), "strokeWidth": 1.3}
    if "low" in data:
        yield _layer(name, data, bar, _between(places, "y", "low", "high"))
    if "x_low" in data:
        yield _layer(name, data, bar, _between(places, "x", "x_low", "x_high"))
    encoding = {**places, **_tooltip(titles)}
    mark = _mark(shape)
    if layer.area:
        scale = {"domain": [0, 1], "range": [4, _LARGEST_DOT]}
        encoding["size"] = {"field": "area", "type": "quantitative", "scale": scale, "legend": None}
    if layer.shade:
        scale = {"domain": [0, 1], "range": [0.02, 1]}
        encoding["fillOpacity"] = {"field": "shade", "type": "quantitative", "scale": scale, "legend": None}
        mark = {**mark, "fill": INK, "stroke": INK, "strokeWidth": 1.2}
        del mark["color"]
    yield _layer(name, data, mark, encoding)


def curve(layer: Curve, panel: Panel) -> Iterator[Spec]:
    """A line, and the band about it."""
    shape, name, places = look(layer.style), _name(layer.style), _places(panel)
    columns = {"x": layer.x, "y": layer.y}
    if is_known(layer.low):
        columns |= {"low": layer.low, "high": layer.high}
    data = _data(columns)
    if "low" in data:
        area = {"type": "area", "color": colour_of(shape.colour), "opacity": 0.18}
        yield _layer(name, data, area, _between(places, "y", "low", "high"))
    step = {"interpolate": "step-after"} if layer.is_stepped else {}
    yield _layer(name, data, {**_line(shape), **step}, places)


def rule(layer: Rule, panel: Panel) -> Spec:
    """A reference line across the panel."""
    data = {layer.axis: [plain(layer.value)], "t0": [layer.label]}
    place: Spec = {layer.axis: _places(panel)[layer.axis]}
    mark = {**_line(look(layer.style)), "type": "rule"}
    return _layer(_name(layer.style), data, mark, {**place, **_tooltip(["line"] if layer.label else [])})


def band(layer: Band, panel: Panel) -> Spec:
    """A range of the horizontal axis."""
    data = _data({"x": (layer.low,), "x2": (layer.high,)})
    encoding = {"x": _places(panel)["x"], "x2": {"field": "x2"}}
    return _layer(_name(layer.style), data, {"type": "rect", "color": colour_of(look(layer.style).colour)}, encoding)


def bars(layer: Bars, panel: Panel) -> Iterator[Spec]:
    """Horizontal bars, and the texts at their ends."""
    shape, places, is_class = look(layer.style), _places(panel), layer.style.role == "class"
    data = _data(
        {
            "x": layer.start,
            "x2": [start + length for start, length in zip(layer.start, layer.length, strict=True)],
            "y": layer.y,
            "above": [place - _HALF_BAR for place in layer.y],
            "below": [place + _HALF_BAR for place in layer.y],
        }
    )
    data["colour"] = [class_colour(place) if is_class else colour_of(shape.colour) for place in range(len(layer.y))]
    name = _name(layer.style)
    encoding = {**_between(places, "y", "above", "below"), "x2": {"field": "x2"}, **_OWN_COLOUR}
    yield _layer(name, data, {"type": "rect", "stroke": INK, "strokeWidth": 0.6}, encoding)
    if layer.texts:
        data["text"] = list(layer.texts)
        at = {**places, "x": {**places["x"], "field": "x2"}, "text": {"field": "text"}}
        yield _layer(name, data, {"type": "text", "align": "left", "dx": 5, "color": INK}, at)


def boxes(layer: Boxes, panel: Panel) -> Iterator[Spec]:
    """Extremes as a thin line, quartiles as a thick one, the median as a dot."""
    places = _places(panel)
    columns = {
        "y": layer.y,
        "least": layer.minimum,
        "q1": layer.quartile_1,
        "x": layer.median,
        "q3": layer.quartile_3,
        "most": layer.maximum,
    }
    data = {**_data(columns), "colour": [class_colour(place) for place in range(len(layer.y))]}
    for low, high, width in (("least", "most", 1.2), ("q1", "q3", 7)):
        encoding = {**_between(places, "x", low, high), **_OWN_COLOUR}
        yield _layer("box 0", data, {"type": "rule", "strokeWidth": width}, encoding)
    dot = {"type": "point", "filled": True, "color": "white", "stroke": BLACK, "strokeWidth": 1, "size": 36}
    yield _layer("box 0", data, {**dot, "opacity": 1}, places)


def matrix(layer: Cells, panel: Panel) -> Iterator[Spec]:
    """A confusion matrix: shares as shades, counts as texts."""
    n_classes = len(layer.counts)
    cells = [(row, column) for row in range(n_classes) for column in range(n_classes)]
    images = [f"{half_up(layer.counts[row][column]):,.1f}".removesuffix(".0") for row, column in cells]
    shares = [layer.shares[row][column] for row, column in cells]
    data = {
        **_data({"x": [column for _, column in cells], "y": [row for row, _ in cells], "share": shares}),
        "t2": images,
    }
    if n_classes <= _NUMBERS_UP_TO_CLASSES:
        data["t"] = ["" if image == "0" else image for image in images]

    def channel(name: str, axis: ChartAxis) -> Spec:
        shown = {"title": axis.label, "labelExpr": f"{name}_names[datum.value]", "labelLimit": 90, "ticks": False}
        return {"field": name, "type": "ordinal", "axis": {**shown, "grid": False}, "scale": {"padding": 0}}

    places = {"x": channel("x", panel.x), "y": channel("y", panel.y)}
    blues = {"domain": [0, 1], "range": ["#f7fbff", "#08519c"]}
    shade = {"field": "share", "type": "quantitative", "legend": None, "scale": blues}
    share = {"field": "share", "type": "quantitative", "format": ".1%", "title": "share of the true class"}
    tooltip = _tooltip(["true class", "predicted class", "images"])["tooltip"]
    names = [{"calculate": f"{axis}_names[datum.{axis}]", "as": to} for axis, to in (("y", "t0"), ("x", "t1"))]
    rect = _layer("cells 0", data, {"type": "rect"}, {**places, "color": shade, "tooltip": [*tooltip, share]})
    yield {**rect, "transform": names}
    if "t" in data:
        ink = {"condition": {"test": "datum.share > 0.55", "value": "white"}, "value": "black"}
        encoding = {**places, "text": {"field": "t"}, "color": ink}
        yield _layer("cells 0", data, {"type": "text", "fontSize": 10}, encoding)


def folded(name: str) -> str:
    """A name in lines that fit beside a chart."""
    return "\n".join(part for line in name.split("\n") for part in textwrap.wrap(line, _NAME_WIDTH) or [""])


def most_lines(axis: ChartAxis) -> int:
    """The lines of the longest name on an axis."""
    return max((name.count("\n") + 1 for name in axis.names), default=0)


def class_colour(place: int) -> str:
    """The colour of a class."""
    return CLASS_COLOURS[place % len(CLASS_COLOURS)]


_OWN_COLOUR: Mapping[str, Spec] = {"color": {"field": "colour", "type": "nominal", "scale": None}}


def _layer(name: str, data: Spec, mark: Spec, encoding: Spec) -> Spec:
    return {"name": name, "data": data, "mark": mark, "encoding": encoding}


def _name(style: Style) -> str:
    return f"{style.role} {style.index}"


def _data(columns: Mapping[str, Sequence[float]]) -> Spec:
    return {name: [plain(value) for value in values] for name, values in columns.items()}


def _line(shape: Look) -> Spec:
    colour, dash = colour_of(shape.colour), dash_of(shape.line)
    return {"type": "line", "color": colour, "strokeWidth": shape.width + 0.3, "strokeDash": dash}


def _mark(shape: Look) -> Spec:
    mark: Spec = {"type": "point", "shape": shape_of(shape.marker), "color": colour_of(shape.colour), "opacity": 1}
    mark["size"] = 2.6 * shape.size**2
    if shape.is_hollow:
        return {**mark, "filled": False, "strokeWidth": shape.width + 0.3}
    return {**mark, "filled": True, "stroke": PAPER, "strokeWidth": 0.8}


def _tooltip(titles: Sequence[str]) -> Spec:
    fields = [{"field": f"t{place}", "type": "nominal", "title": title} for place, title in enumerate(titles)]
    return {"tooltip": fields} if fields else {}


def _between(places: Spec, axis: str, low: str, high: str) -> Spec:
    return {**places, axis: {**places[axis], "field": low}, f"{axis}2": {"field": high}}


def _axes(panel: Panel) -> tuple[tuple[str, ChartAxis], ...]:
    return ("x", panel.x), ("y", panel.y)


def _places(panel: Panel) -> Spec:
    return {name: _channel(axis, name) for name, axis in _axes(panel)}


def _channel(axis: ChartAxis, name: str) -> Spec:
    """The position of an axis: its field, scale, ticks and title."""
    scale: Spec = {"type": "linear", "zero": False} if axis.scale == "linear" else {"type": "log"}
    shown: Spec = {"title": axis.label.split("\n") if axis.label else None}
    if axis.scale == "log2":
        scale["base"] = 2
    if axis.scale != "linear":
        scale |= {"nice": False, "padding": _PADDING}
    if axis.limits is not None:
        scale |= {"domain": [plain(limit) for limit in axis.limits], "nice": False, "padding": 0}
    if axis.scale == "log":
        shown["labelSeparation"] = 6
    if axis.is_count:
        shown["format"] = "~s"
    if axis.ticks is not None:
        shown["values"] = list(axis.ticks)
    if axis.names:
        scale |= {"domain": [-0.6, len(axis.names) - 0.4], "nice": False, "reverse": name == "y"}
        lines = f"split({name}_names[datum.value], '\\n')"
        offsets = [
            {"test": f"length({lines}) === {n}", "value": -_LINE * (n - 1) / 2} for n in range(2, most_lines(axis) + 1)
        ]
        shown |= {"values": list(range(len(axis.names))), "labelExpr": lines, "grid": False, "labelLimit": 240}
        shown |= {"labelLineHeight": _LINE, **({"labelOffset": {"condition": offsets, "value": 0}} if offsets else {})}
    return {"field": name, "type": "quantitative", "scale": scale, "axis": shown}
