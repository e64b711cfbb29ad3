"""Reliability diagrams: confidence against accuracy of the held-out predictions, one panel per network."""

from bench.analyse.analysis import Analysis
from bench.analyse.predictions.metrics import Reliability
from bench.pages.charts.chart import Chart, ChartAxis, Curve, Panel, Points, Style, values
from bench.pages.charts.panels import panel_note, thinned
from bench.pages.number_text import number
from bench.study.study_data import StudyData

_TICKS = (0.0, 0.5, 1.0)
_LIMITS = (-0.03, 1.03)


def calibration_chart(data: StudyData, analysis: Analysis) -> Chart:
    """Each dot is a bin of confidence; its area is its share of predictions. The diagonal is perfect calibration."""
    entries = sorted(analysis.calibration)
    shown = thinned(entries)
    n_params = analysis.sizes.set_index("entry")["n_params"]
    panels = []
    for entry in shown:
        error = analysis.metrics[entry].expected_calibration_error
        title = f"{analysis.labels[entry]}\n{n_params[entry]:,} parameters\nECE {number(error)}"
        panels.append(_panel(title, analysis.calibration[entry]))
    if not panels:
        panels = [Panel(ChartAxis("confidence"), ChartAxis("accuracy"), empty="no trial is done")]
    key = "held-out predictions, pooled; area of a dot: its share of them" + panel_note(shown, entries)
    return Chart(data.title(), tuple(panels), key)


def _panel(title: str, bins: Reliability) -> Panel:
    confidence, accuracy = (ChartAxis(label, limits=_LIMITS, ticks=_TICKS) for label in ("confidence", "accuracy"))
    x, y = values(bins.confidence), values(bins.accuracy)
    layers = (
        Curve("", Style("diagonal"), (0.0, 1.0), (0.0, 1.0)),
        Points("", Style("bins"), x, y, is_joined=True, area=values(bins.n / bins.n.sum())),
    )
    return Panel(confidence, accuracy, layers, title)
