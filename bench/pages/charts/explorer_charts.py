"""The main charts of the page: each measure of the networks against each of their costs, with every number at hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import MAJORITY, class_counts_loss, majority_share
from bench.analyse.estimates.insufficient import NotComputed
from bench.pages.charts.chart import Chart, ChartAxis, Curve, Dots, Layer, Panel, Points, Rule, Style, values
from bench.pages.charts.series import Series, name_series, style_of
from bench.pages.number_text import NOTHING, counted, number, three_digits, with_interval
from bench.study.study_data import StudyData

TAKEN = "the network to take"
_MOST_DOTS = 2000


@dataclass(frozen=True)
class Measure:
    """What the vertical axis shows.

    Attributes:
        name: the column of ``Analysis.sizes``, with its bounds in ``_low`` and ``_high``.
        title: for the reader.
        trial: the column of a single trial; None where there is none.
        control: whether controls have it.
        law: the quantity of the scaling laws; None where there is none.
    """

    name: str
    title: str
    trial: str | None
    control: bool
    law: str | None


@dataclass(frozen=True)
class Cost:
    """What the horizontal axis shows.

    Attributes:
        name: the column of ``summary``.
        title: for the reader, with the unit.
        is_count: whether it is a whole number.
    """

    name: str
    title: str
    is_count: bool


MEASURES = (
    Measure("accuracy", "accuracy on held-out images", "val_accuracy", control=True, law="error"),
    Measure("balanced_accuracy", "balanced accuracy on held-out images", None, control=True, law=None),
    Measure("loss", "loss on held-out images (nats per image)", "val_loss", control=True, law="loss"),
)
COSTS = (
    Cost("n_params", "parameters", is_count=True),
    Cost("flops_per_example", "FLOPs per image", is_count=True),
    Cost("step_ms_median", "ms per training step", is_count=False),
    Cost("train_s_median", "seconds per training", is_count=False),
)


@dataclass(frozen=True)
class Explorer:
    """The charts by measure and cost, and what was left out of all of them.

    Attributes:
        measures: the measures that the study has.
        costs: the costs that the study has.
        charts: by the names of a measure and a cost.
        note: what single trials were left out; empty if none.
    """

    measures: Sequence[Measure]
    costs: Sequence[Cost]
    charts: Mapping[tuple[str, str], Chart]
    note: str


@dataclass(frozen=True)
class _Networks:
    """What all main charts share: the lines, the drawn trials, and the texts on each network by entry."""

    data: StudyData
    analysis: Analysis
    series: Sequence[Series]
    trials: pd.DataFrame
    details: Mapping[int, tuple[tuple[str, str], ...]]


def explorer(data: StudyData, analysis: Analysis) -> Explorer:
    """All main charts of a study; no charts if no trial of a network is done."""
    sizes = analysis.sizes
    if sizes.empty:
        return Explorer((), (), {}, "")
    done = data.summary[data.summary["entry"].isin(sizes["entry"])]
    costs = [cost for cost in COSTS if done[cost.name].notna().all() and (done[cost.name] > 0).all()]
    measures = [measure for measure in MEASURES if sizes[measure.name].notna().any()]
    trials = _thinned(data.done)
    note = "" if len(trials) == len(data.done) else f"{len(trials):,} of {len(data.done):,} single trials are drawn."
    details = dict(_details(data, analysis))
    networks = _Networks(data, analysis, name_series(data.summary), trials, details)
    charts = {(measure.name, cost.name): _chart(networks, measure, cost) for measure in measures for cost in costs}
    return Explorer(measures, costs, charts, note)


def _thinned(done: pd.DataFrame) -> pd.DataFrame:
    """At most ``_MOST_DOTS`` trials: of each network, evenly spaced ones in the order of accuracy, with both ends."""
    if len(done) <= _MOST_DOTS:
        return done
    share = max(2, _MOST_DOTS // done["entry"].nunique())
    ordered = done.sort_values(["entry", "val_accuracy"], kind="stable")
    kept = [
        rows.iloc[np.unique(np.linspace(0, len(rows) - 1, share).round().astype(int))]
        for _, rows in ordered.groupby("entry")
    ]
    return pd.concat(kept).iloc[:_MOST_DOTS]


def _chart(networks: _Networks, measure: Measure, cost: Cost) -> Chart:
    data, analysis = networks.data, networks.analysis
    published = _published(data, measure) if cost.name == "n_params" else []
    places = data.summary[cost.name][analysis.sizes["entry"]].to_numpy(float)
    at = np.array([*places, *(n for each in published for n in each.x)])
    margin = max(1.3, float(at.max() / at.min()) ** 0.06)
    x = ChartAxis(cost.title, "log", (float(at.min()) / margin, float(at.max()) * margin), is_count=cost.is_count)
    layers = [
        *_lines(networks, measure, cost),
        *(_laws(data, analysis, measure) if cost.name == "n_params" else ()),
        *(_controls(data, analysis, measure) if measure.control else ()),
        *published,
        _candidates(data, analysis, measure, cost),
    ]
    key = "mean and 95 % interval" + ("; each small dot is a trial" if measure.trial else "")
    return Chart(data.title(), (Panel(x, ChartAxis(measure.title), tuple(layers)),), key)


def _lines(networks: _Networks, measure: Measure, cost: Cost) -> list[Dots | Points]:
    by_entry, places = networks.analysis.sizes.set_index("entry"), networks.data.summary[cost.name]
    observed = {} if measure.trial is None else dict(list(networks.trials.groupby("entry")[measure.trial]))
    layers: list[Dots | Points] = []
    for series in networks.series:
        entries = [entry for entry in series.entries if entry in by_entry.index]
        if not entries:
            continue
        rows, x = by_entry.loc[entries], values(places[entries])
        if observed:
            layers.append(Dots(series.style, x, tuple(values(observed.get(entry, ())) for entry in entries)))
        layers.append(
            Points(
                series.label,
                series.style,
                x,
                values(rows[measure.name]),
                low=values(rows[f"{measure.name}_low"]),
                high=values(rows[f"{measure.name}_high"]),
                is_joined=True,
                details=tuple(networks.details[entry] for entry in entries),
            )
        )
    return layers


def _candidates(data: StudyData, analysis: Analysis, measure: Measure, cost: Cost) -> Points:
    """Every network with its entry, for a ring about the one that an answer takes."""
    entries = analysis.sizes["entry"].tolist()
    return Points(
        TAKEN,
        Style("taken"),
        values(data.summary[cost.name][entries]),
        values(analysis.sizes[measure.name]),
        details=tuple((("entry", str(entry)),) for entry in entries),
    )


def _details(data: StudyData, analysis: Analysis) -> Iterator[tuple[int, tuple[tuple[str, str], ...]]]:
    """What the page says of each network: its name, exact count, means with intervals, trials and costs."""
    times = data.summary[["step_ms_median", "train_s_median"]].to_dict("index")
    for row in analysis.sizes.to_dict("records"):
        step_ms, train_s = times[row["entry"]].values()
        costs = (("ms per step", step_ms), ("s per training", train_s))
        yield (
            int(row["entry"]),
            (
                ("network", analysis.labels[row["entry"]]),
                ("parameters", f"{int(row['n_params']):,}"),
                ("accuracy", with_interval(row, "accuracy")),
                ("loss", with_interval(row, "loss")),
                ("trials", f"{int(row['n_done'])}"),
                *((title, three_digits(value) if value > 0 else NOTHING) for title, value in costs),
            ),
        )


def _laws(data: StudyData, analysis: Analysis, measure: Measure) -> list[Layer]:
    layers: list[Layer] = []
    for axis in analysis.axes:
        fit = None if measure.law is None else axis.fits[measure.law, "n_params"]
        if fit is None or isinstance(fit, NotComputed):
            continue
        x = np.geomspace(fit.sizes[0], fit.sizes[-1], 50)
        y = fit.curve(x)
        style = style_of(axis.family.label, data.summary, "law")
        layers.append(
            Curve(f"{axis.family.label}: law", style, values(x), values(1 - y if measure.law == "error" else y))
        )
    return layers


def _controls(data: StudyData, analysis: Analysis, measure: Measure) -> list[Layer]:
    layers: list[Layer] = []
    names = analysis.controls["name"].tolist()
    floors = {
        "accuracy": ("majority class", majority_share(data.study.class_counts)),
        "loss": ("class counts alone", class_counts_loss(data.study.class_counts)),
    }
    if measure.name in floors and MAJORITY not in names and data.has_predictions:
        name, value = floors[measure.name]
        layers.append(Rule(f"{name}: {number(value)}", Style("floor"), "y", value, is_named_beside=True))
    for index, row in enumerate(analysis.controls.to_dict("records")):
        value = float(row[measure.name])
        if not np.isnan(value):
            label = f"{row['name']}: {number(value)}"
            layers.append(Rule(label, Style("control", index), "y", value, is_named_beside=True))
    best = data.study.best_accuracy
    if measure.name == "accuracy" and best is not None:
        layers.append(Rule(f"best possible: {number(best)}", Style("ceiling"), "y", best, is_named_beside=True))
    return layers


def _published(data: StudyData, measure: Measure) -> list[Points]:
    return [
        Points(
            f"{point['label']} (published, {counted(point['n_images'], 'image')})",
            Style("published", index),
            (float(point["n_params"]),),
            (float(point[measure.trial]),),
        )
        for index, point in enumerate(data.published)
        if measure.trial is not None and point.get(measure.trial) is not None
    ]
