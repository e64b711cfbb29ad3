"""Training and held-out error."""

from dataclasses import replace

from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel, few_ticks
from bench.render.figures.text_fit import legend_below, put_heading


def training_fit_figure(chart: Chart) -> Figure:
    """Draw error and loss next to each other, with one legend below."""
    figure = Figure(figsize=(PAGE_INCHES, 3.0), layout="constrained")
    put_heading(figure, replace(chart, key=""))
    grid = figure.subplots(1, len(chart.panels))
    for axes, panel in zip(grid, chart.panels, strict=True):
        draw_panel(axes, panel)
        few_ticks(axes.xaxis)
    handles, labels = grid[0].get_legend_handles_labels()
    legend_below(figure, handles, labels, chart.key)
    return figure
