"""What the spread between trials is made of: variance components, a bar a network."""

from matplotlib.figure import Figure

from bench.analyse.analysis import Analysis
from bench.analyse.estimates.variance_components import OWN_SPLITS, SHARED_SPLITS, Components
from bench.render.figures.drawing import PAGE_INCHES, in_lines, say_nothing_to_show
from bench.study.study_data import StudyData

_SHADES = ("#222222", "#888888", "#d8d8d8")
_HATCHES = ("", "///", "")


def components_figure(data: StudyData, analysis: Analysis) -> Figure:
    """Stacked variances of validation accuracy, for the networks that have them."""
    known = {entry: parts for entry, parts in analysis.components.items() if isinstance(parts, Components)}
    names = [in_lines(analysis.labels[entry]) for entry in known]
    n_lines = sum(name.count("\n") + 1 for name in names)
    figure = Figure(figsize=(PAGE_INCHES, 0.1 * len(known) + 0.14 * max(8, n_lines) + 1.5), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(data.title(), loc="left")
    if not known:
        reasons = {parts.reason for parts in analysis.components.values() if not isinstance(parts, Components)}
        say_nothing_to_show(axes, "\n".join(sorted(reasons)) or "no trial is done")
        return figure
    places = range(len(known))
    before = [0.0] * len(known)
    for name, shade, hatch in zip(
        SHARED_SPLITS if analysis.splits_are_shared else OWN_SPLITS, _SHADES, _HATCHES, strict=False
    ):
        values = [parts.variances[name] for parts in known.values()]
        axes.barh(places, values, left=before, color=shade, hatch=hatch, edgecolor="black", linewidth=0.6, label=name)
        before = [sum(pair) for pair in zip(before, values, strict=True)]
    axes.set_yticks(places, names, fontsize=7.5)
    axes.set_ylim(len(known) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("variance of validation accuracy between trials")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure
