"""Accuracy or error against an axis of the data."""

from dataclasses import replace

from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart
from bench.render.figures.apart import move_apart
from bench.render.figures.house_style import PAGE_INCHES, TITLE_POINTS
from bench.render.figures.layers import draw_panel
from bench.render.figures.text_fit import folded, legend_below, line_inches, put_heading


def data_axis_figure(chart: Chart) -> Figure:
    """Draw the panels below each other, with a legend below."""
    n_panels = len(chart.panels)
    figure = Figure(figsize=(PAGE_INCHES, 3.4 * n_panels), layout="constrained")
    put_heading(figure, replace(chart, key=""))
    key = chart.key
    for place, panel in enumerate(chart.panels, start=1):
        axes = figure.add_subplot(n_panels, 1, place)
        if n_panels > 1:
            title = folded(panel.title, PAGE_INCHES - 1, TITLE_POINTS)
            axes.set_title(title, loc="left")
            figure.set_figheight(figure.get_figheight() + line_inches(TITLE_POINTS) * (title.count("\n") + 1))
        moved, is_moved = move_apart(panel)
        draw_panel(axes, moved)
        key = f"{chart.key}; equal values are drawn apart" if is_moved else key
    named = dict(pair for axes in figure.axes for pair in zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    legend_below(figure, list(named.values()), list(named), key)
    return figure
