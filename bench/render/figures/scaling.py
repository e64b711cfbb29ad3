"""Accuracy, loss and step time against parameter count: the study's question as pictures."""

from collections.abc import Sequence
from itertools import chain, cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import class_counts_loss, majority_share
from bench.analyse.estimates.insufficient import NotComputed
from bench.render.figures.colours import name_series
from bench.render.figures.drawing import PAGE_INCHES, legend_below, logarithmic, say_nothing_to_show
from bench.study.study_data import StudyData

_APART = 0.011
_INK = 6.0
_NAME_HEIGHT = 0.052
"""Of the axes' height: what a control's name needs."""
_REFERENCE_COLOUR = "#444444"
_NAME_LINE = {
    "arrowstyle": "-",
    "color": _REFERENCE_COLOUR,
    "linewidth": 0.5,
    "shrinkA": 0,
    "shrinkB": 0,
    "relpos": (0.0, 0.5),
}
_HOLLOW_MARKERS = ("*", "p", "8", "d", "H")
_MAJORITY = "majority_class"
_CONTROL_DASHES = ((5, 1), (3, 1, 1, 1), (2, 2), (8, 3), (6, 1, 1, 1, 1, 1), (1, 3))
_TRIALS_KEY = "mean and corrected 95 % interval over folds and seeds; each dot a trial"
_STEPS_KEY = "median and quartiles; each dot a step"


def accuracy_figure(data: StudyData, analysis: Analysis) -> Figure:
    """Held-out accuracy: trials, means with intervals, the fitted law, and what it is to be compared with."""
    figure, axes = _page(data)
    axes.set_ylabel("validation accuracy")
    centre, bars = _means(analysis, "accuracy")
    moved = _draw_lines(axes, data, data.done, "val_accuracy", centre, bars)
    _draw_laws(axes, data, analysis, "error")
    share = majority_share(data.study.class_counts)
    _draw_controls(axes, analysis, "accuracy", f"majority class: {share:.3f}", share)
    if (best := data.study.best_accuracy) is not None:
        axes.axhline(best, color=_REFERENCE_COLOUR, linestyle=(0, (7, 2)), label=f"best possible: {best:.3f}")
    _draw_thresholds(axes, data, analysis)
    _draw_published(axes, data.published, "val_accuracy")
    _name_controls(axes, analysis, "accuracy")
    return _finished(figure, axes, len(data.done), "no trial is done", _TRIALS_KEY, moved)


def loss_figure(data: StudyData, analysis: Analysis) -> Figure:
    """Held-out cross-entropy: trials, means with intervals, the fitted law, and the loss of the class counts only."""
    figure, axes = _page(data)
    axes.set_ylabel("validation loss (nats an image)")
    centre, bars = _means(analysis, "loss")
    moved = _draw_lines(axes, data, data.done, "val_loss", centre, bars)
    _draw_laws(axes, data, analysis, "loss")
    loss = class_counts_loss(data.study.class_counts)
    _draw_controls(axes, analysis, "loss", f"class counts alone: {loss:.3f}", loss)
    _draw_thresholds(axes, data, analysis)
    _name_controls(axes, analysis, "loss")
    return _finished(figure, axes, len(data.done), "no trial is done", _TRIALS_KEY, moved)


def step_ms_figure(data: StudyData, analysis: Analysis) -> Figure:
    """Wall time of a training step: every timed step, the median, the quartiles, the fitted law."""
    figure, axes = _page(data)
    axes.set_ylabel("ms per training step" + _conditions(data.steps))
    summary = data.summary
    median, q1, q3 = summary["step_ms_median"], summary["step_ms_q1"], summary["step_ms_q3"]
    moved = _draw_lines(axes, data, data.steps, "step_ms", median, (median - q1, q3 - median))
    _draw_laws(axes, data, analysis, "step_ms")
    _draw_published(axes, data.published, "step_ms")
    if len(data.steps):
        axes.set_yscale("log")
        logarithmic(axes.yaxis)
        axes.yaxis.set_major_formatter("{x:g}")
    return _finished(figure, axes, len(data.steps), "no step is timed", _STEPS_KEY, moved)


