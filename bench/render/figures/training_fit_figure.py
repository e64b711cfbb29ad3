"""Training and held-out error."""

from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel


def training_fit_figure(chart: Chart) -> Figure:
    """Draw error and loss next to each other, with one legend below."""
    figure = Figure(figsize=(PAGE_INCHES, 3.9), layout="constrained")
    figure.suptitle(chart.title, x=0.01, ha="left")
    grid = figure.subplots(1, len(chart.panels))
    for axes, panel in zip(grid, chart.panels, strict=True):
        draw_panel(axes, panel)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, title=chart.key)
    return figure
