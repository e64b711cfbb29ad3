"""Forest plots: the differences between sizes with their intervals, and the leads over controls."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import ControlComparison
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.analyse.sizes.along_family import Axis
from bench.pages.charts.chart import Band, Chart, ChartAxis, Panel, Points, Rule, Style, values
from bench.pages.number_text import interval, p_value, short_count
from bench.study.study_data import StudyData

_PAGE_ROWS = 42
"""The rows that a page has room for, in panels of which each takes ``_ROWS_OF_PANEL`` more."""
_ROWS_OF_PANEL = 3
_MOST_PANELS = 10
_NUMBERS = "numbers: difference with its 95 % interval; p is not adjusted"


def forest_chart(data: StudyData, analysis: Analysis) -> Chart:
    """One panel per family: larger minus smaller size, named by their counts; the band is that of the margin."""
    axes = [axis for axis in analysis.axes if len(axis.comparisons)]
    shown = axes[:: math.ceil(len(axes) / _MOST_PANELS)] if axes else []
    most = max(2, _PAGE_ROWS // len(shown) - _ROWS_OF_PANEL) if shown else 0
    panels = tuple(_panel(axis, analysis, most) for axis in shown)
    if not panels:
        panels = (Panel(ChartAxis(""), ChartAxis(""), empty="There are no two sizes to compare."),)
        return Chart(data.title(), panels)
    key = f"larger - smaller size, by parameters; band: within the margin, {analysis.answer.margin:g}; {_NUMBERS}"
    n_shown = sum(len(panel.y.names) for panel in panels)
    n_all = sum(len(_readable(axis, len(axis.comparisons))) for axis in axes)
    left_out = f"; {n_shown} of {n_all} pairs are shown, evenly spaced" if n_shown < n_all else ""
    return Chart(data.title(), panels, key + left_out)


def controls_chart(data: StudyData, analysis: Analysis) -> Chart:
    """The leads of the most accurate network over each control that can be beaten."""
    comparison = analysis.against_controls
    rows = () if comparison is None else tuple(_leads(comparison))
    if comparison is None or not rows:
        return Chart(data.title(), (Panel(ChartAxis(""), ChartAxis(""), empty="No lead over a control is known."),))
    names = tuple(f"over {name}" for name, _ in rows)
    title = f"{comparison.label} ({comparison.n_params:,} parameters), the most accurate network"
    leads = pd.DataFrame([{"mean": lead.value, "low": lead.low, "high": lead.high, "p": lead.p} for _, lead in rows])
    key = f"lead over each control; band: within the margin, {analysis.answer.margin:g}; {_NUMBERS}"
    return Chart(data.title(), (_rows(leads, names, title, analysis, "lead in validation accuracy"),), key)


def _panel(axis: Axis, analysis: Analysis, most: int) -> Panel:
    table = _readable(axis, most)
    label = axis.family.label
    prefix = "" if axis.family.is_mixed else f"{label} "
    names = tuple(_name(row, analysis, prefix, is_mixed=axis.family.is_mixed) for row in table.to_dict("records"))
    return _rows(table, names, label, analysis, "difference of validation accuracy")


def _rows(table: pd.DataFrame, names: Sequence[str], title: str, analysis: Analysis, label: str) -> Panel:
    numbers = tuple(_number(row) for row in table.to_dict("records"))
    layers = (
        Band(Style("equivalence"), -analysis.answer.margin, analysis.answer.margin),
        Rule("", Style("zero"), "x", 0.0),
        Points(
            "",
            Style("difference"),
            values(table["mean"]),
            values(range(len(table))),
            x_low=values(table["low"]),
            x_high=values(table["high"]),
            names=numbers,
        ),
    )
    return Panel(ChartAxis(label), ChartAxis("", names=tuple(names)), layers, title)


def _readable(axis: Axis, most: int) -> pd.DataFrame:
    """Neighbouring sizes, evenly spaced ones if they are too many, and the largest less the smallest size."""
    table, n_neighbours = axis.comparisons, len(axis.family.entries) - 1  # neighbours are listed first, the ends last
    neighbours = table.iloc[:n_neighbours]
    ends = table.iloc[n_neighbours:].tail(0 if axis.family.is_mixed else 1)
    return pd.concat([neighbours.iloc[:: math.ceil(len(neighbours) / max(1, most - len(ends)))], ends])


def _leads(comparison: ControlComparison) -> Sequence[tuple[str, ContrastEstimate]]:
    """The controls that can be beaten, each with the lead over it."""
    return [(row.name, row.lead) for row in comparison.rows if isinstance(row.lead, ContrastEstimate)]


def _number(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["mean"]):
        return str(row.get("why_no_interval") or "")
    p = p_value(row["p"])
    return f"{interval(row['mean'], row['low'], row['high'], '{:+.3f}')}  p {p}"


def _name(row: Mapping[Hashable, Any], analysis: Analysis, prefix: str, *, is_mixed: bool) -> str:
    take, n_params = analysis.answer.take, analysis.sizes.set_index("entry")["n_params"]

    def name(side: str) -> str:
        entry = row[side]
        size = analysis.labels[entry].removeprefix(prefix) if is_mixed else short_count(int(n_params[entry]))
        return f"{size} (taken)" if take is not None and entry == take.entry else size

    return f"{name('second')} -\n{name('first')}"
