"""Charts as specifications of Vega-Lite: plain dicts, one per panel.

A layer is named by its role, its index and its place, such as ``series 0 3``, so that the page's script can leave some
out. Colours that depend on the reader's light or dark setting are CSS variables.
"""

from collections.abc import Iterator

from bench.pages.charts.chart import Band, Bars, Boxes, Cells, Curve, Dots, Layer, Panel, Points, Rule
from bench.render.html.vega_layers import (
    MUTED,
    Spec,
    band,
    bars,
    boxes,
    curve,
    dots,
    matrix,
    points,
    rule,
)

_ROW = 26
"""The height of a row with a name, in pixels."""


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
    cells = next((layer for layer in panel.layers if isinstance(layer, Cells)), None)
    if cells is not None:
        return {"description": description, "height": height, **matrix(cells, panel)}
    drawn = [spec for layer in sorted(panel.layers, key=_depth) for spec in _specs(layer, panel)]
    layers = [{**spec, "name": f"{spec['name']} {place}"} for place, spec in enumerate(drawn)]
    n_rows = len(panel.y.names)
    params = [
        {"name": f"{name}_names", "value": list(axis.names)}
        for name, axis in (("x", panel.x), ("y", panel.y))
        if axis.names
    ]
    return {
        "description": description,
        "height": _ROW * n_rows + 20 if n_rows else height,
        **({"params": params} if params else {}),
        "layer": layers,
    }


def _depth(layer: Layer) -> int:
    """What is drawn first is behind."""
    return {Band: 0, Dots: 1, Rule: 2, Curve: 3}.get(type(layer), 4)


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