def _means(analysis: Analysis, metric: str) -> tuple[pd.Series, tuple[pd.Series, pd.Series]]:
    """By entry: the mean, and how far its interval reaches below and above; NaN, so no bar, where there is none."""
    sizes = analysis.sizes.set_index("entry")
    mean = sizes[metric]
    return mean, (mean - sizes[f"{metric}_low"], sizes[f"{metric}_high"] - mean)


def _draw_laws(axes: Axes, data: StudyData, analysis: Analysis, quantity: str) -> None:
    """The law of the least AICc along each family, thin, and accuracy as 1 - error."""
    for axis in analysis.axes:
        fit = axis.fits[quantity, "n_params"]
        if isinstance(fit, NotComputed):
            continue
        colour = next((each.colour for each in name_series(data.summary) if each.label == axis.family.label), "black")
        x = np.geomspace(fit.sizes[0], fit.sizes[-1], 100)
        y = fit.curve(fit.best, x)
        label = f"{axis.family.label}: {fit.best.name}"
        axes.plot(x, 1 - y if quantity == "error" else y, color=colour, linewidth=0.9, dashes=(1, 1), label=label)


def _draw_controls(axes: Axes, analysis: Analysis, metric: str, floor_label: str, floor: float) -> None:
    """Controls as horizontal lines; what knowing the class counts gives, where no control does just that."""
    controls = analysis.controls.dropna(subset=[metric])
    if _MAJORITY not in controls["name"].tolist():
        axes.axhline(floor, color=_REFERENCE_COLOUR, linestyle=(0, (1, 1.5)), label=floor_label)
    for control, dashes in zip(controls.to_dict("records"), cycle(_CONTROL_DASHES), strict=False):
        axes.axhline(control[metric], color=_REFERENCE_COLOUR, linestyle=(0, dashes), linewidth=1)


