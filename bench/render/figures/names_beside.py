"""Names of reference lines, to the right of the axes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from bench.pages.charts.chart import Rule
from bench.render.figures.colours import DARK

_NAME_LINE = {
    "arrowstyle": "-",
    "color": DARK,
    "linewidth": 0.5,
    "shrinkA": 0,
    "shrinkB": 0,
    "relpos": (0.0, 0.5),
}
_POINTS_PER_INCH = 72
_LINE_SPACING = 1.45
_DOWN, _UP = "\N{DOWNWARDS ARROW}", "\N{UPWARDS ARROW}"


def name_beside(axes: Axes, rules: Sequence[Rule], axes_inches: float, right: float = 1.025, points: float = 7) -> None:
    """Write each rule's label to the right of the axes; labels of close lines are moved apart.

    A line beyond the axis is named at the end of it, with an arrow.
    Call this after everything is drawn, since the limits of the axis decide the places of the lines.

    Args:
        axes: the panel.
        rules: its reference lines of the vertical axis.
        axes_inches: the height of the axes, about.
        right: where labels begin, as a share of the axes' width.
        points: the size of the text.
    """
    if not rules:
        return
    from scipy.optimize import isotonic_regression  # takes 0.5 s, and few studies need it

    ordered = sorted(rules, key=lambda rule: rule.value)
    axes.set_ylim(axes.get_ylim())
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = np.array([to_axes.transform((axes.get_xlim()[0], rule.value))[1] for rule in ordered])
    steps = _LINE_SPACING * points / _POINTS_PER_INCH / axes_inches * np.arange(len(heights))
    places = np.clip(isotonic_regression(np.clip(heights, 0, 1) - steps).x, 0.02, max(0.02, 0.98 - steps[-1])) + steps
    for rule, height, place in zip(ordered, heights, places, strict=True):
        arrow = f"{_DOWN} " if height < 0 else f"{_UP} " if height > 1 else ""
        axes.annotate(
            f"{arrow}{rule.label}",
            xy=(1.0, height),
            xytext=(right, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=points,
            color=DARK,
            arrowprops=None if arrow else _NAME_LINE,
            annotation_clip=False,
        )
