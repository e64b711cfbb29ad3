"""Variance components of the spread between trials, one bar per network."""

from bench.analyse.analysis import Analysis
from bench.analyse.estimates.variance_components import OWN_SPLITS, SHARED_SPLITS, Components
from bench.pages.charts.chart import Bars, Chart, ChartAxis, Layer, Panel, Points, Style, values
from bench.study.study_data import StudyData


def components_chart(data: StudyData, analysis: Analysis) -> Chart:
    """Stacked variances of one trial's accuracy, and that of a repetition's mean, for the networks that have them."""
    known = {entry: parts for entry, parts in analysis.components.items() if isinstance(parts, Components)}
    x = ChartAxis("variance of validation accuracy between trials")
    y = ChartAxis("", names=tuple(analysis.labels[entry] for entry in known))
    if not known:
        reasons = {parts.reason for parts in analysis.components.values() if not isinstance(parts, Components)}
        return Chart(data.title(), (Panel(x, y, empty="\n".join(sorted(reasons)) or "no trial is done"),))
    start = [0.0] * len(known)
    layers: list[Layer] = []
    for index, name in enumerate(SHARED_SPLITS if analysis.splits_are_shared else OWN_SPLITS):
        length = [parts.variances[name].value for parts in known.values()]
        layers.append(Bars(name, Style("component", index), values(range(len(known))), values(start), values(length)))
        start = [sum(pair) for pair in zip(start, length, strict=True)]
    of_repetition = [parts.of_repetition.value for parts in known.values() if parts.of_repetition]
    if of_repetition:
        label, places = "mean of a repetition (other seed and split)", values(range(len(known)))
        layers.append(Points(label, Style("difference"), values(of_repetition), places))
    return Chart(data.title(), (Panel(x, y, tuple(layers)),))
