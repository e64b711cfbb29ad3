"""The Pareto fronts of accuracy against two costs, next to each other."""

from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel, few_ticks, shaded_points
from bench.render.figures.point_names import name_points
from bench.render.figures.text_fit import legend_below, put_heading


def pareto_figure(chart: Chart) -> Figure:
    """Draw one panel per cost, with names next to the points and a colour bar of the probability."""
    figure = Figure(figsize=(PAGE_INCHES, 3.3), layout="constrained")
    put_heading(figure, chart)
    grid = figure.subplots(1, len(chart.panels), sharey=not any(panel.empty for panel in chart.panels))
    for axes, panel in zip(grid, chart.panels, strict=True):
        draw_panel(axes, panel)
        few_ticks(axes.xaxis)
    for axes in grid[1:]:
        axes.set_ylabel("")
    shaded = next((found for axes in grid if (found := shaded_points(axes)) is not None), None)
    if shaded is not None:
        figure.colorbar(shaded, ax=grid, label=chart.shade_label, fraction=0.04)
        legend_below(figure, *grid[0].get_legend_handles_labels())
        name_points(figure, list(zip(grid, chart.panels, strict=True)))
    return figure
