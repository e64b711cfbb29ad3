"""Draws the layers of a panel on matplotlib axes. No other module converts chart data to artists."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PathCollection
from matplotlib.ticker import EngFormatter, FixedLocator, LogLocator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import NDArray

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
    Values,
)
from bench.render.figures.colours import BLACK, CLASS_COLOURS, DARK, MATRIX_COLOURS, SHADE_COLOURS, look
from bench.render.figures.text_fit import NAME_POINTS, folded, in_lines
from bench.rounding import half_up

BAR_TEXT_POINTS = 8.0
_FEW_TICKS_FROM = 30
_TWO_TICKS_FROM = 3
_MANY_TICKS = 4
_INK = 6.0
_REASON_POINTS = 9.0
_LARGEST_DOT = 70.0
_LEAST_HOLLOW_DOT = 10.0
_SHARES_UP_TO_CLASSES = 3
_NUMBERS_UP_TO_CLASSES = 12


def draw_panel(axes: Axes, panel: Panel) -> None:
    """Draw the layers of a panel in their order, and set its scales, limits and labels.

    An empty panel shows the reason instead.
    """
    axes.set_xlabel(panel.x.label)
    axes.set_ylabel(panel.y.label)
    for set_scale, of_panel in ((axes.set_xscale, panel.x), (axes.set_yscale, panel.y)):
        if of_panel.scale != "linear":
            set_scale("log", base=2 if of_panel.scale == "log2" else 10)
    _set_limits(axes, panel)
    for layer in panel.layers:
        draw_layer(axes, layer)
    _set_axis(axes, axes.xaxis, panel.x)
    _set_axis(axes, axes.yaxis, panel.y)
    if panel.empty:
        _show_nothing(axes, panel.empty)


def draw_layer(axes: Axes, layer: Layer) -> None:
    """Draw one layer."""
    match layer:
        case Dots():
            _draw_dots(axes, layer)
        case Points():
            _draw_points(axes, layer)
        case Curve():
            _draw_curve(axes, layer)
        case Rule():
            _draw_rule(axes, layer)
        case Band():
            axes.axvspan(layer.low, layer.high, color=look(layer.style).colour, zorder=0)
        case Bars():
            _draw_bars(axes, layer)
        case Boxes():
            _draw_boxes(axes, layer)
        case Cells():
            _draw_cells(axes, layer)


def shaded_points(axes: Axes) -> PathCollection | None:
    """The drawn points whose shade is a value, for a colour bar."""
    return next((each for each in axes.collections if isinstance(each, PathCollection)), None)


def logarithmic(axis: Axis, *, is_count: bool) -> None:
    """Set ticks of a log axis: at 1, 2 and 5 if it spans few decades. Counts are written 10 k, 200 k, 1 M."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1.0,) if high / low > 500 else (1.0, 2.0, 5.0), numticks=20))
    axis.set_major_formatter(EngFormatter(sep="\N{NARROW NO-BREAK SPACE}") if is_count else "{x:g}")
    axis.set_minor_locator(LogLocator(subs=tuple(range(1, 10)), numticks=200))
    axis.set_minor_formatter(NullFormatter())


def few_ticks(axis: Axis, most: int = 5) -> None:
    """Leave an axis of a narrow panel at most about this many ticks: of a log axis, its decades or 1, 2 and 5."""
    low, high = axis.get_view_interval()
    if axis.get_scale() == "linear":
        axis.set_major_locator(MaxNLocator(most))
    elif high / low > _FEW_TICKS_FROM:
        axis.set_major_locator(LogLocator(numticks=most))
    elif high / low > _TWO_TICKS_FROM:
        axis.set_major_locator(LogLocator(subs=(1.0, 3.0) if most < _MANY_TICKS else (1.0, 2.0, 5.0), numticks=20))
    else:
        axis.set_major_locator(MaxNLocator(3))


def _set_limits(axes: Axes, panel: Panel) -> None:
    if panel.x.limits is not None:
        axes.set_xlim(*panel.x.limits)
    if panel.y.limits is not None:
        axes.set_ylim(*panel.y.limits)


def _set_axis(axes: Axes, axis: Axis, of_panel: ChartAxis) -> None:
    if of_panel.scale == "log":
        logarithmic(axis, is_count=of_panel.is_count)
    if of_panel.scale == "log2":
        axis.set_major_formatter("{x:g}")
    if of_panel.ticks is not None:
        axis.set_major_locator(FixedLocator(list(of_panel.ticks)))
        axis.set_minor_locator(NullLocator())
        if of_panel.is_count:
            axis.set_major_formatter("{x:,.0f}")
    if of_panel.names and axis is axes.yaxis:
        names = [in_lines(name) for name in of_panel.names]
        axes.set_yticks(range(len(names)), names, fontsize=NAME_POINTS)
        axes.set_ylim(len(names) - 0.4, -0.6)


def _draw_dots(axes: Axes, layer: Dots) -> None:
    shape = look(layer.style)
    n_dots = [len(each) for each in layer.y]
    axes.plot(
        *(np.repeat(layer.x, n_dots), np.concatenate(layer.y)),
        color=shape.colour,
        marker=shape.marker,
        linestyle="none",
        markersize=3,
        markeredgewidth=0,
        alpha=min(0.3, max(0.02, _INK / max(n_dots))),
        rasterized=True,  # pixels also in an SVG, so that thousands of them stay small
    )


