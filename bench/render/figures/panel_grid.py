"""A grid of panels with the same axes, one per network. Only the left and lower edges have labels."""

from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel
from bench.render.figures.text_fit import (
    NAME_POINTS,
    PANEL_TITLE_POINTS,
    folded,
    line_inches,
    put_heading,
    shortened,
    text_inches,
)

_SHARES_UP_TO_CLASSES = 3
_CLASS_INCHES = 1.0
_UPRIGHT_SHARE = 0.8
"""The part of a cell's width that a class name may fill before all names are turned."""


def calibration_figure(chart: Chart) -> Figure:
    """Draw one reliability diagram per network, four per row."""
    n_columns = min(4, len(chart.panels))
    return _grid(chart, n_columns, 1.5)


def confusion_figure(chart: Chart) -> Figure:
    """Draw one matrix per network: three per row if there are few classes, else two."""
    names = [shortened(name, _CLASS_INCHES) for name in chart.panels[0].x.names]
    widest = max((text_inches(name, NAME_POINTS) for name in names), default=0.0)
    n_columns = min(len(chart.panels), 3 if len(names) <= _SHARES_UP_TO_CLASSES else 2)
    side = min(3.4, (PAGE_INCHES - 0.4 - widest) / n_columns)
    is_turned = bool(names) and widest > _UPRIGHT_SHARE * side / len(names)
    figure = _grid(chart, n_columns, side, foot=widest if is_turned else 0.0)
    if chart.panels[0].layers:
        for axes in figure.axes:
            axes.set_xticks(range(len(names)), names, rotation=90 if is_turned else 0, fontsize=NAME_POINTS)
            axes.set_yticks(range(len(names)), names, fontsize=NAME_POINTS)
            axes.set_ylim(len(names) - 0.5, -0.5)
    return figure


def _grid(chart: Chart, n_columns: int, panel_inches: float, foot: float = 0.0) -> Figure:
    """Panels of this height in rows, with room for their titles, and for names of this length below the lowest."""
    n_rows = -(-len(chart.panels) // n_columns)
    titles = [folded(panel.title, 0.8 * PAGE_INCHES / n_columns, PANEL_TITLE_POINTS) for panel in chart.panels]
    n_lines = max(title.count("\n") + 1 for title in titles)
    height = (panel_inches + line_inches(PANEL_TITLE_POINTS) * n_lines) * n_rows + 0.75 + foot
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    put_heading(figure, chart)
    for place, panel in enumerate(chart.panels):
        axes = figure.add_subplot(n_rows, n_columns, place + 1)
        draw_panel(axes, panel)
        if panel.empty:
            continue
        axes.set_title(titles[place], fontsize=PANEL_TITLE_POINTS)
        is_left, is_lowest = place % n_columns == 0, place + n_columns >= len(chart.panels)
        axes.tick_params(labelleft=is_left, labelbottom=is_lowest, labelsize=8)
        if not is_left:
            axes.set_ylabel("")
        if not is_lowest:
            axes.set_xlabel("")
    return figure
