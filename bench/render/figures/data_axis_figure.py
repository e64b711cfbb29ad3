"""Accuracy against an axis of the data."""

from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel


def data_axis_figure(chart: Chart) -> Figure:
    """Draw a chart of one panel, with a legend below."""
    (panel,) = chart.panels
    figure = Figure(figsize=(PAGE_INCHES, 4.0), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(chart.title, loc="left")
    draw_panel(axes, panel)
    if not panel.empty:
        figure.legend(loc="outside lower center", ncols=2, frameon=False, title=chart.key)
    return figure
