"""Held-out accuracy against an axis of the data: training examples, label noise, input size."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter

from bench.render.figures.colours import COLOURS, LINE_STYLES, MARKERS
from bench.render.figures.drawing import PAGE_INCHES
from bench.study.families import column_title, varying_columns
from bench.study.study_data import StudyData

_LEAST_VALUES = 3
_NAMES = {
    "n_train": "training examples",
    "label_noise": "share of training labels that are wrong",
    "input_size": "input pixels (height x width)",
}


def data_axes(data: StudyData) -> list[str]:
    """The axes of the data that take three values or more in the study: names of files and of plots."""
    return [name for name in _NAMES if _values(data, name).nunique() >= _LEAST_VALUES]


def against_figure(data: StudyData, name: str) -> Figure:
    """Mean held-out accuracy and one standard deviation against an axis, a line a network and whatever else varies.

    Args:
        data: the study.
        name: one of ``data_axes``.
    """
    figure = Figure(figsize=(PAGE_INCHES, 4.0), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(data.title(), loc="left")
    axes.set_xlabel(_NAMES[name])
    axes.set_ylabel("validation accuracy")
    table = data.summary.assign(x=_values(data, name))
    table = table[table["n_done"] > 0]
    others = _others(table, name)
    styles = zip(cycle(COLOURS), cycle(MARKERS), cycle(LINE_STYLES), strict=False)
    for (_, rows), (colour, marker, line) in zip(
        table.groupby(["architecture", *others], sort=False, dropna=False), styles, strict=False
    ):
        line_rows = rows.sort_values("x", kind="stable")
        axes.errorbar(
            *(line_rows["x"], line_rows["val_accuracy_mean"]),
            yerr=line_rows["val_accuracy_sd"],
            color=colour,
            marker=marker,
            linestyle=line,
            markersize=5,
            capsize=2.5,
            elinewidth=1,
            label=_label(line_rows.iloc[0], others),
        )
    if name != "label_noise":
        axes.set_xscale("log")
        values = sorted(table["x"].unique())
        axes.xaxis.set_major_locator(FixedLocator(values))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    if len(table):
        figure.legend(loc="outside lower center", ncols=2, frameon=False, title="mean ± sd over folds and seeds")
    return figure


def _values(data: StudyData, name: str) -> pd.Series:
    summary = data.summary
    if name == "input_size":
        sides = summary["input_shape"].str.split("x", expand=True).astype(int)
        return sides[0] * sides[1]
    values = summary[f"protocol_{name}"]
    if name == "n_train" and len(values):
        n_folds = int(data.trials["n_folds"].max())
        whole = round(sum(data.study.class_counts) * (n_folds - 1) / n_folds)
        return values.replace(0, whole)
    return values


def _others(table: pd.DataFrame, name: str) -> list[str]:
    """What sets lines apart beside the architecture."""
    columns = [column for column in varying_columns(table) if column != f"protocol_{name}"]
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
