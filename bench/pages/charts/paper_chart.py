"""The figure of a paper: accuracy and time of a training step against parameters, with the controls in a strip."""

import numpy as np
import pandas as pd

from bench.analyse.analysis import Analysis
from bench.pages.charts.chart import Chart, ChartAxis, Layer, Panel, Points, Rule, Style, values
from bench.pages.charts.scaling_chart import parameters_axis
from bench.pages.charts.series import name_series, size_names, taken_mark
from bench.pages.number_text import number
from bench.study.study_data import StudyData

_MARGIN = 0.05


def paper_chart(data: StudyData, analysis: Analysis) -> Chart:
    """Two panels and, if there are controls, a strip of them after the first.

    The accuracy axis spans the networks' intervals, so controls may lie beyond it. Without timed steps there is no
    panel of times.
    """
    table = analysis.sizes.merge(analysis.summary[["entry", *_bounds(analysis)]], how="left")
    accuracy = _accuracy_axis(table)
    panels = [Panel(parameters_axis(data), accuracy, _layers(data, analysis, table, "accuracy"), "a")]
    if len(analysis.controls):
        panels.append(Panel(ChartAxis("", ticks=()), accuracy, _controls(analysis), "controls"))
    if table["step_ms"].notna().any():
        time = ChartAxis("ms per training step", "log")
        panels.append(Panel(parameters_axis(data), time, _layers(data, analysis, table, "step_ms"), "b"))
    return Chart("", tuple(panels))


def _bounds(analysis: Analysis) -> list[str]:
    return [name for name in ("step_ms_low", "step_ms_high") if name in analysis.summary]


def _accuracy_axis(table: pd.DataFrame) -> ChartAxis:
    reach = table[["accuracy", "accuracy_low", "accuracy_high"]].to_numpy(float)
    low, high = float(np.nanmin(reach)), float(np.nanmax(reach))
    margin = max(0.01, _MARGIN * (high - low))
    return ChartAxis("accuracy", limits=(low - margin, high + margin))


def _layers(data: StudyData, analysis: Analysis, table: pd.DataFrame, column: str) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for series in name_series(data.summary):
        rows = table[table["entry"].isin(list(series.entries))].dropna(subset=[column])
        rows = rows.sort_values("n_params", kind="stable")
        if rows.empty:
            continue
        bounds = rows.reindex(columns=[f"{column}_low", f"{column}_high"])
        layers.append(
            Points(
                series.label,
                series.style,
                values(rows["n_params"]),
                values(rows[column]),
                low=values(bounds.iloc[:, 0]),
                high=values(bounds.iloc[:, 1]),
                is_joined=series.is_line,
                names=size_names(analysis, rows["entry"].tolist()),
            )
        )
    return (*layers, *taken_mark(analysis, "n_params", column))


def _controls(analysis: Analysis) -> tuple[Layer, ...]:
    return tuple(
        Rule(f"{name}: {number(value)}", Style("control_mark"), "y", float(value), is_named_beside=True)
        for name, value in zip(analysis.controls["name"], analysis.controls["accuracy"], strict=True)
    )
