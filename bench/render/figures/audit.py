"""Class shares and distributions of a data set."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.audit.audit_records import Audit
from bench.pages.audit import MEASURES
from bench.render.figures.drawing import PAGE_INCHES, logarithmic

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#999999")
_LOG_FROM_RATIO = 30.0
_MOST_CLASSES = 24


def audit_figure(audit: Audit) -> Figure:
    """Class shares (as figure 14 of Bakti and Firdaus) above the distributions by class."""
    classes = audit.classes[:_MOST_CLASSES]
    shares_height = 0.9 + 0.22 * len(classes)
    panel_height = 0.75 + 0.16 * len(classes)
    figure = Figure(figsize=(PAGE_INCHES, shares_height + 2 * panel_height + 0.5), layout="constrained")
    more = f" (the first {len(classes)} of {len(audit.classes)} classes)" if len(classes) < len(audit.classes) else ""
    figure.suptitle(f"{audit.dataset}: {audit.n_images:,} images{more}", x=0.01, ha="left")
    grid = figure.add_gridspec(3, 3, height_ratios=(shares_height, panel_height, panel_height))
    axes = figure.add_subplot(grid[0, :])
    places = range(len(classes))
    axes.barh(places, [each.share for each in classes], color=[_COLOURS[place % len(_COLOURS)] for place in places])
    for place, each in enumerate(classes):
        groups = "" if each.n_groups == each.n_images else f" in {each.n_groups:,} groups"
        text = f" {each.n_images:,} ({each.share:.1%}){groups}"
        axes.text(each.share, place, text, va="center", fontsize=8)
    axes.set_xlim(0, min(1.0, 1.45 * max(each.share for each in classes)))
    axes.set_yticks(places, [each.name for each in classes])
    axes.invert_yaxis()
    axes.set_xlabel("share of the images")
    for index, measure in enumerate(MEASURES):
        panel = figure.add_subplot(grid[1 + index // 3, index % 3])
        _draw_distribution(panel, audit, measure, [each.name for each in classes], is_first=index % 3 == 0)
    return figure


def _draw_distribution(axes: Axes, audit: Audit, measure: str, names: list[str], *, is_first: bool) -> None:
    rows = {row.class_name: row for row in audit.distributions if row.measure == measure}
    for place, name in enumerate(names):
        row = rows[name]
        colour = _COLOURS[place % len(_COLOURS)]
        axes.plot([row.minimum, row.maximum], [place, place], color=colour, linewidth=1.0)
        axes.plot([row.quartile_1, row.quartile_3], [place, place], color=colour, linewidth=5.0, solid_capstyle="butt")
        axes.plot([row.median], [place], "o", color="white", markeredgecolor="black", markersize=4)
    least, largest = min(row.minimum for row in rows.values()), max(row.maximum for row in rows.values())
    if least > 0 and largest / least > _LOG_FROM_RATIO:
        axes.set_xscale("log")
        logarithmic(axes.xaxis)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(labelleft=is_first, labelsize=7.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(MEASURES[measure], fontsize=8)
