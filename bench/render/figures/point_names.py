"""Writes the names of points next to them, where there is room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from bench.pages.charts.chart import Curve, Panel, Points, Style
from bench.render.figures.colours import look

_POINTS_PER_INCH = 72
_GAPS_POINTS = (2.0, 7.0)
_SIDES = ((0, 1), (1, 1), (-1, 1), (0, -1), (1, -1), (-1, -1), (1, 0), (-1, 0))
"""Where a name may be, as seen from its point: first above, then beside and below."""
_LINE_STEP_PIXELS = 4.0
_MOST_COVERED = 3
"""The steps of lines that a name may cover: a line that crosses it, but none along it."""


@dataclass(frozen=True)
class _Named:
    """A point with a name, and where it is on the page."""

    name: str
    colour: str
    place: NDArray[np.float64]
    radius: float


def name_points(figure: Figure, panels: Sequence[tuple[Axes, Panel]], points: float = 6.5) -> None:
    """Write names of points next to them: first of the network that is taken, then of the ends, then of the others.

    An empty name is not written. A name that would cover a point, another name, a line or the edge of its panel is left
    out.

    Args:
        figure: drawn, but for the names; its layout is computed here.
        panels: the axes, each with the panel that is drawn on them.
        points: the size of the text.
    """
    canvas: Any = FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    for axes, panel in panels:
        _name_panel(axes, panel, points, canvas.get_renderer(), figure.dpi / _POINTS_PER_INCH)


def _name_panel(axes: Axes, panel: Panel, points: float, renderer: Any, pixels: float) -> None:
    """``pixels`` are those of a point."""
    named = list(_in_order(axes, panel, pixels))
    if not named:
        return
    markers = [
        Bbox.from_extents(*(place - radius), *(place + radius))
        for layer in panel.layers
        if isinstance(layer, Points)
        for radius in [pixels * look(layer.style).size / 2]
        for place in _places(axes, layer.x, layer.y)
    ]
    lines = np.concatenate([np.zeros((0, 2)), *_drawn(axes, panel)])
    written: list[Bbox] = []
    for each in named:
        text = axes.annotate(
            *(each.name, (0, 0)),
            xycoords="figure pixels",
            fontsize=points,
            color=each.colour,
            annotation_clip=False,
            path_effects=[patheffects.withStroke(linewidth=1.5, foreground="white")],
        )
        text.set_in_layout(False)
        extent = text.get_window_extent(renderer)
        found = _room(each, extent, axes.bbox, [*markers, *written], lines, pixels)
        if found is None:
            text.remove()
            continue
        written.append(found)
        offset = (np.array([found.x0, found.y0]) - each.place - np.array([extent.x0, extent.y0])) / pixels
        text.xy = tuple(axes.transData.inverted().transform(each.place))
        text.xycoords = "data"
        text.set_position(tuple(offset))
        text.anncoords = "offset points"


def _in_order(axes: Axes, panel: Panel, pixels: float) -> Iterator[_Named]:
    """The points with names: the taken one, the first and last of each line, the others."""
    layers = [layer for layer in panel.layers if isinstance(layer, Points)]
    taken = {place for layer in layers if layer.style.role == "taken" for place in zip(layer.x, layer.y, strict=True)}
    ring = look(Style("taken")).size
    found: list[tuple[int, _Named]] = []
    for layer in layers:
        last = len(layer.names) - 1
        for index, (name, place) in enumerate(zip(layer.names, _places(axes, layer.x, layer.y), strict=False)):
            if not name:
                continue
            is_taken = (layer.x[index], layer.y[index]) in taken
            shape = look(layer.style)
            radius = pixels * shape.size / 2
            rank = 0 if is_taken else 1 if index in (0, last) else 2
            found.append((rank, _Named(name, shape.colour, place, pixels * ring / 2 if is_taken else radius)))
    yield from (each for _, each in sorted(found, key=lambda pair: pair[0]))


def _places(axes: Axes, x: Sequence[float], y: Sequence[float]) -> NDArray[np.float64]:
    """Pixels: (n, 2)."""
    return np.asarray(axes.transData.transform(np.column_stack([x, y])), float)


def _drawn(axes: Axes, panel: Panel) -> Iterator[NDArray[np.float64]]:
    """Pixels, closely spaced, on the lines and intervals of the panel: arrays (n, 2)."""
    for layer in panel.layers:
        if isinstance(layer, Curve) or (isinstance(layer, Points) and layer.is_joined):
            line = _places(axes, layer.x, layer.y)
            if isinstance(layer, Curve) and layer.is_stepped:
                line = _stepped(line)
            for start, end in pairwise(line):
                n = max(2, int(np.hypot(*(end - start)) / _LINE_STEP_PIXELS))
                yield np.linspace(start, end, n)
        if isinstance(layer, Points) and layer.low:
            lows, highs = _places(axes, layer.x, layer.low), _places(axes, layer.x, layer.high)
            for start, end in zip(lows, highs, strict=True):
                if np.isfinite(start).all() and np.isfinite(end).all():
                    yield np.linspace(start, end, max(2, int(abs(end[1] - start[1]) / _LINE_STEP_PIXELS)))


def _stepped(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners of a line that is level up to its next point: (2 n - 1, 2)."""
    corners = np.repeat(line, 2, axis=0)
    return np.column_stack([corners[1:, 0], corners[:-1, 1]])


def _room(
    each: _Named, extent: Bbox, panel: Bbox, taken: Sequence[Bbox], lines: NDArray[np.float64], pixels: float
) -> Bbox | None:
    """Where the name fits, over as little of the lines as possible; None if it fits nowhere."""
    best: tuple[int, Bbox] | None = None
    size = np.array([extent.width, extent.height])
    for gap, side in product(_GAPS_POINTS, _SIDES):
        away = np.array(side, float)
        reach = (each.radius + gap * pixels) / (np.sqrt(2) if all(side) else 1)
        corner = each.place + away * reach + (away - 1) / 2 * size
        box = Bbox.from_bounds(*corner, *size)
        is_inside = panel.contains(box.x0, box.y0) and panel.contains(box.x1, box.y1)
        if not is_inside or any(box.overlaps(other) for other in taken):
            continue
        n_covered = int(np.sum(np.all((lines > corner) & (lines < corner + size), axis=1)))
        if n_covered <= _MOST_COVERED and (best is None or n_covered < best[0]):
            best = (n_covered, box)
    return None if best is None else best[1]
