"""Names, titles and legends that fit the page: text is measured, and folded or shortened to a width in inches."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font

from bench.pages.charts.chart import Chart
from bench.render.figures.house_style import LEGEND_POINTS, TITLE_POINTS

NAME_POINTS = 7.5
"""Of a name next to an axis."""
BESIDE_AXIS_INCHES = 3.0
"""The width of a line next to an axis that leaves room for the axis."""
PANEL_TITLE_POINTS = 7.5
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_POINTS_PER_INCH = 72
_LINE_SPACING = 1.4
_MARGIN_INCHES = 0.15
_HANDLE_INCHES = 0.75
"""Of a legend's handle, with the space around it."""
_MOST_COLUMNS = 4
_HINTING = 1.05
"""Letters on a screen are wider by up to this factor, since they begin at whole pixels."""
_MEASURED_POINTS = 100
_UNITS_PER_POINT = 64
"""Of FreeType, at 72 dots per inch."""


def text_inches(text: str, points: float) -> float:
    """The width of one line of text in the figures' font."""
    return _HINTING * sum(map(_advance, text)) * points / _POINTS_PER_INCH


def line_inches(points: float) -> float:
    """The height of one line of text."""
    return _LINE_SPACING * points / _POINTS_PER_INCH


def in_lines(name: str, inches: float = BESIDE_AXIS_INCHES, points: float = NAME_POINTS) -> str:
    """A name in lines of this width. Its own line breaks are used only if it does not fit in one line."""
    whole = name.replace("\n", " ")
    if text_inches(whole, points) <= inches:
        return whole
    return folded(name, inches, points)


def folded(text: str, inches: float, points: float) -> str:
    """Each line of a text, folded at spaces to this width, and within a word that is longer."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line, inches, points))


def shortened(name: str, inches: float, points: float = NAME_POINTS) -> str:
    """A name in one line of this width; the middle of a longer one is left out."""
    whole, kept = name.replace("\n", " "), len(name)
    while text_inches(whole, points) > inches and kept > 2:
        kept -= 1
        whole = f"{name[: (kept + 1) // 2]}{_ELLIPSIS}{name[len(name) - kept // 2 :]}"
    return whole


def put_heading(figure: Figure, chart: Chart) -> None:
    """Write title and key of the chart above everything, and enlarge the figure by their height."""
    text = folded(
        "\n".join(filter(None, (chart.title, chart.key))), figure.get_figwidth() - _MARGIN_INCHES, TITLE_POINTS
    )
    figure.set_figheight(figure.get_figheight() + line_inches(TITLE_POINTS) * (text.count("\n") + 1))
    figure.suptitle(text, x=0.01, ha="left")


def legend_below(figure: Figure, handles: Sequence[Artist], labels: Sequence[str], key: str = "", **style: Any) -> None:
    """Add a legend below everything, in as many columns as fit, and enlarge the figure by its height.

    Args:
        figure: with a constrained layout.
        handles: the artists to name.
        labels: their names; if empty, there is no legend.
        key: the title of the legend.
        style: further arguments of ``Figure.legend``.
    """
    if not labels:
        return
    points = style.get("fontsize", LEGEND_POINTS)
    width = figure.get_figwidth() - _MARGIN_INCHES
    names = [in_lines(label, width - _HANDLE_INCHES, points) for label in labels]
    widest = max(text_inches(line, points) for name in names for line in name.split("\n"))
    n_columns = max(1, min(_MOST_COLUMNS, len(names), int(width / (widest + _HANDLE_INCHES))))
    title = folded(key, width, points)
    n_rows = -(-len(names) // n_columns)
    n_lines = n_rows + sum(name.count("\n") for name in names) + (title.count("\n") + 1 if title else 0)
    figure.set_figheight(figure.get_figheight() + 1.15 * line_inches(points) * n_lines)
    figure.legend(
        handles, names, loc="outside lower center", ncols=n_columns, frameon=False, title=title or None, **style
    )


def _parts(line: str, inches: float, points: float) -> Iterator[str]:
    part = ""
    for word in line.split(" "):
        longer = f"{part} {word}" if part else word
        if text_inches(longer, points) <= inches:
            part = longer
            continue
        if part:
            yield part
        part = word
        while text_inches(part, points) > inches:
            kept = next(n for n in range(len(part) - 1, 0, -1) if n == 1 or text_inches(part[:n], points) <= inches)
            yield part[:kept]
            part = part[kept:]
    yield part


@cache
def _advance(letter: str) -> float:
    """The width of a letter as a share of the font's size."""
    return _font().load_char(ord(letter)).horiAdvance / _UNITS_PER_POINT / _MEASURED_POINTS


@cache
def _font() -> FT2Font:
    font = FT2Font(findfont("DejaVu Sans"))  # not the one that matplotlib shares, whose size it changes
    font.set_size(_MEASURED_POINTS, _POINTS_PER_INCH)
    return font
