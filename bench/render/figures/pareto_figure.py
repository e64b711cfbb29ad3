"""The Pareto fronts of accuracy against two costs, next to each other."""

from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel, few_ticks, shaded_points
from bench.render.figures.text_fit import heading, legend_below


def pareto_figure(chart: Chart) -> Figure:
    """Draw one panel per cost, with a colour bar of the probability."""
    figure = Figure(figsize=(PAGE_INCHES, 3.5), layout="constrained")
    figure.suptitle(heading(chart), x=0.01, ha="left")
    grid = figure.subplots(1, len(chart.panels), sharey=True)
    for axes, panel in zip(grid, chart.panels, strict=True):
        draw_panel(axes, panel)
        few_ticks(axes.xaxis)
    for axes in grid[1:]:
        axes.set_ylabel("")
    shaded = next((found for axes in grid if (found := shaded_points(axes)) is not None), None)
    if shaded is not None:
        figure.colorbar(shaded, ax=grid, label=chart.shade_label, fraction=0.04)
        legend_below(figure, *grid[0].get_legend_handles_labels())
    return figure
