"""The style that all figures share, and saving. Figures have the width of a page, 7 inches."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.render.figures.colours import LIGHT

PAGE_INCHES = 7.0
TITLE_POINTS = 10.0
LEGEND_POINTS = 8.5
_DPI = 200
_WITHOUT_DATE = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


@contextmanager
def house_style() -> Iterator[None]:
    """The context in which figures are drawn and saved, so that the user's matplotlib settings have no effect."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rc("font", size=9)
        mpl.rc("figure", titlesize=TITLE_POINTS)
        mpl.rc("axes", titlesize=TITLE_POINTS, grid=True, axisbelow=True)
        mpl.rc("axes.formatter", limits=(-5, 7), useoffset=False)  # no power of ten next to an axis
        mpl.rc("axes.spines", top=False, right=False)
        mpl.rc("grid", color=LIGHT, linewidth=0.6)
        mpl.rc("lines", linewidth=1.4)
        mpl.rc("legend", fontsize=LEGEND_POINTS, title_fontsize=LEGEND_POINTS)
        mpl.rc("text", parse_math=False)  # the user's names may contain a dollar sign
        mpl.rc("pdf", fonttype=42)  # fonts are embedded as TrueType, which journals ask for
        mpl.rc("svg", hashsalt="bench")  # element names do not change from one run to the next
        yield


def saved(figure: Figure, suffix: str) -> bytes:
    """The figure's file, ``png``, ``svg`` or ``pdf``; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix, dpi=_DPI, metadata=_WITHOUT_DATE.get(suffix))
    return buffer.getvalue()
