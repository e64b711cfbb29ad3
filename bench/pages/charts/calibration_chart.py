"""Reliability diagrams: confidence against accuracy of the held-out predictions, one panel per network."""

from bench.analyse.analysis import Analysis
from bench.analyse.predictions.metrics import Reliability
from bench.pages.charts.chart import Chart, ChartAxis, Curve, Layer, Panel, Points, Style, values
from bench.pages.charts.panels import panel_note, thinned
from bench.pages.number_text import number
from bench.study.study_data import StudyData

_NOISY_BELOW = 20
"""A bin of fewer images is drawn hollow: its accuracy is known to no better than about 0.1 (one standard error)."""
_TICKS = (0.0, 0.5, 1.0)
_LIMITS = (-0.03, 1.03)


def calibration_chart(data: StudyData, analysis: Analysis) -> Chart:
    """Each dot is a bin of confidence; its area is its share of predictions. The diagonal is perfect calibration."""
    entries = sorted(analysis.calibration)
    shown = thinned(entries)
    sizes = analysis.sizes.set_index("entry")
    panels = []
    for entry in shown:
        error = analysis.metrics[entry].expected_calibration_error
        title = f"{analysis.labels[entry]}\n{sizes['n_params'][entry]:,} parameters\nECE {number(error)}"
        per_image = analysis.metrics[entry].n_predictions / sizes["n_images"][entry]
        panels.append(_panel(title, analysis.calibration[entry], per_image))
    if not panels:
        panels = [Panel(ChartAxis("confidence"), ChartAxis("accuracy"), empty="no trial is done")]
    key = f"held-out predictions, pooled; area of a dot: its share of them; hollow: fewer than {_NOISY_BELOW} images"
    return Chart(data.title(), tuple(panels), key + panel_note(shown, entries))


def _panel(title: str, bins: Reliability, per_image: float) -> Panel:
    """``per_image`` is the number of predictions of one image: one per seed."""
    confidence, accuracy = (ChartAxis(label, limits=_LIMITS, ticks=_TICKS) for label in ("confidence", "accuracy"))
    x, y, area = bins.confidence, bins.accuracy, bins.n / bins.n.sum()
    is_noisy = bins.n / per_image < _NOISY_BELOW
    layers: list[Layer] = [
        Curve("", Style("diagonal"), (0.0, 1.0), (0.0, 1.0)),
        Curve("", Style("bins"), values(x), values(y)),
    ]
    for role, of_role in (("bins", ~is_noisy), ("noisy_bins", is_noisy)):
        if of_role.any():
            layers.append(Points("", Style(role), values(x[of_role]), values(y[of_role]), area=values(area[of_role])))
    return Panel(confidence, accuracy, tuple(layers), title)
