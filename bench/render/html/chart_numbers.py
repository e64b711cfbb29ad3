"""The numbers of a chart as one table: what its marks stand at."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from bench.pages.charts.chart import Bars, Boxes, Cells, Chart, Curve, Layer, Panel, Points, Rule
from bench.pages.number_text import NOTHING
from bench.rounding import half_up


def chart_numbers(chart: Chart) -> pd.DataFrame:
    """One row per mark; columns that are empty for all marks are left out. Single observations are left out."""
    rows = [
        {"panel": panel.title.replace("\n", ", "), **row}
        for panel in chart.panels
        if not panel.empty
        for layer in panel.layers
        for row in _rows(layer, panel)
    ]
    table = pd.DataFrame(rows)
    return table.loc[:, [name for name in table if (table[name].fillna("") != "").any()]]


def _rows(layer: Layer, panel: Panel) -> Iterator[dict[str, Any]]:
    match layer:
        case Points(style=style) if style.role == "taken":
            return
        case Points() | Curve():
            yield from _marks(layer, panel)
        case Rule(label=label, axis=axis, value=value) if label:
            yield {"series": label, (panel.x if axis == "x" else panel.y).label: value}
        case Bars():
            for place, start, length in zip(layer.y, layer.start, layer.length, strict=True):
                yield {"series": layer.label, "row": _at(panel.y.names, place), "from": start, "to": start + length}
        case Boxes():
            columns = (layer.minimum, layer.quartile_1, layer.median, layer.quartile_3, layer.maximum)
            names = ("least", "quartile 1", "median", "quartile 3", "largest")
            for place, five in zip(layer.y, zip(*columns, strict=True), strict=True):
                yield {"series": panel.x.label, "row": _at(panel.y.names, place), **dict(zip(names, five, strict=True))}
        case Cells():
            for row, counts in enumerate(layer.counts):
                for column, count in enumerate(counts):
                    yield {"true class": panel.y.names[row], "predicted class": panel.x.names[column], "images": count}


def _marks(layer: Points | Curve, panel: Panel) -> Iterator[dict[str, Any]]:
    x_name, y_name = _title(panel.x.label, "x"), _title(panel.y.label, "row" if panel.y.names else "y")
    bounds = {"low": layer.low, "high": layer.high}
    if isinstance(layer, Points):
        bounds |= {"low": layer.x_low or layer.low, "high": layer.x_high or layer.high}
        bounds |= {"shade": layer.shade, "share": layer.area}
    names = [details[0][1] for details in layer.details] if isinstance(layer, Points) else []
    for place, (x, y) in enumerate(zip(layer.x, layer.y, strict=True)):
        yield {
            "series": layer.label,
            **({"network": names[place]} if names else {}),
            x_name: _at(panel.x.names, x) if panel.x.names else x,
            y_name: _at(panel.y.names, y) if panel.y.names else y,
            **{name: bound[place] for name, bound in bounds.items() if bound},
        }


def _title(label: str, otherwise: str) -> str:
    return " ".join(label.split()) or otherwise


def _at(names: tuple[str, ...], place: float) -> str:
    return names[round(place)].replace("\n", " ") if names else f"{place:g}"


def shown(numbers: pd.DataFrame) -> pd.DataFrame:
    """The table as text cells, to six digits."""
    return numbers.map(_cell)


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    if pd.isna(value):
        return NOTHING
    return f"{int(value):,}" if value == int(value) else f"{half_up(value):.6g}"
