"""Figures whose panels have one row per network, pair, term or class, with names next to the axis."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bench.pages.charts.chart import Bars, Chart, Panel, Points
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import BAR_TEXT_POINTS, draw_panel, few_ticks
from bench.render.figures.text_fit import (
    NAME_POINTS,
    folded,
    in_lines,
    legend_below,
    line_inches,
    put_heading,
    shortened,
    text_inches,
)

_ROW_INCHES = 0.19
_EMPTY_INCHES = 1.2
_PANEL_TITLE_POINTS = 9.0
_TITLE_INCHES = PAGE_INCHES - 1.8
"""Beside the names next to the axis."""
_NUMBER_POINTS = 7.0
_TIMING_NAME_INCHES = 2.4
_CLASS_INCHES = 1.2
_NARROW_TICKS = 3
_SHARE_NAME_INCHES = 2.0
_AROUND_INCHES, _AROUND_BAR_INCHES = 0.4, 0.15


def forest_figure(chart: Chart) -> Figure:
    """Draw one panel below the other, with the numbers of a row to its right. The height of a row fits its name."""
    titles = [folded(panel.title, _TITLE_INCHES, _PANEL_TITLE_POINTS) for panel in chart.panels]
    heights = [
        1.5 + title.count("\n") + 1 + _row_ends(panel)[-1] for title, panel in zip(titles, chart.panels, strict=True)
    ]
    is_empty = bool(chart.panels[0].empty)
    height = _EMPTY_INCHES if is_empty else _ROW_INCHES * sum(heights) + 0.5
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    put_heading(figure, chart)
    grid = figure.subplots(len(chart.panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    for axes, title, panel in zip(grid[:, 0], titles, chart.panels, strict=True):
        axes.set_title(title, loc="left", fontsize=_PANEL_TITLE_POINTS)
        _draw_forest(axes, panel)
    grid[-1, 0].set_xlabel(chart.panels[-1].x.label)
    return figure


def components_figure(chart: Chart) -> Figure:
    """Draw stacked bars, with a legend below."""
    (panel,) = chart.panels
    height = _EMPTY_INCHES if panel.empty else 0.6 + max(0.9, _names_inches(panel))
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    put_heading(figure, chart)
    axes = figure.add_subplot()
    draw_panel(axes, panel)
    if not panel.empty:
        axes.grid(visible=False, axis="y")
        legend_below(figure, *axes.get_legend_handles_labels())
    return figure


def effects_figure(chart: Chart) -> Figure:
    """Draw one panel per quantity, next to each other."""
    height = 0.8 + max(0.9, _names_inches(chart.panels[0]))
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    put_heading(figure, chart)
    for axes, panel in zip(figure.subplots(1, len(chart.panels), sharey=True), chart.panels, strict=True):
        draw_panel(axes, panel)
        axes.tick_params(axis="x", labelsize=NAME_POINTS)
        few_ticks(axes.xaxis, _NARROW_TICKS)
    return figure


def timing_figure(chart: Chart) -> Figure:
    """Draw one row per network, with a legend of the parts below."""
    (panel,) = chart.panels
    names = [in_lines(name, _TIMING_NAME_INCHES, _NUMBER_POINTS) for name in panel.y.names]
    rows = [max(0.3, 0.12 + line_inches(_NUMBER_POINTS) * (name.count("\n") + 1)) for name in names]
    figure = Figure(figsize=(PAGE_INCHES, _EMPTY_INCHES if panel.empty else 0.8 + sum(rows)), layout="constrained")
    put_heading(figure, chart)
    axes = figure.add_subplot()
    draw_panel(axes, panel)
    if panel.empty:
        return figure
    axes.set_yticks(range(len(names)), names, fontsize=_NUMBER_POINTS)
    axes.set_ylim(len(names) - 0.4, -0.6)
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    legend_below(figure, list(unique.values()), list(unique))
    return figure


def audit_figure(chart: Chart) -> Figure:
    """Draw the class shares above the distributions, three per row."""
    shares, *distributions = chart.panels
    n_classes, n_rows = len(shares.y.names), -(-len(distributions) // 3)
    shares = replace(shares, y=replace(shares.y, names=tuple(in_lines(n, _SHARE_NAME_INCHES) for n in shares.y.names)))
    n_lines = sum(name.count("\n") + 1 for name in shares.y.names)
    shares_inches, row_inches = 0.7 + 0.08 * n_classes + 0.14 * n_lines, 0.75 + 0.16 * n_classes
    figure = Figure(figsize=(PAGE_INCHES, shares_inches + n_rows * row_inches + 0.2), layout="constrained")
    put_heading(figure, chart)
    grid = figure.add_gridspec(1 + n_rows, 3, height_ratios=(shares_inches, *[row_inches] * n_rows))
    _draw_shares(figure.add_subplot(grid[0, :]), shares)
    for place, panel in enumerate(distributions):
        axes = figure.add_subplot(grid[1 + place // 3, place % 3])
        names = tuple(shortened(name, _CLASS_INCHES) for name in panel.y.names)
        draw_panel(axes, replace(panel, y=replace(panel.y, names=names)))
        few_ticks(axes.xaxis, _NARROW_TICKS)
        axes.tick_params(labelleft=place % 3 == 0, labelsize=NAME_POINTS)
        axes.xaxis.label.set_fontsize(8)
    return figure


def _names_inches(panel: Panel) -> float:
    """The height of equal rows that fit the names next to the axis."""
    n_lines = max((in_lines(name).count("\n") + 1 for name in panel.y.names), default=1)
    return len(panel.y.names) * (0.05 + line_inches(NAME_POINTS) * n_lines)


def _draw_shares(axes: Axes, panel: Panel) -> None:
    """Draw the bars, on an axis that is long enough for the texts at their ends."""
    draw_panel(axes, panel)
    names = max(text_inches(line, NAME_POINTS) for name in panel.y.names for line in name.split("\n"))
    inches = PAGE_INCHES - _AROUND_INCHES - names
    ends = [
        length * inches / (inches - text_inches(text, BAR_TEXT_POINTS) - _AROUND_BAR_INCHES)
        for layer in panel.layers
        if isinstance(layer, Bars)
        for length, text in zip(layer.length, layer.texts or ("",) * len(layer.y), strict=True)
    ]
    axes.set_xlim(0.0, max(ends))


def _draw_forest(axes: Axes, panel: Panel) -> None:
    if panel.empty:
        draw_panel(axes, panel)
        return
    ends = _row_ends(panel)
    centres = (ends[:-1] + ends[1:]) / 2
    layers = [
        replace(each, y=tuple(centres[np.array(each.y, int)])) if isinstance(each, Points) else each
        for each in panel.layers
    ]
    draw_panel(axes, replace(panel, layers=tuple(layers)))
    axes.set_yticks(centres, [in_lines(name) for name in panel.y.names], fontsize=NAME_POINTS)
    axes.set_ylim(ends[-1] + 0.2, -0.2)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("")
    for layer in layers:
        for place, numbers in zip(layer.y, layer.names, strict=False) if isinstance(layer, Points) else ():
            axes.text(
                *(1.01, place, numbers), transform=axes.get_yaxis_transform(), va="center", fontsize=_NUMBER_POINTS
            )


def _row_ends(panel: Panel) -> NDArray[np.float64]:
    """Where rows begin and end, (n + 1,); the lines of one name are closer than those of two."""
    return np.cumsum([0.0, *(1 + 0.75 * in_lines(name).count("\n") for name in panel.y.names)])
