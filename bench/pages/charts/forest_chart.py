"""A forest plot: every paired difference along the sizes with its interval, and against controls."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import ControlComparison
from bench.analyse.estimates.two_level import ContrastEstimate
from bench.pages.charts.chart import Band, Chart, ChartAxis, Panel, Points, Rule, Style, values
from bench.pages.number_text import p_value
from bench.study.study_data import StudyData

_MOST_ROWS = 40
_NO_BREAK = "\N{NO-BREAK SPACE}"


def forest_chart(data: StudyData, analysis: Analysis) -> Chart:
    """One panel per family: second minus first, corrected interval, Holm's p; the band counts as practically equal."""
    tables = [(axis.family.label, _readable(axis.comparisons, len(axis.family.entries))) for axis in analysis.axes]
    if (comparison := analysis.against_controls) is not None:
        tables.append((f"{comparison.label} against controls", _against_controls(comparison)))
    panels = tuple(_panel(title, table, analysis) for title, table in tables if len(table))
    if not panels:
        panels = (Panel(ChartAxis(""), ChartAxis(""), empty="there are no two sizes to compare"),)
    key = (
        "second - first, paired by seed and fold; corrected interval; p after Holm; "
        f"band: equal within {analysis.rope:g}"
    )
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
    layers = (Band(Style("equivalence"), -analysis.rope, analysis.rope), Rule("", Style("zero"), "x", 0.0), points)
    names = tuple(_name(row, analysis, f"{title} ") for row in table.to_dict("records"))
    return Panel(ChartAxis("difference of validation accuracy"), ChartAxis("", names=names), layers, title)


def _readable(table: pd.DataFrame, n_sizes: int) -> pd.DataFrame:
    """All pairs or, if they are too many to read, evenly spaced ones of the neighbouring pairs (listed first)."""
    if len(table) <= _MOST_ROWS:
        return table
    neighbours = table.iloc[: n_sizes - 1]
    return neighbours.iloc[:: math.ceil(len(neighbours) / _MOST_ROWS)]


def _against_controls(comparison: ControlComparison) -> pd.DataFrame:
    """One row per control that can be beaten, with the columns that are drawn."""
    columns = ("first", "mean", "low", "high", "p_holm")
    rows = [
        (row.name, row.lead.value, row.lead.low, row.lead.high, np.nan)
        for row in comparison.rows
        if isinstance(row.lead, ContrastEstimate)
    ]
    return pd.DataFrame(rows, columns=columns).assign(second=comparison.entry)


def _name(row: Mapping[Hashable, Any], analysis: Analysis, prefix: str) -> str:
    first, second = (analysis.labels.get(row[side], row[side]).removeprefix(prefix) for side in ("first", "second"))
    p = "" if pd.isna(row["p_holm"]) else f"   p {p_value(row['p_holm'])}".replace(" ", _NO_BREAK)
    return f"{second} -\n{first}{p}"
