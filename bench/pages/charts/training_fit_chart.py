"""Training and held-out error: where networks begin to fit their training set, and whether error peaks there."""

import numpy as np
import pandas as pd

from bench.analyse.sizes.double_descent import FITTED_ACCURACY, fits_from
from bench.pages.charts.chart import Chart, ChartAxis, Layer, Panel, Points, Rule, Style, values
from bench.pages.charts.series import name_series
from bench.study.study_data import StudyData

_PARTS = {"val": "held out", "train": "training"}


def training_fit_chart(data: StudyData) -> Chart:
    """Error (1 - accuracy) and loss, held out and in training, one line per series: means over folds and seeds.

    A reference line marks the interpolation threshold of a series: see ``fits_from``.
    """
    done = data.summary[data.summary["n_done"] > 0].set_index("entry")
    empty = "no trial is done" if done.empty else ""
    is_positive = bool(np.all(done[["val_loss_mean", "train_loss_mean"]] > 0)) and not empty
    x = ChartAxis("parameters", "linear" if empty else "log", is_count=True)
    panels = (
        Panel(x, ChartAxis("error (1 - accuracy)"), _layers(data, done, "accuracy"), empty=empty),
        Panel(
            x,
            ChartAxis("loss (nats per image)", "log" if is_positive else "linear"),
            _layers(data, done, "loss"),
            empty=empty,
        ),
    )
    key = f"means over folds and seeds; dotted: {FITTED_ACCURACY:.0%} of the training set is fitted from here on"
    return Chart(data.title(), panels, key)


def _layers(data: StudyData, done: pd.DataFrame, quantity: str) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for series in name_series(data.summary):
        rows = done.loc[[entry for entry in series.entries if entry in done.index]]
        if rows.empty:
            continue
        for part, name in _PARTS.items():
            mean = rows[f"{part}_{quantity}_mean"]
            y = values(1 - mean if quantity == "accuracy" else mean)
            style = Style(f"fit_{part}", series.index)
            layers.append(
                Points(f"{series.label}: {name}", style, values(rows["n_params"]), y, is_joined=series.is_line)
            )
        if series.is_line and (count := fits_from(rows)) is not None:
            layers.append(Rule("", Style("fitted", series.index), "x", float(count)))
    return tuple(layers)
