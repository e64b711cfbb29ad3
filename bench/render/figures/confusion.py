"""Confusion matrices of held-out predictions, and scikit-learn's classification report, a network each."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bench.analyse.predictions.confusion_counts import classification_text, confusion_counts
from bench.render.figures.drawing import (
    PAGE_INCHES,
    PANEL_TITLE_POINTS,
    panel_note,
    panel_title,
    say_nothing_to_show,
    thinned,
)
from bench.study.families import network_labels
from bench.study.study_data import StudyData

_WHAT = "held-out predictions, pooled over folds and seeds"
_SHARES_UP_TO_CLASSES = 3
_NUMBERS_UP_TO_CLASSES = 12


def confusion_report(data: StudyData) -> tuple[Figure, str]:
    """The figure of all networks' matrices, and the text of their reports; each pooled over folds and seeds."""
    entries = sorted(data.done["entry"].unique().tolist())
    class_names = data.study.class_names
    labels = network_labels(data.summary)
    matrices: dict[int, NDArray[np.int64]] = {}
    texts = [data.title(), _WHAT]
    for entry in entries:
        trials = data.done[data.done["entry"] == entry]
        predictions = data.read_predictions(trials["trial_key"].tolist())
        matrices[entry] = confusion_counts(predictions, class_names)
        head = f"{labels[entry]}, {data.summary['n_params'][entry]:,} parameters, {len(trials)} trials"
        texts.append(f"{head}\n{'=' * len(head)}\n{classification_text(predictions, class_names)}")
    if not entries:
        texts.append("no trial is done")
    return confusion_figure(data, matrices), "\n\n".join(texts)


def confusion_figure(data: StudyData, matrices: Mapping[int, NDArray[np.int64]]) -> Figure:
    """A matrix a network: counts, shaded by the share of the true class.

    Args:
        data: the study.
        matrices: by the summary's row, (n_classes, n_classes) with true classes in rows.
    """
    shown = thinned(list(matrices))
    class_names = data.study.class_names
    n_columns = max(1, min(len(shown), 3 if len(class_names) <= _SHARES_UP_TO_CLASSES else 2))
    n_rows = max(1, -(-len(shown) // n_columns))
    side = PAGE_INCHES / n_columns
    heading = f"{data.title()}\n{_WHAT}" + panel_note(shown, list(matrices))
    height = min(side, 3.4) * n_rows + 0.5 + 0.18 * (heading.count("\n") + 1)
    figure = Figure(figsize=(PAGE_INCHES, height), layout="constrained")
    figure.suptitle(heading, x=0.01, ha="left")
    if not shown:
        say_nothing_to_show(figure.add_subplot(), "no trial is done")
        return figure
    labels = network_labels(data.summary)
    for place, entry in enumerate(shown):
        axes = figure.add_subplot(n_rows, n_columns, place + 1)
        title = panel_title(labels[entry], data.summary["n_params"][entry], 0.65 * side)
        axes.set_title(title, fontsize=PANEL_TITLE_POINTS)
        _draw(axes, matrices[entry], class_names)
        is_first, is_last = place % n_columns == 0, place + n_columns >= len(shown)
        axes.tick_params(labelleft=is_first, labelbottom=is_last)
        if is_first:
            axes.set_ylabel("true class")
        if is_last:
            axes.set_xlabel("predicted class")
    return figure


def _draw(axes: Axes, counts: NDArray[np.int64], class_names: tuple[str, ...]) -> None:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.grid(visible=False)
    places = range(len(class_names))
    rotation = 90 if len(class_names) > 3 and max(map(len, class_names)) > 3 else 0
    axes.set_xticks(places, class_names, rotation=rotation, fontsize=7.5)
    axes.set_yticks(places, class_names, fontsize=7.5)
    if len(class_names) > _NUMBERS_UP_TO_CLASSES:
        return
    few = len(class_names) <= _SHARES_UP_TO_CLASSES
    for (row, column), count in np.ndenumerate(counts):
        if count or few:
            text = f"{count:,}\n{shares[row, column]:.1%}" if few else f"{count}"
            axes.text(
                *(column, row, text),
                ha="center",
                va="center",
                color="white" if shares[row, column] > 0.6 else "black",
                fontsize=8 if few else 6.5,
                in_layout=False,  # it lies inside the panel, and measuring each takes milliseconds
            )
