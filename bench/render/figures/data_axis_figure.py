"""Accuracy or error against an axis of the data."""

from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel
from bench.render.figures.text_fit import figure_title


def data_axis_figure(chart: Chart) -> Figure:
    """Draw the panels below each other, with a legend below. The title of the chart is above the first."""
    n_panels = len(chart.panels)
    figure = Figure(figsize=(PAGE_INCHES, 4.0 * n_panels), layout="constrained")
    for place, panel in enumerate(chart.panels, start=1):
        axes = figure.add_subplot(n_panels, 1, place)
        titles = (figure_title(chart.title) if place == 1 else "", panel.title if n_panels > 1 else "")
        axes.set_title("\n".join(filter(None, titles)), loc="left")
        draw_panel(axes, panel)
    if not all(panel.empty for panel in chart.panels):
        figure.legend(loc="outside lower center", ncols=2, frameon=False, title=chart.key)
    return figure
