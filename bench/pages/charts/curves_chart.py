"""Training and validation by epoch, as Keras's history plots show them: a pair of panels per network."""

import numpy as np
import pandas as pd

from bench.pages.charts.chart import Chart, ChartAxis, Curve, Panel, Style, values
from bench.pages.charts.panels import panel_note, thinned
from bench.store.columns import axis_columns, protocol_columns
from bench.study.families import network_labels
from bench.study.study_data import StudyData

PARTS = {"train": "training", "val": "validation"}
QUANTITIES = {"accuracy": "accuracy", "loss": "loss (nats)"}
_LOG_FROM_RATIO = 30.0


def curves_chart(data: StudyData, epochs: pd.DataFrame) -> Chart:
    """Mean over folds and seeds, and one standard deviation about it: first all accuracy panels, then all of loss.

    All panels of a quantity have one scale, so that networks can be compared.

    Args:
        data: the study.
        epochs: as ``Store.epochs`` gives them.
    """
    entries = sorted(data.done["entry"].unique().tolist())
    shown = thinned(entries)
    labels = network_labels(data.summary)
    title = data.title() + panel_note(shown, entries)
    key = "mean; band: ± sd over folds and seeds"
    if not shown:
        return Chart(title, (Panel(ChartAxis("epoch"), ChartAxis("accuracy"), empty="no trial is done"),), key)
    by_epoch = _statistics(data, epochs, shown)
    last = int(by_epoch.index.get_level_values("epoch").max())
    margin = max(0.5, 0.04 * last)
    x = ChartAxis("epoch", limits=(1 - margin, last + margin), is_count=True)
    panels = []
    for quantity in QUANTITIES:
        y = _vertical_axis(by_epoch, quantity)
        for entry in shown:
            rows = by_epoch.loc[[entry]].droplevel("entry")
            layers = tuple(_curve(rows, part, quantity) for part in PARTS)
            panels.append(Panel(x, y, layers, f"{labels[entry]}\n{data.summary['n_params'][entry]:,} parameters"))
    last_epoch = by_epoch.groupby("entry").tail(1)
    if (last_epoch["val_accuracy_mean"] > last_epoch["train_accuracy_mean"]).any():
        key += f"\n{_why_validation_is_above(data)}"
    return Chart(title, tuple(panels), key)


def _why_validation_is_above(data: StudyData) -> str:
    """The reasons why training accuracy may be lower than validation accuracy."""
    summary = data.summary
    dropout = [column for column in axis_columns(summary) if "dropout" in column and (summary[column] > 0).any()]
    augment = [column for column in protocol_columns(summary) if "augment" in column]
    is_augmented = any((~summary[column].isin([0.0, "none"])).any() for column in augment)
    reasons = [
        *(["with dropout"] if dropout else []),
        *(["on augmented images"] if is_augmented else []),
        *(["on partly wrong labels"] if data.has_label_noise else []),
    ]
    of_training = "training accuracy is measured during the epoch, while weights change"
    return f"validation may lie above training: {', '.join([of_training, *reasons])}"


def _curve(rows: pd.DataFrame, part: str, quantity: str) -> Curve:
    mean, sd = rows[f"{part}_{quantity}_mean"], rows[f"{part}_{quantity}_std"]
    x, low, high = values(rows.index), values(mean - sd), values(mean + sd)
    return Curve(PARTS[part], Style(part), x, values(mean), low, high)


def _vertical_axis(by_epoch: pd.DataFrame, quantity: str) -> ChartAxis:
    means = by_epoch[[f"{part}_{quantity}_mean" for part in PARTS]].to_numpy()
    deviations = np.nan_to_num(by_epoch[[f"{part}_{quantity}_std" for part in PARTS]].to_numpy())
    label = QUANTITIES[quantity]
    if quantity == "loss" and means.min() > 0 and means.max() / means.min() > _LOG_FROM_RATIO:
        return ChartAxis(label, "log", (float(means.min() / 1.3), float((means + deviations).max() * 1.3)))
    low, high = float((means - deviations).min()), float((means + deviations).max())
    margin = max(0.05 * (high - low), (0.1 - (high - low)) / 2)
    return ChartAxis(label, limits=(low - margin, high + margin))


def _statistics(data: StudyData, epochs: pd.DataFrame, shown: list[int]) -> pd.DataFrame:
    """Means and standard deviations by entry and epoch: columns such as train_loss_mean, train_loss_std."""
    entry_of = data.done.set_index("trial_key")["entry"]
    placed = epochs.assign(entry=epochs["trial_key"].map(entry_of)).drop(columns="trial_key")
    statistics = placed[placed["entry"].isin(shown)].groupby(["entry", "epoch"]).agg(["mean", "std"])
    statistics.columns = ["_".join(names) for names in statistics.columns]
    return statistics
