"""Charts as specifications of Vega-Lite: plain dicts, one per panel.

A layer is named by its role, its index and its place, such as ``series 0 3``, so that the page's script can leave some
out. Colours that depend on the reader's light or dark setting are CSS variables. The data stand in ``datasets``, as
columns; ``usermeta`` says which of them a reader sees as the numbers of the chart.
"""

from collections.abc import Iterator
from dataclasses import replace

from bench.pages.charts.chart import Band, Bars, Boxes, Cells, ChartAxis, Curve, Dots, Layer, Panel, Points, Rule
from bench.render.html.vega_layers import (
    MUTED,
    Spec,
    band,
    bars,
    boxes,
    curve,
    dots,
    folded,
    is_known,
    matrix,
    most_lines,
    points,
    rule,
)

_BOX = {"least": "least", "q1": "quartile 1", "x": "median", "q3": "quartile 3", "most": "largest"}


def panel_spec(panel: Panel, description: str, height: int = 300) -> Spec:
    """One panel as a specification without its width, which the page's script sets.

    Args:
        panel: what is drawn; if empty, a specification of its reason.
        description: of the chart, for screen readers.
        height: in pixels; a panel with names of rows has a height of its own.
    """
    if panel.empty or not panel.layers:
        text = panel.empty or "there is nothing to draw"
        mark = {"type": "text", "text": text.split("\n"), "color": MUTED, "fontSize": 13}
        return {"description": f"{description}: {text}", "height": 60, "data": {"values": [{}]}, "mark": mark}
    is_matrix = isinstance(panel.layers[0], Cells)
    if not is_matrix:
        panel = replace(panel, y=replace(panel.y, names=tuple(map(folded, panel.y.names))))
    datasets: dict[str, Spec] = {}
    layers: list[Spec] = []
    numbers: list[Spec] = []
    for layer in sorted(panel.layers, key=_depth):
        name = f"d{len(datasets)}"
        for spec in _specs(layer, panel):
            datasets[name] = spec["data"]
            layers.append({**spec, "data": {"name": name}, "name": f"{spec['name']} {len(layers)}"})
        columns = _columns(layer, panel)
        if columns:
            series = "" if isinstance(layer, Boxes | Cells | Dots | Band) else layer.label
            numbers.append({"data": name, "series": series, "columns": columns})
    names = {name: list(axis.names) for name, axis in (("x", panel.x), ("y", panel.y)) if axis.names}
    return {
        "description": description,
        "height": _rows_height(panel.y) if panel.y.names and not is_matrix else height,
        **({"params": [{"name": f"{name}_names", "value": value} for name, value in names.items()]} if names else {}),
        "datasets": datasets,
        "layer": layers,
        "usermeta": {"numbers": numbers, "names": names, "square": is_matrix},
    }


def _rows_height(names: ChartAxis) -> int:
    return (14 + 12 * most_lines(names)) * len(names.names) + 20


def _depth(layer: Layer) -> int:
    """What is drawn first is behind. A ring about a network is behind the network, which shows its numbers."""
    if isinstance(layer, Points):
        return 4 if layer.style.role == "taken" else 5
    return {Band: 0, Dots: 1, Rule: 2, Curve: 3}.get(type(layer), 5)


def _specs(layer: Layer, panel: Panel) -> Iterator[Spec]:
    match layer:
        case Dots():
            yield dots(layer, panel)
        case Points():
            yield from points(layer, panel)
        case Curve():
            yield from curve(layer, panel)
        case Rule():
            yield rule(layer, panel)
        case Band():
            yield band(layer, panel)
        case Bars():
            yield from bars(layer, panel)
        case Boxes():
            yield from boxes(layer, panel)
        case Cells():
            yield from matrix(layer, panel)


def _columns(layer: Layer, panel: Panel) -> dict[str, str]:
    """The columns of a layer's data that are its numbers, with their titles; empty if it has none to show."""
    x, y = (" ".join(axis.label.split()) or name for axis, name in ((panel.x, "x"), (panel.y, "row")))
    match layer:
        case Points(style=style) if style.role == "taken":
            return {}
        case Points():
            bounds = {"low": "low", "high": "high"} if is_known(layer.low) else {}
            bounds |= {"x_low": "low", "x_high": "high"} if is_known(layer.x_low) else {}
            shares = ({"shade": "shade"} if layer.shade else {}) | ({"area": "share"} if layer.area else {})
            return {**({"t0": layer.details[0][0][0]} if layer.details else {}), "x": x, "y": y, **bounds, **shares}
        case Curve():
            return {"x": x, "y": y, **({"low": "low", "high": "high"} if is_known(layer.low) else {})}
        case Rule(label=label, axis=axis) if label:
            return {axis: x if axis == "x" else y}
        case Bars():
            return {"y": y, "x": "from", "x2": "to"}
        case Boxes():
            return {"y": y, **{column: f"{x}, {title}" for column, title in _BOX.items()}}
        case Cells():
            return {"y": y, "x": x, "t2": "images"}
    return {}
