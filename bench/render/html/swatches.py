"""The legend of a chart: each named layer with its mark as a small picture."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.pages.charts.chart import Bars, Chart, Curve, Layer, Points, Rule, Style
from bench.render.figures.colours import look
from bench.render.html.vega_layers import colour_of, dash_of, shape_of

_BASIC = {
    "circle": "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0Z",
    "square": "M-0.9,-0.9H0.9V0.9H-0.9Z",
    "diamond": "M0,-1.15L0.9,0L0,1.15L-0.9,0Z",
    "cross": "M-1,-0.35H-0.35V-1H0.35V-0.35H1V0.35H0.35V1H-0.35V0.35H-1Z",
    "triangle-up": "M0,-1L1,0.9H-1Z",
    "triangle-down": "M0,1L1,-0.9H-1Z",
    "triangle-left": "M-1,0L0.9,-1V1Z",
}


@dataclass(frozen=True)
class Swatch:
    """One entry of a legend.

    Attributes:
        label: for the reader.
        name: of the layers that it stands for.
        is_family: whether it is a family of networks, which can be isolated.
        colour: of mark and line.
        path: of the mark, about 0 with a radius of 1; empty without a mark.
        dash: of the line; ``none`` for a solid one.
        has_line: whether there is a line.
        is_hollow: whether the mark is an outline.
        is_bar: whether the mark is a filled bar.
    """

    label: str
    name: str
    is_family: bool
    colour: str
    path: str
    dash: str
    has_line: bool
    is_hollow: bool
    is_bar: bool


def legend(chart: Chart) -> tuple[Swatch, ...]:
    """The entries of a chart's legend, each label once, in the order of the layers."""
    layers = (layer for panel in chart.panels for layer in panel.layers)
    return tuple({swatch.label: swatch for layer in layers for swatch in _swatches(layer)}.values())


def _swatches(layer: Layer) -> Iterator[Swatch]:
    match layer:
        case Points(label=label, style=style) if label:
            yield _swatch(label, style, has_line=layer.is_joined, has_mark=True)
        case Curve(label=label, style=style) | Rule(label=label, style=style) if label:
            yield _swatch(label, style, has_line=True, has_mark=False)
        case Bars(label=label, style=style) if label:
            yield _swatch(label, style, has_line=False, has_mark=False, is_bar=True)


def _swatch(label: str, style: Style, *, has_line: bool, has_mark: bool, is_bar: bool = False) -> Swatch:
    shape = look(style)
    mark = shape_of(shape.marker) if has_mark else ""
    return Swatch(
        label=label,
        name=f"{style.role} {style.index}",
        is_family=style.role == "series",
        colour=colour_of(shape.colour),
        path=_BASIC.get(mark, mark),
        dash=",".join(f"{length:g}" for length in dash_of(shape.line)) or "none",
        has_line=has_line,
        is_hollow=shape.is_hollow,
        is_bar=is_bar,
    )