def _draw_points(axes: Axes, layer: Points) -> None:
    if layer.shade:
        _draw_shaded(axes, layer)
        return
    shape = look(layer.style)
    x, y = np.array(layer.x), np.array(layer.y)
    if layer.area:
        if layer.is_joined:
            axes.plot(x, y, color=shape.colour, linewidth=shape.width)
        sizes = _LARGEST_DOT * np.array(layer.area) + (_LEAST_HOLLOW_DOT if shape.is_hollow else 2)
        face = "white" if shape.is_hollow else shape.colour
        axes.scatter(
            x, y, s=sizes, facecolors=face, edgecolors=shape.colour, clip_on=False, zorder=3, label=layer.label
        )
        return
    if shape.is_hollow:
        marks = {**shape.marks(), "markeredgewidth": shape.width}
        axes.plot(x, y, linestyle="none", label=layer.label, zorder=4, clip_on=False, **marks)
        return
    has_line = layer.is_joined and len(x) > 1
    edge: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.6} if layer.style.role == "series" else {}
    axes.errorbar(
        x,
        y,
        xerr=_reach(x, layer.x_low, layer.x_high),
        yerr=_reach(y, layer.low, layer.high),
        color=shape.colour,
        linestyle=shape.line if has_line else "none",
        linewidth=shape.width,
        elinewidth=1.2 if layer.x_low else 1.0,
        capsize=2.5 if layer.low else 0.0,
        label=layer.label,
        zorder=3,
        **shape.marks(),
        **edge,
    )


def _reach(centre: NDArray[np.float64], low: Values, high: Values) -> list[NDArray[np.float64]] | None:
    """Lengths of bars below and above; none if a bound is missing. A bound beyond its centre has length 0."""
    if not low:
        return None
    return [np.maximum(centre - np.array(low), 0.0), np.maximum(np.array(high) - centre, 0.0)]


def _draw_shaded(axes: Axes, layer: Points) -> None:
    shape = look(layer.style)
    axes.scatter(
        *(layer.x, layer.y),
        c=layer.shade,
        cmap=SHADE_COLOURS,
        vmin=0.0,
        vmax=1.0,
        marker=shape.marker,
        edgecolors=shape.colour,
        linewidths=shape.width,
        s=shape.size**2,
        label=layer.label,
        zorder=3,
    )


def _draw_curve(axes: Axes, layer: Curve) -> None:
    shape = look(layer.style)
    axes.plot(
        *(layer.x, layer.y),
        color=shape.colour,
        linestyle=shape.line,
        linewidth=shape.width,
        marker="o" if len(layer.x) == 1 else None,
        drawstyle="steps-post" if layer.is_stepped else "default",
        label=layer.label or None,
        zorder=2,
    )
    if layer.low:
        axes.fill_between(layer.x, layer.low, layer.high, color=shape.colour, alpha=0.18, linewidth=0)


def _draw_rule(axes: Axes, layer: Rule) -> None:
    shape = look(layer.style)
    label = None if layer.is_named_beside else layer.label or None
    draw = axes.axhline if layer.axis == "y" else axes.axvline
    draw(layer.value, color=shape.colour, linestyle=shape.line, linewidth=shape.width, label=label)


def _draw_bars(axes: Axes, layer: Bars) -> None:
    shape = look(layer.style)
    is_class = layer.style.role == "class"
    edge: dict[str, Any] = {} if is_class else {"edgecolor": "black", "linewidth": shape.width, "hatch": shape.hatch}
    colours = [_class_colour(place) for place in range(len(layer.y))] if is_class else shape.colour
    axes.barh(layer.y, layer.length, left=layer.start, color=colours, label=layer.label or None, **edge)
    for place, start, length, text in zip(layer.y, layer.start, layer.length, layer.texts, strict=False):
        axes.text(start + length, place, f" {text}", va="center", fontsize=BAR_TEXT_POINTS)


def _draw_boxes(axes: Axes, layer: Boxes) -> None:
    colours = [_class_colour(place) for place in range(len(layer.y))]
    axes.hlines(layer.y, layer.minimum, layer.maximum, colors=colours, linewidth=1.0)
    axes.hlines(layer.y, layer.quartile_1, layer.quartile_3, colors=colours, linewidth=5.0, capstyle="butt")
    axes.plot(layer.median, layer.y, "o", color="white", markeredgecolor=BLACK, markersize=4)


def _class_colour(place: int) -> str:
    return CLASS_COLOURS[place % len(CLASS_COLOURS)]


def _draw_cells(axes: Axes, layer: Cells) -> None:
    counts, shares = np.array(layer.counts), np.array(layer.shares)
    axes.imshow(shares, cmap=MATRIX_COLOURS, vmin=0.0, vmax=1.0)
    axes.grid(visible=False)
    n_classes = len(counts)
    if n_classes > _NUMBERS_UP_TO_CLASSES:
        return
    are_few = n_classes <= _SHARES_UP_TO_CLASSES
    for (row, column), count in np.ndenumerate(counts):
        text = _count(count)
        if are_few:
            text += f"\n{half_up(float(shares[row, column])):.1%}"
        if count or are_few:
            axes.text(
                *(column, row, text),
                ha="center",
                va="center",
                color="white" if shares[row, column] > 0.6 else "black",
                fontsize=8 if are_few else 6.5,
                in_layout=False,  # it lies inside the panel, and measuring each takes milliseconds
            )


def _count(images: float) -> str:
    """A number of images; an average over seeds need not be whole."""
    text = f"{half_up(images):,.1f}"
    return text.removesuffix(".0")


def _show_nothing(axes: Axes, why: str) -> None:
    """Write the reason instead of an empty frame."""
    lines = folded(why, axes.get_window_extent().width / axes.figure.dpi, _REASON_POINTS)
    axes.text(0.5, 0.5, lines, ha="center", va="center", transform=axes.transAxes, color=DARK, fontsize=_REASON_POINTS)
    axes.set_axis_off()
