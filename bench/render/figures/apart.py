"""Moves points of (nearly) equal places on a logarithmic axis apart, so that no interval covers another."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.pages.charts.chart import Dots, Layer, Panel, Points

_APART = 0.011


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


def move_apart(panel: Panel) -> tuple[Panel, bool]:
    """A panel with a logarithmic axis, its series moved apart, and whether any was."""
    series = [each for each in panel.layers if isinstance(each, Points) and each.style.role == "series"]
    counts = np.array([n for each in series for n in each.x])
    if not len(counts) or panel.x.scale != "log":
        return panel, False
    places = placed_apart(counts, panel.x.limits or (counts.min(), max(counts.max(), 2 * counts.min())))
    if np.allclose(places, counts, rtol=1e-9):
        return panel, False
    parts = np.split(places, np.cumsum([len(each.x) for each in series])[:-1])
    moved = {id(each): tuple(part.tolist()) for each, part in zip(series, parts, strict=True)}
    of_style = {each.style: moved[id(each)] for each in series}

    def shift(layer: Layer) -> Layer:
        if id(layer) in moved and isinstance(layer, Points):
            return replace(layer, x=moved[id(layer)])
        if isinstance(layer, Dots) and layer.style in of_style:
            return replace(layer, x=of_style[layer.style])
        return layer

    return replace(panel, layers=tuple(map(shift, panel.layers))), True
