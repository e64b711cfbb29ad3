"""A grid of panels with the same axes, one per network. Only the left and lower edges have labels."""

from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel
from bench.render.figures.text_fit import NAME_POINTS, PANEL_TITLE_POINTS, heading, heading_inches, panel_title

_SHARES_UP_TO_CLASSES = 3


def calibration_figure(chart: Chart) -> Figure:
    """Draw one reliability diagram per network, four per row."""
    n_columns = min(4, len(chart.panels))
    return _grid(chart, n_columns, 1.9, 0.8 * PAGE_INCHES / n_columns)


def confusion_figure(chart: Chart) -> Figure:
    """Draw one matrix per network: three per row if there are few classes, else two."""
    names = chart.panels[0].x.names
    n_columns = min(len(chart.panels), 3 if len(names) <= _SHARES_UP_TO_CLASSES else 2)
    side = PAGE_INCHES / n_columns
    figure = _grid(chart, n_columns, min(side, 3.4), 0.65 * side)
    if chart.panels[0].layers:
        rotation = 90 if len(names) > 3 and max(map(len, names)) > 3 else 0
        for axes in figure.axes:
            axes.set_xticks(range(len(names)), names, rotation=rotation, fontsize=NAME_POINTS)
            axes.set_yticks(range(len(names)), names, fontsize=NAME_POINTS)
            axes.set_ylim(len(names) - 0.5, -0.5)
    return figure


def _grid(chart: Chart, n_columns: int, row_inches: float, title_inches: float) -> Figure:
    n_rows = -(-len(chart.panels) // n_columns)
    text = heading(chart)
    height = row_inches * n_rows + 0.5 + heading_inches(text)
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    figure.suptitle(text, x=0.01, ha="left")
    for place, panel in enumerate(chart.panels):
        axes = figure.add_subplot(n_rows, n_columns, place + 1)
        draw_panel(axes, panel)
        if panel.empty:
            continue
        axes.set_title(panel_title(panel.title, title_inches), fontsize=PANEL_TITLE_POINTS)
        is_left, is_lowest = place % n_columns == 0, place + n_columns >= len(chart.panels)
        axes.tick_params(labelleft=is_left, labelbottom=is_lowest, labelsize=8)
        if not is_left:
            axes.set_ylabel("")
        if not is_lowest:
            axes.set_xlabel("")
    return figure
