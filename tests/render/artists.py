"""What the artists of a figure hold, as plain numbers."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle


def x_of(line: Line2D) -> list[float]:
    places: list[float] = np.asarray(line.get_xdata(), float).tolist()
    return places


def y_of(line: Line2D) -> list[float]:
    places: list[float] = np.asarray(line.get_ydata(), float).tolist()
    return places


def rectangles(axes: Axes) -> list[Rectangle]:
    """Every patch of the axes; all of them must be rectangles."""
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(found) == len(axes.patches)
    return found
