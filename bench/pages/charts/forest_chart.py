"""A forest plot: every paired difference along the sizes with its interval, and against controls."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import ControlComparison
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.analyse.sizes.along_family import Axis
from bench.pages.charts.chart import Band, Chart, ChartAxis, Panel, Points, Rule, Style, values
from bench.study.study_data import StudyData

_MOST_ROWS = 40


def forest_chart(data: StudyData, analysis: Analysis) -> Chart:
    """One panel per family: second minus first, with intervals; the band is that of the margin."""
    tables = [(axis.family.label, _readable(axis)) for axis in analysis.axes]
    if (comparison := analysis.against_controls) is not None:
        tables.append((f"{comparison.label} against controls", _against_controls(comparison)))
    panels = tuple(_panel(title, table, analysis) for title, table in tables if len(table))
    if not panels:
        panels = (Panel(ChartAxis(""), ChartAxis(""), empty="there are no two sizes to compare"),)
    key = f"second - first, 95 % intervals; band: within the margin, {analysis.answer.margin:g}"
    return Chart(data.title(), panels, key)


def _panel(title: str, table: pd.DataFrame, analysis: Analysis) -> Panel:
    points = Points(
        "",
        Style("difference"),
        values(table["mean"]),
        values(range(len(table))),
        x_low=values(table["low"]),
        x_high=values(table["high"]),
    )
    layers = (
        Band(Style("equivalence"), -analysis.answer.margin, analysis.answer.margin),
        Rule("", Style("zero"), "x", 0.0),
        points,
    )
    names = tuple(_name(row, analysis, f"{title} ") for row in table.to_dict("records"))
    return Panel(ChartAxis("difference of validation accuracy"), ChartAxis("", names=names), layers, title)


def _readable(axis: Axis) -> pd.DataFrame:
    """Neighbouring sizes, evenly spaced ones if they are too many, and the largest less the smallest size."""
    table, n_neighbours = axis.comparisons, len(axis.family.entries) - 1  # neighbours are listed first, the ends last
    neighbours = table.iloc[:n_neighbours]
    ends = table.iloc[n_neighbours:].tail(0 if axis.family.is_mixed else 1)
    return pd.concat([neighbours.iloc[:: math.ceil(len(neighbours) / _MOST_ROWS)], ends])


def _against_controls(comparison: ControlComparison) -> pd.DataFrame:
    """One row per control that can be beaten, with the columns that are drawn."""
    columns = ("first", "mean", "low", "high")
    rows = [
        (row.name, row.lead.value, row.lead.low, row.lead.high)
        for row in comparison.rows
        if isinstance(row.lead, ContrastEstimate)
    ]
    return pd.DataFrame(rows, columns=columns).assign(second=comparison.entry)


def _name(row: Mapping[Hashable, Any], analysis: Analysis, prefix: str) -> str:
    take = analysis.answer.take

    def name(side: str) -> str:
        label: str = analysis.labels.get(row[side], row[side]).removeprefix(prefix)
        return f"{label} (taken)" if take is not None and row[side] == take.entry else label

    if row["first"] not in analysis.labels:
        return f"over {row['first']}"
    return f"{name('second')} -\n{name('first')}"
