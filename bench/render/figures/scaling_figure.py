"""Accuracy, loss and step time against parameter count, with names next to the controls' lines."""

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from bench.pages.charts.chart import Chart, Dots, Layer, Panel, Points, Rule
from bench.render.figures.house_style import PAGE_INCHES
from bench.render.figures.layers import draw_panel
from bench.render.figures.names_beside import name_beside
from bench.render.figures.text_fit import legend_below, put_heading

_APART = 0.011
_AXES_INCHES = 2.75
"""The height of the axes, about."""


def scaling_figure(chart: Chart) -> Figure:
    """Draw a chart of one panel. Networks of nearly equal size are moved apart."""
    (panel,) = chart.panels
    figure = Figure(figsize=(PAGE_INCHES, 3.4), layout="constrained")
    axes = figure.add_subplot()
    put_heading(figure, replace(chart, key=""))
    panel, is_moved = _apart(panel)
    draw_panel(axes, panel)
    name_beside(axes, [each for each in panel.layers if isinstance(each, Rule) and each.is_named_beside], _AXES_INCHES)
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda place: isinstance(handles[place], Line2D))
    key = f"{chart.key}; nearly equal counts are drawn apart" if is_moved else chart.key
    legend_below(figure, [handles[place] for place in order], [labels[place] for place in order], key, handlelength=3.2)
    return figure


def placed_apart(n_params: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.float64]:
    """The places of networks on a logarithmic axis, moved so that no network covers another.

    Separate counts keep their places. (Nearly) equal ones are moved by the least sum of squares that keeps a hundredth
    of the axis between neighbours: an isotonic regression.

    Args:
        n_params: (n,) at least 1, in the order in which equal ones are to be drawn.
        limits: the axis' ends.

    Returns:
        (n,) the places, in the order of ``n_params``.
    """
    pitch = _APART * np.log(limits[1] / limits[0])
    order = np.argsort(n_params, kind="stable")
    places = np.log(n_params[order])
    if np.all(np.diff(places) >= pitch):
        return n_params
    from scipy.optimize import isotonic_regression  # takes 0.5 s, and few studies need it

    steps = pitch * np.arange(len(places))
    moved = np.empty(len(places))
    moved[order] = np.exp(isotonic_regression(places - steps).x + steps)
    return moved


def _apart(panel: Panel) -> tuple[Panel, bool]:
    """The panel with its series moved apart, and whether any was."""
    limits = panel.x.limits or (1.0, 10.0)
    series = [each for each in panel.layers if isinstance(each, Points) and each.style.role == "series"]
    counts = np.array([n for each in series for n in each.x])
    places = placed_apart(counts, limits)
    if not len(counts) or np.allclose(places, counts, rtol=1e-9):
        return panel, False
    ends = np.cumsum([len(each.x) for each in series])[:-1]
    moved = {each.style: tuple(part.tolist()) for each, part in zip(series, np.split(places, ends), strict=True)}

    def shift(layer: Layer) -> Layer:
        return (
            replace(layer, x=moved[layer.style]) if isinstance(layer, Dots | Points) and layer.style in moved else layer
        )

    return replace(panel, layers=tuple(map(shift, panel.layers))), True
