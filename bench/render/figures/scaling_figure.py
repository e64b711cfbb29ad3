"""Accuracy, loss and step time against parameter count, with names next to the controls' lines."""

from dataclasses import replace

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.pages.charts.chart import Chart, Rule
from bench.render.figures.apart import move_apart
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel
from bench.render.figures.names_beside import name_beside
from bench.render.figures.text_fit import legend_below, put_heading

_AXES_INCHES = 2.75
"""The height of the axes, about."""


def scaling_figure(chart: Chart) -> Figure:
    """Draw a chart of one panel. Networks of nearly equal size are moved apart."""
    (panel,) = chart.panels
    figure = Figure(figsize=(PAGE_INCHES, 3.4), layout="constrained")
    axes = figure.add_subplot()
    put_heading(figure, replace(chart, key=""))
    panel, is_moved = move_apart(panel)
    draw_panel(axes, panel)
    name_beside(axes, [each for each in panel.layers if isinstance(each, Rule) and each.is_named_beside], _AXES_INCHES)
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda place: isinstance(handles[place], Line2D))
    key = f"{chart.key}; nearly equal counts are drawn apart" if is_moved else chart.key
    legend_below(figure, [handles[place] for place in order], [labels[place] for place in order], key, handlelength=3.2)
    return figure
