"""Confusion matrices of held-out predictions, one panel per network."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bench.pages.charts.chart import Cells, Chart, ChartAxis, Panel, values
from bench.pages.charts.panels import panel_note, thinned
from bench.study.families import network_labels
from bench.study.study_data import StudyData

PER_IMAGE = "held-out images, each counted once: on average over seeds"


def confusion_chart(data: StudyData, matrices: Mapping[int, NDArray[np.float64]]) -> Chart:
    """Counts, shaded by the share of the true class.

    Args:
        data: the study.
        matrices: by entry, (n_classes, n_classes) with true classes in rows.
    """
    shown = thinned(list(matrices))
    labels, names = network_labels(data.summary), tuple(data.study.class_names)
    x, y = ChartAxis("predicted class", names=names), ChartAxis("true class", names=names)
    panels = [
        Panel(x, y, (_cells(matrices[entry]),), f"{labels[entry]}\n{data.summary['n_params'][entry]:,} parameters")
        for entry in shown
    ] or [Panel(x, y, empty="no trial is done")]
    return Chart(data.title(), tuple(panels), PER_IMAGE + panel_note(shown, list(matrices)))


def _cells(counts: NDArray[np.float64]) -> Cells:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return Cells(tuple(values(row) for row in counts), tuple(values(row) for row in shares))
