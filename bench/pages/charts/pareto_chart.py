"""The Pareto fronts of accuracy against parameters and against step time."""

import numpy as np
import pandas as pd

from bench.analyse.analysis import Analysis
from bench.pages.charts.chart import Chart, ChartAxis, Curve, Layer, Panel, Points, Style, values
from bench.pages.charts.series import name_series, size_names, taken_mark
from bench.study.study_data import StudyData

_COSTS = {"n_params": "parameters", "step_ms": "ms per training step"}
_KEY = "shade: probability of lying on the front of accuracy, parameters and step time; points are named by parameters"


def pareto_chart(data: StudyData, analysis: Analysis) -> Chart:
    """Accuracy against each cost. The line is the front of the two; the shade, the probability on the front of all."""
    panels = []
    for cost, name in _COSTS.items():
        known = analysis.sizes.dropna(subset=[cost])
        empty = ""
        if known.empty:
            empty = "no trial is done" if analysis.sizes.empty else "no step is timed"
        x = ChartAxis(name, "linear" if empty else "log", is_count=cost == "n_params")
        layers = (
            ()
            if empty
            else (
                *_networks(data, analysis, known, cost),
                _front(known, cost),
                *taken_mark(analysis, cost, "accuracy"),
            )
        )
        panels.append(Panel(x, ChartAxis("validation accuracy"), layers, empty=empty))
    return Chart(data.title(), tuple(panels), _KEY, shade_label="probability")


def _networks(data: StudyData, analysis: Analysis, known: pd.DataFrame, cost: str) -> list[Layer]:
    layers: list[Layer] = []
    for series in name_series(data.summary):
        rows = known[known["entry"].isin(list(series.entries))]
        if len(rows):
            shade = rows["front_probability"].fillna(rows["on_front"].astype(float))
            x, y = values(rows[cost]), values(rows["accuracy"])
            names = size_names(analysis, rows["entry"].tolist())
            layers.append(Points(series.label, Style("shaded", series.index), x, y, shade=values(shade), names=names))
    return layers


def _front(known: pd.DataFrame, cost: str) -> Curve:
    """The best accuracy at each cost or less."""
    ordered = known.sort_values([cost, "accuracy"], ascending=[True, False])
    accuracy = ordered["accuracy"].to_numpy(float)
    is_better = accuracy > np.concatenate([[-1.0], np.maximum.accumulate(accuracy)[:-1]])
    front = ordered[is_better]
    return Curve("", Style("front"), values(front[cost]), values(front["accuracy"]), is_stepped=True)
