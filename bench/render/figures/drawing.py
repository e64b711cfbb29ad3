"""What all figures share: fonts, axes, saving. Made for the width of a page, 7 inches."""

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

PAGE_INCHES = 7.0
MAX_PANELS = 24
PANEL_TITLE_POINTS = 7.5
BESIDE_AXIS_CHARACTERS = 48
"""What a name beside an axis may be long, so that room is left for the axis, at 7.5 points."""
_TITLE_CHARACTERS_PER_INCH = 17
_LEGEND_CHARACTERS = 100
_LEGEND_ROW_INCHES = 0.19
_DPI = 200


@contextmanager
def house_style() -> Iterator[None]:
    """Draw and save inside, so that figures look alike whatever the user's matplotlib settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rc("font", size=9)
        mpl.rc("figure", titlesize=10)
        mpl.rc("axes", titlesize=10, grid=True, axisbelow=True)
        mpl.rc("axes.spines", top=False, right=False)
        mpl.rc("grid", color="#dddddd", linewidth=0.6)
        mpl.rc("lines", linewidth=1.4)
        mpl.rc("legend", fontsize=8.5, title_fontsize=8.5)
        mpl.rc("text", parse_math=False)  # names are the user's, and may hold a dollar
        mpl.rc("svg", hashsalt="bench")  # element names do not change from one run to the next
        yield


def saved(figure: Figure, suffix: str) -> bytes:
    """The figure's file, ``png`` or ``svg``; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix, dpi=_DPI, metadata={"Date": None} if suffix == "svg" else None)
    return buffer.getvalue()


def logarithmic(axis: Axis) -> None:
    """Give an axis of a log scale ticks such as 10 k, 200 k, 1 M: at 1, 2 and 5 where it spans few decades."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1.0,) if high / low > 500 else (1.0, 2.0, 5.0), numticks=20))
    axis.set_major_formatter(EngFormatter(sep="\N{NARROW NO-BREAK SPACE}"))
    axis.set_minor_locator(LogLocator(subs=tuple(range(1, 10)), numticks=200))
    axis.set_minor_formatter(NullFormatter())


def say_nothing_to_show(axes: Axes, what: str) -> None:
    """Write in an empty plot why it is empty."""
    axes.text(0.5, 0.5, what, ha="center", va="center", transform=axes.transAxes, color="#555555")
    axes.grid(visible=False)
    axes.tick_params(which="both", left=False, bottom=False, labelleft=False, labelbottom=False)


def legend_below(figure: Figure, handles: Sequence[Artist], labels: Sequence[str], **style: Any) -> None:
    """Set a legend below everything, in as many columns as its names leave room for, and make the figure taller by it.

    Args:
        figure: with a constrained layout.
        handles: what is named.
        labels: their names; without any there is no legend.
        style: what ``Figure.legend`` takes.
    """
    if not labels:
        return
    names = [in_lines(label, _LEGEND_CHARACTERS) for label in labels]
    n_columns = max(1, min(4, _LEGEND_CHARACTERS // (max(map(len, labels)) + 9)))
    n_lines = -(-len(names) // n_columns) + sum(name.count("\n") for name in names) + ("title" in style)
    figure.set_figheight(figure.get_figheight() + _LEGEND_ROW_INCHES * n_lines)
    figure.legend(handles, names, loc="outside lower center", ncols=n_columns, frameon=False, **style)


def in_lines(name: str, characters: int = BESIDE_AXIS_CHARACTERS) -> str:
    """A name in lines of at most so many characters."""
    return textwrap.fill(name, width=characters, break_long_words=False)


def thinned(entries: list[int]) -> list[int]:
    """At most ``MAX_PANELS`` of them, evenly spaced, the first and the last among them."""
    if len(entries) <= MAX_PANELS:
        return entries
    return [entries[round(index * (len(entries) - 1) / (MAX_PANELS - 1))] for index in range(MAX_PANELS)]


def panel_note(shown: list[int], entries: list[int]) -> str:
    """What a figure's title says where not every network has a panel."""
    return "" if len(shown) == len(entries) else f"\n{len(shown)} of {len(entries)} networks, evenly chosen"


def panel_title(label: str, n_params: int, inches: float) -> str:
    """A network's name, in lines that fit a panel of this width, over its exact count."""
    return f"{in_lines(label, int(inches * _TITLE_CHARACTERS_PER_INCH))}\n{n_params:,} parameters"
