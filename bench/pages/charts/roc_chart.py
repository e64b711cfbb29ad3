"""ROC curves of the held-out predictions, one panel per network."""

import numpy as np

from bench.analyse.analysis import Analysis
from bench.pages.charts.chart import Chart, ChartAxis, Curve, Panel, Style, values
from bench.pages.charts.panels import panel_note, thinned
from bench.pages.number_text import number
from bench.study.study_data import StudyData

_LIMITS = (-0.02, 1.02)


def roc_chart(data: StudyData, analysis: Analysis) -> Chart:
    """The share of cases that are found against the share of false alarms. The diagonal is guessing."""
    entries = sorted(analysis.roc)
    shown = thinned(entries)
    x, y = ChartAxis("false alarms", limits=_LIMITS), ChartAxis("cases found", limits=_LIMITS)
    diagonal = Curve("", Style("diagonal"), (0.0, 1.0), (0.0, 1.0))
    panels = []
    for entry in shown:
        roc = analysis.roc[entry]
        empty = "a class has no image" if np.isnan(roc.true_positive).any() else ""
        curve = Curve("", Style("train"), values(roc.false_positive), values(roc.true_positive))
        title = f"{analysis.labels[entry]}\nROC AUC {number(analysis.metrics[entry].roc_auc)}"
        panels.append(Panel(x, y, (diagonal, curve), title, empty))
    names = data.study.class_names
    whose = f"cases: {names[1]}" if len(names) == 2 else "mean over classes, each against all others"
    return Chart(data.title(), tuple(panels), f"held-out predictions, pooled; {whose}" + panel_note(shown, entries))
