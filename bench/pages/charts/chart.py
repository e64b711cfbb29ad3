"""Charts as plain data: layers, their places and labels. The renderer sets colours, markers and sizes.

Missing values are NaN. On an axis with ``names`` a coordinate is the place of a name, counted from 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Values = tuple[float, ...]


@dataclass(frozen=True)
class Style:
    """The role of a layer. The renderer draws each role and index in its own style."""

    role: str
    index: int = 0


@dataclass(frozen=True)
class ChartAxis:
    """One axis of a panel.

    Attributes:
        label: with its unit.
        scale: ``log2`` is for ratios.
        limits: None derives them from the data.
        names: names of categories, in the order of their places. Places count downwards on a vertical axis. A name may
            be divided at its line breaks.
        ticks: the values with tick marks; None leaves them to the renderer.
        is_count: whether numbers are whole, such as parameters.
    """

    label: str
    scale: Literal["linear", "log", "log2"] = "linear"
    limits: tuple[float, float] | None = None
    names: tuple[str, ...] = ()
    ticks: Values | None = None
    is_count: bool = False


@dataclass(frozen=True)
class Dots:
    """Single observations, drawn in a light shade: those of ``y[i]`` at ``x[i]``."""

    style: Style
    x: Values
    y: tuple[Values, ...]


@dataclass(frozen=True)
class Points:
    """Estimates. ``low`` and ``high`` bound ``y``, ``x_low`` and ``x_high`` bound ``x``; NaN if there is no interval.

    ``is_joined`` connects them by a line. ``shade`` and ``area`` are from 0 to 1. ``names`` are written next to the
    points where there is room. ``details`` are labelled texts on each point, which the page shows on demand.
    """

    label: str
    style: Style
    x: Values
    y: Values
    low: Values = ()
    high: Values = ()
    x_low: Values = ()
    x_high: Values = ()
    is_joined: bool = False
    shade: Values = ()
    area: Values = ()
    names: tuple[str, ...] = ()
    details: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True)
class Curve:
    """A line. ``low`` and ``high`` bound a band about it. ``is_stepped``: values are constant up to the next one."""

    label: str
    style: Style
    x: Values
    y: Values
    low: Values = ()
    high: Values = ()
    is_stepped: bool = False


@dataclass(frozen=True)
class Rule:
    """A reference line across the panel at a value of one axis. ``is_named_beside``: its label is next to the line."""

    label: str
    style: Style
    axis: Literal["x", "y"]
    value: float
    is_named_beside: bool = False


@dataclass(frozen=True)
class Band:
    """A range of the horizontal axis, shaded."""

    style: Style
    low: float
    high: float


@dataclass(frozen=True)
class Bars:
    """Horizontal bars at the places ``y``, from ``start`` to ``start + length``, with ``texts`` at their ends."""

    label: str
    style: Style
    y: Values
    start: Values
    length: Values
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Boxes:
    """Five numbers of a distribution at each of the places ``y``: extremes, quartiles and the median."""

    y: Values
    minimum: Values
    quartile_1: Values
    median: Values
    quartile_3: Values
    maximum: Values


@dataclass(frozen=True)
class Cells:
    """A matrix: ``counts`` by row and column, shaded by ``shares``."""

    counts: tuple[Values, ...]
    shares: tuple[Values, ...]


Layer = Dots | Points | Curve | Rule | Band | Bars | Boxes | Cells


@dataclass(frozen=True)
class Panel:
    """One pair of axes. ``empty`` is the reason why there is nothing to show."""

    x: ChartAxis
    y: ChartAxis
    layers: tuple[Layer, ...] = ()
    title: str = ""
    empty: str = ""


@dataclass(frozen=True)
class Chart:
    """Panels under one title. ``key`` explains what the marks are."""

    title: str
    panels: tuple[Panel, ...]
    key: str = ""
    shade_label: str = ""


def values(numbers: Iterable[float]) -> Values:
    """Plain floats."""
    return tuple(float(number) for number in numbers)
