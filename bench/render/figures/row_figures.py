"""Figures whose panels have one row per network, pair, term or class, with names next to the axis."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bench.pages.charts.chart import Chart, Panel, Points
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel
from bench.render.figures.text_fit import NAME_POINTS, figure_title, heading, heading_inches, in_lines

_ROW_INCHES = 0.19
_TIMING_NAME_CHARACTERS = 40


def forest_figure(chart: Chart) -> Figure:
    """Draw one panel below the other. The height of a row depends on its name."""
    heights = [1.5 + in_lines(panel.title).count("\n") + 1 + _row_ends(panel)[-1] for panel in chart.panels]
    if chart.panels[0].empty:
        heights = [8.0]
    text = heading(chart)
    height = _ROW_INCHES * sum(heights) + 0.9 + heading_inches(text)
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    figure.suptitle(text, x=0.01, ha="left")
    grid = figure.subplots(len(chart.panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    for axes, panel in zip(grid[:, 0], chart.panels, strict=True):
        _draw_forest(axes, panel)
    grid[-1, 0].set_xlabel(chart.panels[-1].x.label)
    return figure


def components_figure(chart: Chart) -> Figure:
    """Draw stacked bars, with a legend below."""
    (panel,) = chart.panels
    n_lines = sum(in_lines(name).count("\n") + 1 for name in panel.y.names)
    height = 0.1 * len(panel.y.names) + 0.14 * max(8, n_lines) + 1.5
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(figure_title(chart.title), loc="left")
    draw_panel(axes, panel)
    if not panel.empty:
        axes.grid(visible=False, axis="y")
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def effects_figure(chart: Chart) -> Figure:
    """Draw one panel per quantity, next to each other."""
    names = chart.panels[0].y.names
    figure = Figure(figsize=(PAGE_INCHES, 1.1 + 0.17 * len(names)), layout="constrained")
    figure.suptitle(chart.title, x=0.01, ha="left")
    for axes, panel in zip(figure.subplots(1, len(chart.panels), sharey=True), chart.panels, strict=True):
        draw_panel(axes, panel)
    return figure


def timing_figure(chart: Chart) -> Figure:
    """Draw one row per network, with a legend of the parts below."""
    (panel,) = chart.panels
    figure = Figure(figsize=(PAGE_INCHES, 1.5 + 0.42 * len(panel.y.names)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(figure_title(chart.title), loc="left")
    draw_panel(axes, panel)
    if panel.empty:
        return figure
    names = [in_lines(name, _TIMING_NAME_CHARACTERS) for name in panel.y.names]
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(len(names) - 0.4, -0.6)
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.set_size_inches(PAGE_INCHES, figure.get_figheight() + _ROW_INCHES * -(-len(unique) // 3))
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def audit_figure(chart: Chart) -> Figure:
    """Draw the class shares above the distributions, three per row."""
    shares, *distributions = chart.panels
    n_classes, n_rows = len(shares.y.names), -(-len(distributions) // 3)
    shares_inches, row_inches = 0.9 + 0.22 * n_classes, 0.75 + 0.16 * n_classes
    height = shares_inches + n_rows * row_inches + 0.5
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    figure.suptitle(chart.title, x=0.01, ha="left")
    grid = figure.add_gridspec(1 + n_rows, 3, height_ratios=(shares_inches, *[row_inches] * n_rows))
    draw_panel(figure.add_subplot(grid[0, :]), shares)
    for place, panel in enumerate(distributions):
        axes = figure.add_subplot(grid[1 + place // 3, place % 3])
        draw_panel(axes, panel)
        axes.tick_params(labelleft=place % 3 == 0, labelsize=NAME_POINTS)
        axes.xaxis.label.set_fontsize(8)
    return figure


def _draw_forest(axes: Axes, panel: Panel) -> None:
    axes.set_title(in_lines(panel.title), loc="left", fontsize=9)
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


def _row_ends(panel: Panel) -> NDArray[np.float64]:
    """Where rows begin and end, (n + 1,); the lines of one name are closer than those of two."""
    return np.cumsum([0.0, *(1 + 0.75 * in_lines(name).count("\n") for name in panel.y.names)])
