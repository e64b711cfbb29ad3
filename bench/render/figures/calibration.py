"""Reliability diagrams: confidence against accuracy of the held-out predictions, a panel a network."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.analyse.analysis import Analysis
from bench.analyse.predictions.metrics import Reliability
from bench.render.figures.drawing import (
    PAGE_INCHES,
    PANEL_TITLE_POINTS,
    panel_note,
    panel_title,
    say_nothing_to_show,
    thinned,
)
from bench.study.study_data import StudyData

_COLUMNS = 4
_LARGEST_DOT = 70.0


def calibration_figure(data: StudyData, analysis: Analysis) -> Figure:
    """Each dot a bin of confidence: its area is its share of the predictions, the diagonal perfect calibration."""
    entries = sorted(analysis.calibration)
    shown = thinned(entries)
    n_columns = max(1, min(_COLUMNS, len(shown)))
    n_rows = max(1, -(-len(shown) // n_columns))
    heading = f"{data.title()}\nheld-out predictions, pooled; area of a dot: its share of them"
    heading += panel_note(shown, entries)
    figure = Figure(figsize=(PAGE_INCHES, 1.9 * n_rows + 0.5 + 0.18 * (heading.count("\n") + 1)), layout="constrained")
    figure.suptitle(heading, x=0.01, ha="left")
    if not shown:
        say_nothing_to_show(figure.add_subplot(), "no trial is done")
        return figure
    n_params = analysis.sizes.set_index("entry")["n_params"]
    for place, entry in enumerate(shown):
        axes = figure.add_subplot(n_rows, n_columns, place + 1)
        error = analysis.metrics[entry].expected_calibration_error
        title = panel_title(analysis.labels[entry], n_params[entry], 0.8 * PAGE_INCHES / n_columns)
        axes.set_title(f"{title}\nECE {error:.3f}", fontsize=PANEL_TITLE_POINTS)
        _draw(axes, analysis.calibration[entry])
        axes.tick_params(labelleft=place % n_columns == 0, labelbottom=place + n_columns >= len(shown), labelsize=8)
        if place % n_columns == 0:
            axes.set_ylabel("accuracy")
        if place + n_columns >= len(shown):
            axes.set_xlabel("confidence")
    return figure


def _draw(axes: Axes, bins: Reliability) -> None:
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=0.8)
    axes.plot(bins.confidence, bins.accuracy, color="#0072B2", linewidth=1)
    axes.scatter(
        bins.confidence,
        bins.accuracy,
        s=_LARGEST_DOT * bins.n / bins.n.sum() + 2,
        color="#0072B2",
        clip_on=False,
        zorder=3,
    )
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xticks([0, 0.5, 1])
    axes.set_yticks([0, 0.5, 1])