def _name_controls(axes: Axes, analysis: Analysis, metric: str) -> None:
    """Write each control's name and value beside its line, right of the axes, apart where lines lie close together.

    To be called when everything is drawn, since names stand where the axis' limits put the lines.
    """
    controls = analysis.controls.dropna(subset=[metric]).sort_values(metric)
    if not len(controls):
        return
    from scipy.optimize import isotonic_regression

    axes.set_ylim(axes.get_ylim())
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = np.array([to_axes.transform((axes.get_xlim()[0], value))[1] for value in controls[metric]])
    steps = _NAME_HEIGHT * np.arange(len(heights))
    places = np.clip(isotonic_regression(heights - steps).x, 0.02, 0.98 - steps[-1]) + steps
    for name, value, height, place in zip(controls["name"], controls[metric], heights, places, strict=True):
        axes.annotate(
            f"{name}: {value:.3f}",
            xy=(1.0, height),
            xytext=(1.025, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=7,
            color=_REFERENCE_COLOUR,
            arrowprops=_NAME_LINE,
            annotation_clip=False,
        )


def _draw_thresholds(axes: Axes, data: StudyData, analysis: Analysis) -> None:
    """Where each family's trainings begin to end without a training error."""
    for axis in analysis.axes:
        if axis.interpolates_from is None:
            continue
        n_params = data.summary["n_params"][axis.interpolates_from]
        colour = next((each.colour for each in name_series(data.summary) if each.label == axis.family.label), "black")
        label = f"{axis.family.label}: fits its training set from {n_params:,}"
        axes.axvline(n_params, color=colour, linewidth=0.9, linestyle=(0, (4, 1, 1, 1, 1, 1)), label=label)


def _conditions(steps: pd.DataFrame) -> str:
    batch_sizes, threads = steps["protocol_batch_size"].unique(), steps["threads"].unique()
    conditions = [f"batch {batch_sizes[0]}"] if len(batch_sizes) == 1 else []
    conditions += [f"{threads[0]} thread{'s' if threads[0] != 1 else ''}"] if len(threads) == 1 else []
    return f" ({', '.join(conditions)})" if conditions else ""


def _page(data: StudyData) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(PAGE_INCHES, 3.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(data.title(), loc="left")
    axes.set_xlabel("parameters")
    axes.set_xscale("log")
    counts = [*data.summary["n_params"], *(point["n_params"] for point in data.published)]
    low, high = min(counts), max(counts)
    margin = max(1.3, (high / low) ** 0.06) if high > low else 3.0
    axes.set_xlim(low / margin, high * margin)
    logarithmic(axes.xaxis)
    return figure, axes


def _draw_lines(
    axes: Axes,
    data: StudyData,
    dots: pd.DataFrame,
    column: str,
    centre: pd.Series,
    bars: tuple[pd.Series, pd.Series],
) -> bool:
    """Draw each series: its dots faintly, as pixels also in an SVG, and over them its centres with their bars.

    Args:
        axes: where.
        data: the study.
        dots: a row a dot, with columns entry and ``column``.
        column: the quantity.
        centre: by the summary's row.
        bars: how far below and above the centre, by the summary's row.

    Returns:
        Whether a network had to be moved aside.
    """
    dots_by_entry = dict(iter(dots.groupby("entry")[column]))
    drawn = [[entry for entry in series.entries if entry in dots_by_entry] for series in name_series(data.summary)]
    n_params = data.summary["n_params"].loc[list(chain(*drawn))]
    x = placed_apart(n_params, axes.get_xlim())
    for series, entries in zip(name_series(data.summary), drawn, strict=True):
        if not entries:
            continue
        values = [dots_by_entry[entry] for entry in entries]
        n_dots = [len(each) for each in values]
        axes.plot(
            *(x[entries].repeat(n_dots), pd.concat(values)),
            color=series.colour,
            marker=series.marker,
            linestyle="none",
            markersize=3,
            markeredgewidth=0,
            alpha=min(0.3, max(0.02, _INK / max(n_dots))),
            rasterized=True,
        )
        axes.errorbar(
            *(x[entries], centre[entries]),
            yerr=[each[entries] for each in bars],
            color=series.colour,
            marker=series.marker,
            linestyle=series.line_style if len(entries) > 1 else "none",
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            elinewidth=1,
            capsize=2.5,
            label=series.label,
            zorder=3,
        )
    return not np.allclose(x[n_params.index], n_params, rtol=1e-9)


def placed_apart(n_params: pd.Series, limits: tuple[float, float]) -> pd.Series:
    """Where on a logarithmic axis networks are drawn, so that none covers another.

    Counts that lie apart stay where they are. Those (nearly) equal are moved, as little in sum of squares as keeps
    a hundredth of the axis between neighbours: an isotonic regression.

    Args:
        n_params: at least 1, by entry, in the order in which equal ones are to stand.
        limits: the axis' ends.
    """
    pitch = _APART * np.log(limits[1] / limits[0])
    ordered = n_params.sort_values(kind="stable")
    places = np.log(ordered.to_numpy(float))
    if np.all(np.diff(places) >= pitch):
        return n_params.astype(float)
    from scipy.optimize import isotonic_regression  # half a second that few studies need

    steps = pitch * np.arange(len(places))
    return pd.Series(np.exp(isotonic_regression(places - steps).x + steps), index=ordered.index)


def _draw_published(axes: Axes, published: Sequence[dict[str, Any]], quantity: str) -> None:
    for point, marker in zip(published, cycle(_HOLLOW_MARKERS), strict=False):
        if point.get(quantity) is not None:
            axes.plot(
                *(point["n_params"], point[quantity]),
                marker=marker,
                linestyle="none",
                markersize=11,
                markerfacecolor="none",
                markeredgecolor="black",
                markeredgewidth=1.2,
                label=f"{point['label']} (published, {point['n_images']} images)",
                zorder=4,
            )


def _finished(figure: Figure, axes: Axes, n_dots: int, if_none: str, key: str, moved: bool) -> Figure:
    """Say so where there is no dot; set the legend below the axes, where it covers nothing, and make room for it."""
    if not n_dots:
        say_nothing_to_show(axes, if_none)
    entries = sorted(
        zip(*axes.get_legend_handles_labels(), strict=True), key=lambda entry: isinstance(entry[0], Line2D)
    )
    if entries:
        handles, labels = zip(*entries, strict=True)
        legend_below(
            *(figure, handles, labels),
            title=f"{key}; near-equal counts are drawn apart" if moved else key,
            handlelength=3.2,
        )
    return figure
