"""Training error beside held-out error: where a network just fits its training set, and whether error peaks there."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.analyse.sizes.double_descent import FITTED_ACCURACY, held_out_peak, interpolation_threshold
from bench.pages.wording import interval_text
from bench.render.figures.colours import name_series
from bench.render.figures.drawing import PAGE_INCHES, logarithmic, say_nothing_to_show
from bench.study.study_data import StudyData


def fit_figure(data: StudyData) -> Figure:
    """Error (1 - accuracy) and loss: held out solid, training dashed, a line a series, means over folds and seeds.

    A thin vertical line marks the interpolation threshold of a series: see ``interpolation_threshold``.
    """
    figure = Figure(figsize=(PAGE_INCHES, 3.9), layout="constrained")
    figure.suptitle(data.title(), x=0.01, ha="left")
    panels: list[Axes] = list(figure.subplots(1, 2))
    done = data.summary[data.summary["n_done"] > 0].set_index("entry")
    for axes, quantity in zip(panels, ("accuracy", "loss"), strict=True):
        axes.set_xlabel("parameters")
        axes.set_ylabel("error (1 - accuracy)" if quantity == "accuracy" else "loss (nats an image)")
        if done.empty:
            say_nothing_to_show(axes, "no trial is done")
            continue
        for series in name_series(data.summary):
            rows = done.loc[[entry for entry in series.entries if entry in done.index]]
            for part, style, name in (("val", "-", "held out"), ("train", "--", "training")):
                mean = rows[f"{part}_{quantity}_mean"]
                values = 1 - mean if quantity == "accuracy" else mean
                label = f"{series.label}: {name}" if quantity == "accuracy" else None
                axes.plot(
                    *(rows["n_params"], values),
                    color=series.colour,
                    linestyle=style,
                    marker=series.marker,
                    markersize=4 if part == "val" else 2.5,
                    label=label,
                )
            if (count := _fits_from(rows)) is not None:
                axes.axvline(count, color=series.colour, linewidth=0.9, linestyle=":")
        axes.set_xscale("log")
        logarithmic(axes.xaxis)
        if quantity == "loss" and np.all(done[["val_loss_mean", "train_loss_mean"]] > 0):
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")
    figure.legend(
        loc="outside lower center",
        ncols=2,
        frameon=False,
        title=f"means over folds and seeds; dotted: from here on {FITTED_ACCURACY:.0%} of the training set is fitted",
    )
    return figure


def _fits_from(rows: pd.DataFrame) -> int | None:
    """The parameters from which on the networks of a series, by ascending size, fit their training set."""
    place = interpolation_threshold(rows["train_accuracy_mean"].to_numpy(float))
    return None if place is None else int(rows["n_params"].iloc[place])


def fit_markdown(data: StudyData) -> str:
    """For each series, in words: from which size on it fits its training set, and where held-out error peaks."""
    lines = []
    for series in name_series(data.summary):
        count = _fits_from(data.summary.set_index("entry").loc[list(series.entries)])
        fits = (
            f"no network here has {FITTED_ACCURACY:.0%} of its training set right"
            if count is None
            else f"from {count:,} parameters on a network has {FITTED_ACCURACY:.0%} of its training set right"
        )
        peak = held_out_peak(data.done[data.done["entry"].isin(series.entries)])
        peaks = "held-out error never rises with size"
        if peak is not None:
            shown = "a peak" if peak.is_shown else "not shown to be a peak, since not both intervals exclude zero"
            over_smaller, over_largest = (
                interval_text(interval, "{:+.3f}") for interval in (peak.over_best_smaller, peak.over_largest)
            )
            peaks = (
                f"after its first descent held-out error is largest at {peak.n_params:,} parameters: "
                f"{over_smaller} over the best smaller network and {over_largest} over the largest "
                f"({shown})"
            )
        lines.append(f"- {series.label}: {fits}; {peaks}.")
    note = (
        "Error is 1 - accuracy. The peak and the networks beside it are chosen by the same results that are compared, "
        "which favours finding one; intervals are corrected resampled t intervals (Nadeau and Bengio 2003)."
    )
    return "\n".join(lines) + f"\n\n{note}\n"
