"""Held-out accuracy against an axis of the data: training examples, label noise, input size."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bench.analyse.analysis import Analysis
from bench.pages.charts.chart import Chart, ChartAxis, Panel, Points, Style, values
from bench.pages.charts.series import MOST_LINES
from bench.study.families import column_title, varying_columns
from bench.study.study_data import StudyData

_LEAST_VALUES = 3
_NAMES = {
    "n_train": "training examples",
    "label_noise": "share of training labels that are wrong",
    "input_size": "input pixels (height x width)",
}


def data_axes(data: StudyData) -> list[str]:
    """The axes of the data with at least three values in the study: names of files and of charts."""
    return [name for name in _NAMES if _values(data, name).nunique() >= _LEAST_VALUES]


def data_axis_chart(data: StudyData, analysis: Analysis, name: str) -> Chart:
    """Mean held-out accuracy with its interval against an axis; one line per network and other settings.

    If there are too many lines for a legend, those of one architecture have one name and one style.

    Args:
        data: the study.
        analysis: of the study.
        name: one of ``data_axes``.
    """
    estimated = analysis.sizes[["entry", "accuracy", "accuracy_low", "accuracy_high"]]
    table = data.summary.assign(x=_values(data, name)).merge(estimated)
    others = _others(table, name)
    groups = [rows for _, rows in table.groupby(["architecture", *others], sort=False, dropna=False)]
    architectures = list(dict.fromkeys(table["architecture"]))
    layers, named = [], set[str]()
    for place, rows in enumerate(groups):
        line = rows.sort_values("x", kind="stable")
        label, index = _label(line.iloc[0], others), place
        if len(groups) > MOST_LINES:
            architecture = str(line["architecture"].iloc[0])
            label = "" if architecture in named else f"{architecture}, each line one network"
            index = architectures.index(architecture)
            named.add(architecture)
        low, high = values(line["accuracy_low"]), values(line["accuracy_high"])
        x, y = values(line["x"]), values(line["accuracy"])
        layers.append(Points(label, Style("series", index), x, y, low=low, high=high, is_joined=True))
    x_axis = ChartAxis(_NAMES[name])
    if name != "label_noise":
        x_axis = ChartAxis(_NAMES[name], "log", ticks=values(sorted(table["x"].unique())), is_count=True)
    panel = Panel(x_axis, ChartAxis("validation accuracy"), tuple(layers), empty="" if layers else "no trial is done")
    return Chart(data.title(), (panel,), "mean and 95 % interval")


def _values(data: StudyData, name: str) -> pd.Series:
    summary = data.summary
    if name == "input_size":
        sides = summary["input_shape"].str.split("x", expand=True).astype(int)
        return sides[0] * sides[1]
    return data.training_examples() if name == "n_train" else summary[f"protocol_{name}"]


def _others(table: pd.DataFrame, name: str) -> list[str]:
    """The columns that distinguish lines, other than the architecture: those that vary at equal places of the axis."""
    columns = [column for column in varying_columns(table) if (table.groupby("x")[column].nunique() > 1).any()]
    widths = ["width"] if table["width"].nunique() > 1 else []
    if name != "input_size":
        return [*widths, *(["input_shape"] if table["input_shape"].nunique() > 1 else []), *columns]
    channels = table["input_shape"].str.rsplit("x", n=1).str[1]
    table["channels"] = np.where(channels == "1", "gray", "colour")
    return [*widths, *(["channels"] if table["channels"].nunique() > 1 else []), *columns]


def _label(row: pd.Series, others: Sequence[str]) -> str:
    parts = [
        f"{row[column]}" if column == "channels" else f"{column_title(column)} {row[column]}"
        for column in others
        if not pd.isna(row[column])
    ]
    return ", ".join([row["architecture"], *parts])
