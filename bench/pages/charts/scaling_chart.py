"""Accuracy, loss and step time against parameter count."""

import numpy as np
import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import MAJORITY, class_counts_loss, majority_share
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.sizes.law_fits import ScalingFit
from bench.pages.charts.chart import Chart, ChartAxis, Curve, Dots, Layer, Panel, Points, Rule, Style, values
from bench.pages.charts.series import name_series, shown_axes, style_of, taken_mark
from bench.pages.number_text import counted, number
from bench.study.study_data import StudyData

_TRIALS_KEY = "mean and 95 % interval; each dot is a trial"
_STEPS_KEY = "median and quartiles; each dot is a step"


def accuracy_chart(data: StudyData, analysis: Analysis) -> Chart:
    """Held-out accuracy: trials, means with intervals, the law or guide line, and the reference values."""
    share = majority_share(data.study.class_counts)
    best = data.study.best_accuracy
    layers = [
        *_lines(data, data.done, "val_accuracy", _means(analysis, "accuracy")),
        *taken_mark(analysis, "n_params", "accuracy"),
        *_laws(data, analysis, "error"),
        *_controls(analysis, "accuracy", f"majority class: {number(share)}", share),
        *([] if best is None else [Rule(f"best possible: {number(best)}", Style("ceiling"), "y", best)]),
        *_thresholds(data, analysis),
        *_published(data, "val_accuracy"),
    ]
    empty = "" if len(data.done) else "no trial is done"
    return _chart(data, ChartAxis("validation accuracy"), layers, _TRIALS_KEY, empty)


def loss_chart(data: StudyData, analysis: Analysis) -> Chart:
    """Held-out cross-entropy: trials, means with intervals, the law or guide line, the loss of the class counts."""
    loss = class_counts_loss(data.study.class_counts)
    layers = [
        *_lines(data, data.done, "val_loss", _means(analysis, "loss")),
        *_laws(data, analysis, "loss"),
        *_controls(analysis, "loss", f"class counts alone: {number(loss)}", loss),
        *_thresholds(data, analysis),
    ]
    empty = "" if len(data.done) else "no trial is done"
    return _chart(data, ChartAxis("validation loss (nats per image)"), layers, _TRIALS_KEY, empty)


def step_ms_chart(data: StudyData, analysis: Analysis) -> Chart:
    """Wall time of a training step: every timed step, the median, the quartiles, the law or guide line."""
    columns = {"step_ms_median": "centre", "step_ms_q1": "low", "step_ms_q3": "high"}
    layers = [
        *_lines(data, data.steps, "step_ms", data.summary[[*columns]].rename(columns=columns)),
        *_laws(data, analysis, "step_ms"),
        *_published(data, "step_ms"),
    ]
    axis = ChartAxis("ms per training step" + _conditions(data.steps), "log" if len(data.steps) else "linear")
    return _chart(data, axis, layers, _STEPS_KEY, "" if len(data.steps) else "no step is timed")


def parameters_axis(data: StudyData) -> ChartAxis:
    """The axis of parameter counts, with room beside the smallest and the largest network."""
    counts = [*data.summary["n_params"], *(point["n_params"] for point in data.published)]
    low, high = min(counts), max(counts)
    margin = max(1.3, (high / low) ** 0.06) if high > low else 3.0
    return ChartAxis("parameters", "log", (low / margin, high * margin), is_count=True)


def _chart(data: StudyData, y: ChartAxis, layers: list[Layer], key: str, empty: str) -> Chart:
    return Chart(data.title(), (Panel(parameters_axis(data), y, tuple(layers), empty=empty),), key)


def _means(analysis: Analysis, metric: str) -> pd.DataFrame:
    """By entry: centre, low and high; the bounds are NaN if there is no interval."""
    table = analysis.sizes.set_index("entry")[[metric, f"{metric}_low", f"{metric}_high"]]
    return table.set_axis(["centre", "low", "high"], axis="columns")


def _lines(data: StudyData, dots: pd.DataFrame, column: str, centres: pd.DataFrame) -> list[Layer]:
    """The observations of each series, and its centres with their bounds.

    Args:
        data: the study.
        dots: one row per observation, with columns entry and ``column``.
        column: the quantity.
        centres: centre, low and high, by entry.
    """
    by_entry = {int(str(entry)): rows.tolist() for entry, rows in dots.groupby("entry")[column]}
    n_params = data.summary["n_params"]
    layers: list[Layer] = []
    for series in name_series(data.summary):
        entries = [entry for entry in series.entries if entry in by_entry]
        if not entries:
            continue
        observed = [by_entry[entry] for entry in entries]
        x = values(n_params[entries])
        rows = centres.loc[entries]
        layers += [
            Dots(series.style, x, tuple(map(values, observed))),
            Points(
                series.label,
                series.style,
                x,
                values(rows["centre"]),
                low=values(rows["low"]),
                high=values(rows["high"]),
                is_joined=series.is_line,
            ),
        ]
    return layers


def _laws(data: StudyData, analysis: Analysis, quantity: str) -> list[Layer]:
    """The best law along each family, or a guide line without a name; the law of error is drawn as accuracy."""
    layers: list[Layer] = []
    for axis in shown_axes(analysis, data.summary):
        fit = axis.fits[quantity, "n_params"]
        if isinstance(fit, NotComputed):
            continue
        x = np.geomspace(fit.sizes[0], fit.sizes[-1], 100)
        y = fit.curve(x)
        style = style_of(axis.family.label, data.summary, "law")
        name = fit.best.name if isinstance(fit, ScalingFit) else "guide line"
        layers.append(
            Curve(f"{axis.family.label}: {name}", style, values(x), values(1 - y if quantity == "error" else y))
        )
    return layers


def _controls(analysis: Analysis, metric: str, floor_label: str, floor: float) -> list[Layer]:
    """Controls as reference lines, and the value from the class counts alone if no control shows it."""
    controls = analysis.controls.dropna(subset=[metric])
    layers: list[Layer] = []
    if MAJORITY not in controls["name"].tolist():
        layers.append(Rule(floor_label, Style("floor"), "y", floor))
    for index, (name, value) in enumerate(zip(controls["name"], controls[metric], strict=True)):
        label = f"{name}: {number(value)}"
        layers.append(Rule(label, Style("control", index), "y", float(value), is_named_beside=True))
    return layers


def _thresholds(data: StudyData, analysis: Analysis) -> list[Layer]:
    """The size from which each family fits its training set."""
    layers: list[Layer] = []
    for axis in shown_axes(analysis, data.summary):
        if axis.interpolates_from is None:
            continue
        n_params = int(data.summary["n_params"][axis.interpolates_from])
        label = f"{axis.family.label}: fits its training set from {n_params:,}"
        layers.append(Rule(label, style_of(axis.family.label, data.summary, "threshold"), "x", float(n_params)))
    return layers


def _published(data: StudyData, quantity: str) -> list[Layer]:
    return [
        Points(
            f"{point['label']} (published, {point['n_images']} images)",
            Style("published", index),
            (float(point["n_params"]),),
            (float(point[quantity]),),
        )
        for index, point in enumerate(data.published)
        if point.get(quantity) is not None
    ]


def _conditions(steps: pd.DataFrame) -> str:
    if "protocol_batch_size" not in steps:  # of an imported table
        return ""
    batch_sizes, threads = steps["protocol_batch_size"].unique(), steps["threads"].unique()
    conditions = [f"batch {batch_sizes[0]}"] if len(batch_sizes) == 1 else []
    conditions += [counted(threads[0], "thread")] if len(threads) == 1 else []
    return f" ({', '.join(conditions)})" if conditions else ""
