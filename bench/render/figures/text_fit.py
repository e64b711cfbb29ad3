"""Names, titles and legends that fit the page."""

import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from bench.pages.charts.chart import Chart

BESIDE_AXIS_CHARACTERS = 48
"""The length of a line next to an axis, at 7.5 points, that leaves room for the axis."""
PANEL_TITLE_POINTS = 7.5
NAME_POINTS = 7.5
_TITLE_CHARACTERS_PER_INCH = 17
_LEGEND_CHARACTERS = 100
_FIGURE_TITLE_CHARACTERS = 76
"""At the size of axes' titles, beside the labels of the vertical axis."""
_LEGEND_ROW_INCHES = 0.19
_HEADING_LINE_INCHES = 0.18


def heading(chart: Chart) -> str:
    """Title and key."""
    return f"{chart.title}\n{chart.key}" if chart.key else chart.title


def heading_inches(text: str) -> float:
    """The height of a figure's heading."""
    return _HEADING_LINE_INCHES * (text.count("\n") + 1)


def in_lines(name: str, characters: int = BESIDE_AXIS_CHARACTERS) -> str:
    """A name in lines of at most ``characters``. Its own line breaks are used only if it does not fit in one line."""
    whole = name.replace("\n", " ")
    lines = [whole] if len(whole) <= characters else name.split("\n")
    return "\n".join(textwrap.fill(line, width=characters, break_long_words=False) for line in lines)


def figure_title(title: str) -> str:
    """A figure's title above its axes, each line folded to the width of the page."""
    folded = (textwrap.fill(line, width=_FIGURE_TITLE_CHARACTERS) for line in title.split("\n"))
    return "\n".join(folded)


def panel_title(title: str, inches: float) -> str:
    """A panel's title, its first line folded to the width of the panel."""
    name, newline, rest = title.partition("\n")
    return f"{in_lines(name, int(inches * _TITLE_CHARACTERS_PER_INCH))}{newline}{rest}"


def legend_below(
    figure: Figure,
    handles: Sequence[Artist],
    labels: Sequence[str],
    characters: int = _LEGEND_CHARACTERS,
    **style: Any,
) -> None:
    """Add a legend below everything, in as many columns as fit, and enlarge the figure by its height.

    Args:
        figure: with a constrained layout.
        handles: the artists to name.
        labels: their names; if empty, there is no legend.
        characters: that fit in a line.
        style: further arguments of ``Figure.legend``.
    """
    if not labels:
        return
    names = [in_lines(label, characters) for label in labels]
    n_columns = max(1, min(4, characters // (max(map(len, labels)) + 9)))
    n_lines = -(-len(names) // n_columns) + sum(name.count("\n") for name in names) + ("title" in style)
    figure.set_figheight(figure.get_figheight() + _LEGEND_ROW_INCHES * n_lines)
    figure.legend(handles, names, loc="outside lower center", ncols=n_columns, frameon=False, **style)
