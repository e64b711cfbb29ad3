"""Where the texts of a drawn figure are, and what is wrong with that: text that is cut, or that covers other text."""

from collections.abc import Iterator
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

_TOLERANCE = 1.5
"""Pixels, of 1/100 inch."""

Placed = tuple[str, Bbox]


def faults(figure: Figure) -> list[str]:
    """Texts, legends and axes that the page cuts, and pairs of them that overlap.

    Draws the figure. Names and numbers inside of axes may lie on data, so only texts are compared with texts.
    """
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = [(text.get_text(), Text.get_window_extent(text, renderer)) for text in _texts(figure)]
    legends = [("legend", legend.get_window_extent(renderer)) for legend in figure.legends]
    panels = [(f"axes {number}", axes.get_window_extent(renderer)) for number, axes in enumerate(figure.axes)]
    page = figure.bbox
    cut = [
        f"cut: {name!r}"
        for name, box in (*texts, *legends, *panels)
        if box.x0 < page.x0 - _TOLERANCE
        or box.y0 < page.y0 - _TOLERANCE
        or box.x1 > page.x1 + _TOLERANCE
        or box.y1 > page.y1 + _TOLERANCE
    ]
    small = [f"no room: {name}" for name, box in panels if min(box.width, box.height) < 8]
    return [*cut, *small, *_overlaps(texts), *_onto(legends, panels), *_onto(_outside(figure, renderer), panels)]


def _texts(figure: Figure) -> Iterator[Text]:
    """Every text that is drawn, but for those of legends' handles."""
    yield from (text for text in figure.texts if text.get_text())
    for legend in figure.legends:
        yield from (text for text in (*legend.get_texts(), legend.get_title()) if text.get_text())
    for axes in figure.axes:
        yield from (text for text in _of_axes(axes) if text.get_text().strip() and text.get_visible())


def _of_axes(axes: Axes) -> Iterator[Text]:
    yield from (axes.title, *(each for each in axes.findobj(Text) if each.get_text() == axes.get_title(loc="left")))
    yield from axes.texts
    if not axes.axison:
        return
    for axis in (axes.xaxis, axes.yaxis):
        yield axis.label
        yield from _tick_labels(axis)
        yield axis.get_offset_text()


def _tick_labels(axis: Axis) -> Iterator[Text]:
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * abs(high - low)
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
        if low - slack <= tick.get_loc() <= high + slack and tick.label1.get_visible():
            yield tick.label1


def _outside(figure: Figure, renderer: Any) -> list[Placed]:
    """Texts that belong outside of every panel: titles and labels of axes."""
    titles = [text for axes in figure.axes for text in (axes.xaxis.label, axes.yaxis.label, axes.title)]
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in (*figure.texts, *titles)
        if text.get_text() and text.get_visible()
    ]


def _overlaps(texts: list[Placed]) -> list[str]:
    found = []
    for place, (name, box) in enumerate(texts):
        for other_name, other in texts[place + 1 :]:
            if _covers(box, other):
                found.append(f"overlap: {name!r} and {other_name!r}")
    return found


def _onto(boxes: list[Placed], panels: list[Placed]) -> list[str]:
    return [f"{name!r} lies on {panel}" for name, box in boxes for panel, area in panels if _covers(box, area)]


def _covers(box: Bbox, other: Bbox) -> bool:
    return bool(
        min(box.x1, other.x1) - max(box.x0, other.x0) > _TOLERANCE
        and min(box.y1, other.y1) - max(box.y0, other.y0) > _TOLERANCE
    )
