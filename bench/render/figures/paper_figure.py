"""The figure of a paper, in the width of one column or of two."""

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart, Panel, Rule
from bench.render.figures.layers import draw_panel, few_ticks
from bench.render.figures.names_beside import name_beside
from bench.render.figures.point_names import name_points
from bench.render.figures.text_fit import legend_below

SINGLE_INCHES, DOUBLE_INCHES = 3.5, 7.16
"""The widths of one column and of two in common two-column journals: 89 and 182 mm."""
_PANEL_INCHES = 2.4
_NAMED_INCHES = 1.6
"""The height of the axes next to the controls' names, about."""
_FIRST_SHARE = 1.35
"""The width of the first panel and the controls, relative to the second panel."""
_STRIP_SHARE = 0.05
_POINTS = 7.0
_CONTROL_POINTS = 6.0


def paper_figure(chart: Chart, inches: float) -> Figure:
    """Draw the panels next to each other, or below each other if the figure is narrow; letters name them.

    Args:
        chart: as ``paper_chart`` gives it.
        inches: the width.
    """
    mpl.rc("font", size=_POINTS)
    mpl.rc("axes", titlesize=_POINTS + 1, labelsize=_POINTS)
    main = [panel for panel in chart.panels if not _is_strip(panel)]
    strip = next((panel for panel in chart.panels if _is_strip(panel)), None)
    is_narrow = inches < DOUBLE_INCHES
    n_rows, n_columns = (len(main), 1) if is_narrow else (1, len(main))
    figure = Figure(figsize=(inches, _PANEL_INCHES * n_rows), layout="constrained")
    has_wider = strip is not None and n_columns > 1
    grid = figure.add_gridspec(n_rows, n_columns, width_ratios=(_FIRST_SHARE, 1) if has_wider else None)
    drawn = []
    for place, panel in enumerate(main):
        cell = grid[place, 0] if is_narrow else grid[0, place]
        if place == 0 and strip is not None:
            inner = cell.subgridspec(1, 2, width_ratios=(1, _STRIP_SHARE), wspace=0.02)
            axes = figure.add_subplot(inner[0])
            beside = figure.add_subplot(inner[1], sharey=axes)
            draw_panel(beside, strip)
            beside.tick_params(left=False, labelleft=False)
            beside.set_ylabel("")
            beside.spines["left"].set_visible(False)
            rules = [each for each in strip.layers if isinstance(each, Rule)]
            name_beside(beside, rules, _NAMED_INCHES, right=1.6, points=_CONTROL_POINTS)
        else:
            axes = figure.add_subplot(cell)
        draw_panel(axes, panel)
        few_ticks(axes.xaxis)
        axes.set_title(panel.title, loc="left", fontweight="bold")
        drawn.append((axes, panel))
    legend_below(figure, *drawn[0][0].get_legend_handles_labels(), fontsize=_POINTS)
    name_points(figure, drawn)
    return figure


def _is_strip(panel: Panel) -> bool:
    return all(isinstance(layer, Rule) for layer in panel.layers)
