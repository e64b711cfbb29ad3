"""What charts are made of: every value is that of the analysis, on the axis that it belongs to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.analyse.analysis import Analysis, analyse_study
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.variance_components import Components
from bench.analyse.sizes.law_fits import GuideLine, ScalingFit
from bench.audit.audit_records import Audit, ClassShare, Distribution
from bench.pages.audit_page import MEASURES
from bench.pages.charts.audit_chart import audit_chart
from bench.pages.charts.calibration_chart import calibration_chart
from bench.pages.charts.chart import Band, Bars, Boxes, Cells, Chart, Curve, Dots, Points, Rule
from bench.pages.charts.components_chart import components_chart
from bench.pages.charts.confusion_chart import confusion_chart
from bench.pages.charts.curves_chart import curves_chart
from bench.pages.charts.data_axis_chart import data_axis_chart
from bench.pages.charts.effects_chart import effects_chart
from bench.pages.charts.forest_chart import forest_chart
from bench.pages.charts.pareto_chart import pareto_chart
from bench.pages.charts.scaling_chart import accuracy_chart, loss_chart, step_ms_chart
from bench.pages.charts.training_fit_chart import training_fit_chart
from bench.pages.number_text import short_count
from bench.records import Protocol
from bench.store import Store
from bench.study.study_data import StudyData
from tests.analyse.planted_trials import analysed, data_of, trials
from tests.store.planted import SMALL, Planted, cost, network

FRAME = trials(
    lambda place, seed, fold: 0.5 + 0.08 * place + 0.02 * ((fold + seed * place) % 3),
    controls={"majority_class": 0.5, "metadata_forest": 0.7},
    train_accuracy=lambda place: 1.0 if place >= 3 else 0.9,
)
N_PARAMS = (1000.0, 4000.0, 16_000.0, 64_000.0, 256_000.0)


@pytest.fixture(scope="module")
def data() -> StudyData:
    return data_of(FRAME)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analysed(FRAME)


def layers(chart: Chart, kind: type, role: str = "", panel: int = 0) -> list[Any]:
    found: list[Any] = [each for each in chart.panels[panel].layers if isinstance(each, kind)]
    return [each for each in found if not role or each.style.role == role]


@pytest.mark.parametrize("metric", ["accuracy", "loss"])
def test_points_are_the_means_with_their_corrected_intervals(data: StudyData, analysis: Analysis, metric: str) -> None:
    chart = {"accuracy": accuracy_chart, "loss": loss_chart}[metric](data, analysis)
    (points,) = layers(chart, Points, "series")
    assert points.x == N_PARAMS
    assert points.y == tuple(analysis.sizes[metric])
    assert points.low == tuple(analysis.sizes[f"{metric}_low"])
    assert points.high == tuple(analysis.sizes[f"{metric}_high"])
    assert all(low < y < high for low, y, high in zip(points.low, points.y, points.high, strict=True))
    (dots,) = layers(chart, Dots)
    assert dots.y[1] == tuple(data.done.loc[data.done["entry"] == 1, f"val_{metric}"])


@pytest.mark.parametrize(("metric", "quantity"), [("accuracy", "error"), ("loss", "loss"), ("step_ms", "step_ms")])
@pytest.mark.parametrize(("n_sizes", "kind"), [(5, GuideLine), (7, ScalingFit)])
def test_the_line_that_is_drawn_is_the_one_that_is_printed(
    n_sizes: int, kind: type, metric: str, quantity: str
) -> None:
    frame = trials(
        lambda place, seed, fold: 0.55 + 0.05 * place + 0.01 * seed, tuple(4**place * 1000 for place in range(n_sizes))
    )
    data, analysis = data_of(frame), analysed(frame)
    chart = {"accuracy": accuracy_chart, "loss": loss_chart, "step_ms": step_ms_chart}[metric](data, analysis)
    (line,) = layers(chart, Curve, "law")
    fit = analysis.axes[0].fits[quantity, "n_params"]
    assert not isinstance(fit, NotComputed)
    assert isinstance(fit, kind)
    expected = fit.curve(np.array(line.x))
    assert line.y == pytest.approx(1 - expected if metric == "accuracy" else expected)
    name = fit.best.name if isinstance(fit, ScalingFit) else "guide line"
    assert line.label == f"paper_small: {name}"
    if metric != "loss":  # the planted losses are not those of the planted predictions
        (points,) = layers(chart, Points, "series")
        assert np.interp(np.log(points.x), np.log(line.x), line.y) == pytest.approx(points.y, rel=0.1)


def test_step_times_have_the_lower_quartile_below_and_the_upper_one_above(data: StudyData, analysis: Analysis) -> None:
    median = data.summary["step_ms_median"]
    skewed = replace(data, summary=data.summary.assign(step_ms_q1=median - 1.0, step_ms_q3=median + 3.0))
    (points,) = layers(step_ms_chart(skewed, analysis), Points, "series")
    assert points.y == tuple(median)
    assert (points.low, points.high) == (tuple(median - 1.0), tuple(median + 3.0))


def test_controls_thresholds_and_published_points_are_at_their_values(data: StudyData, analysis: Analysis) -> None:
    point = {"label": "A", "architecture": "x", "n_params": 7, "val_accuracy": 0.9, "n_images": 33, "step_ms": 5.0}
    study = data.study.model_copy(update={"sweep": {"report": {"published": [point]}}, "best_accuracy": 0.97})
    chart = accuracy_chart(replace(data, study=study), analysis)
    controls = {rule.label: rule.value for rule in layers(chart, Rule, "control")}
    reached = dict(zip(analysis.controls["name"], analysis.controls["accuracy"], strict=True))
    assert controls == {f"{name}: {value:.3f}": value for name, value in reached.items()}
    assert [(rule.axis, rule.value) for rule in layers(chart, Rule, "threshold")] == [("x", 64_000.0)]
    assert [(rule.axis, rule.value) for rule in layers(chart, Rule, "ceiling")] == [("y", 0.97)]
    (published,) = layers(chart, Points, "published")
    assert (published.x, published.y) == ((7.0,), (0.9,))


def test_rows_of_the_forest_are_the_pairs_in_their_order(data: StudyData, analysis: Analysis) -> None:
    chart = forest_chart(data, analysis)
    (points,) = layers(chart, Points)
    pairs = analysis.axes[0].comparisons
    table = pd.concat([pairs.head(4), pairs.tail(1)])  # neighbours, then the largest less the smallest
    for drawn, column in ((points.x, "mean"), (points.x_low, "low"), (points.x_high, "high")):
        assert drawn == pytest.approx(table[column].tolist(), nan_ok=True)
    assert not np.isnan(points.x_low[0])
    assert points.y == tuple(range(len(table)))
    first = table.iloc[0]
    n_params = analysis.sizes.set_index("entry")["n_params"]
    sides = [short_count(int(n_params[first[side]])) for side in ("second", "first")]
    assert chart.panels[0].y.names[0].replace(" (taken)", "") == " -\n".join(sides)
    low, high = (f"{first[bound]:+.3f}" for bound in ("low", "high"))
    assert points.names[0].startswith(f"{first['mean']:+.3f} [{low}, {high}]  p ")
    assert points.x[0] > 0  # the second is the larger one, and better
    band, zero = chart.panels[0].layers[:2]
    assert isinstance(band, Band)
    assert isinstance(zero, Rule)
    assert (band.low, band.high, zero.value) == (-analysis.answer.margin, analysis.answer.margin, 0.0)


def test_the_front_only_rises_with_cost(data: StudyData) -> None:
    frame = trials(lambda place, seed, fold: (0.6, 0.8, 0.7, 0.9, 0.85)[place] + 0.01 * fold + 0.001 * seed * place)
    analysis = analysed(frame)
    chart = pareto_chart(data_of(frame), analysis)
    (front,) = layers(chart, Curve, "front")
    accuracy = analysis.sizes["accuracy"].tolist()
    assert (front.x, front.y) == ((1000.0, 4000.0, 64_000.0), (accuracy[0], accuracy[1], accuracy[3]))
    (points,), (taken,) = layers(chart, Points, "shaded"), layers(chart, Points, "taken")
    assert points.shade == tuple(analysis.sizes["front_probability"])
    assert analysis.answer.take is not None
    assert taken.x == (analysis.answer.take.n_params,)
    assert [panel.x.label for panel in chart.panels] == ["parameters", "ms per training step"]
    assert layers(chart, Points, panel=1)[0].x == tuple(analysis.sizes["step_ms"])


def test_confidence_is_horizontal_and_accuracy_vertical(data: StudyData, analysis: Analysis) -> None:
    chart = calibration_chart(data, analysis)
    bins = analysis.calibration[0]
    (points,) = layers(chart, Points)
    assert (points.x, points.y) == (tuple(bins.confidence), tuple(bins.accuracy))
    assert points.area == pytest.approx(bins.n / bins.n.sum())
    assert (chart.panels[0].x.label, chart.panels[0].y.label) == ("confidence", "accuracy")


def test_components_are_stacked_in_order() -> None:
    frame = trials(lambda place, seed, fold: 0.5 + 0.1 * seed + 0.02 * fold + 0.01 * place * (fold == seed))
    data, analysis = data_of(frame), analysed(frame)
    bars = layers(components_chart(data, analysis), Bars)
    (points,) = layers(components_chart(data, analysis), Points)
    for place, parts in enumerate(analysis.components.values()):
        assert isinstance(parts, Components)
        names, lengths = list(parts.variances), [each.value for each in parts.variances.values()]
        assert [bar.length[place] for bar in bars] == lengths
        assert [bar.start[place] for bar in bars] == pytest.approx([0.0, *np.cumsum(lengths)[:-1]])
        assert parts.of_repetition is not None
        assert points.x[place] == parts.of_repetition.value > 0
    assert [bar.label for bar in bars] == names


@pytest.fixture
def small(tmp_path: Path) -> Iterator[StudyData]:
    with Store.open_existing(SMALL.write(tmp_path)) as store:
        yield StudyData.read(store)


def test_curves_are_mean_and_deviation_by_epoch_for_each_part(small: StudyData) -> None:
    keys = small.done.loc[small.done["entry"] == 0, "trial_key"].tolist()
    epochs = pd.DataFrame(
        [
            {
                "trial_key": key,
                "epoch": epoch,
                "train_accuracy": 0.1 * epoch + 0.01 * n,
                "train_loss": 1.0,
                "val_accuracy": 0.5,
                "val_loss": 2.0,
            }
            for n, key in enumerate(small.done["trial_key"])
            for epoch in (1, 2)
        ]
    )
    chart = curves_chart(small, epochs)
    assert [panel.y.label for panel in chart.panels] == ["accuracy", "accuracy", "loss (nats)", "loss (nats)"]
    training, validation = layers(chart, Curve)
    place = [small.done["trial_key"].tolist().index(key) for key in keys]
    mean, sd = 0.01 * np.mean(place), 0.01 * np.std(place, ddof=1)
    assert training.x == (1.0, 2.0)
    assert training.y == pytest.approx((0.1 + mean, 0.2 + mean))
    assert training.low == pytest.approx((0.1 + mean - sd, 0.2 + mean - sd))
    assert training.high == pytest.approx((0.1 + mean + sd, 0.2 + mean + sd))
    assert (validation.label, validation.y) == ("validation", (0.5, 0.5))
    assert layers(chart, Curve, "val", panel=2)[0].y == (2.0, 2.0)


def test_an_axis_of_the_data_shows_the_same_intervals_as_accuracy_against_parameters(tmp_path: Path) -> None:
    planted = Planted({network(): cost(1000)}, [Protocol(epochs=3, n_train=n) for n in (4, 2, 0)])
    folder = planted.write(tmp_path, lambda trial: planted.result(trial, 1 + trial.fold))
    with Store.open_existing(folder) as store:
        study = StudyData.read(store)
        analysis = analyse_study(study)
        (points,) = layers(data_axis_chart(study, analysis, "n_train"), Points)
    assert points.x == (2.0, 4.0, 6.0)
    first = analysis.sizes.iloc[1]  # 2 training images
    assert (points.y[0], points.low[0], points.high[0]) == tuple(first[["accuracy", "accuracy_low", "accuracy_high"]])
    assert points.low[0] < points.y[0] < points.high[0]


def test_the_fit_to_the_training_set_is_shown_as_error_beside_held_out_error(data: StudyData) -> None:
    chart = training_fit_chart(data)
    held_out, training = layers(chart, Points)
    assert held_out.y == tuple(1 - data.summary["val_accuracy_mean"])
    assert training.y == tuple(1 - data.summary["train_accuracy_mean"])
    assert [rule.value for rule in layers(chart, Rule)] == [64_000.0]
    assert layers(chart, Points, panel=1)[0].y == tuple(data.summary["val_loss_mean"])


def test_effects_whose_interval_excludes_none_are_apart(data: StudyData) -> None:
    table = pd.DataFrame({"term": ["a", "b", "c"]})
    for name, none in (("val_accuracy", 0.0), ("val_loss", 0.0), ("step_ms", 1.0)):
        table[name], table[f"{name}_low"] = [none + 0.2, none, none - 0.2], [none + 0.1, none - 0.1, none - 0.4]
        table[f"{name}_high"] = [none + 0.5, none + 0.3, none - 0.1]
    chart = effects_chart(data, table)
    for panel, none in enumerate((0.0, 0.0, 1.0)):
        (clear,), (unclear,) = (layers(chart, Points, role, panel) for role in ("clear", "unclear"))
        assert (clear.y, unclear.y) == ((0.0, 2.0), (1.0,))
        assert (unclear.x, unclear.x_low, unclear.x_high) == ((none,), (none - 0.1,), (none + 0.3,))
        assert layers(chart, Rule, panel=panel)[0].value == none


def test_confusion_has_true_classes_in_rows_and_shares_of_them(data: StudyData) -> None:
    (cells,) = layers(confusion_chart(data, {0: np.array([[9, 1], [0, 0]])}), Cells)
    assert cells.counts == ((9, 1), (0, 0))
    assert cells.shares == ((0.9, 0.1), (0.0, 0.0))


def test_an_audit_shows_shares_and_five_numbers_of_each_class() -> None:
    rows = tuple(
        Distribution(
            measure=measure, class_name=name, minimum=n, quartile_1=n + 1, median=n + 2, quartile_3=n + 4, maximum=n + 9
        )
        for measure in MEASURES
        for n, name in ((1.0, "a"), (2.0, "b"))
    )
    classes = tuple(
        ClassShare(name=name, n_images=n, n_groups=g, share=n / 40) for name, n, g in (("a", 30, 30), ("b", 10, 5))
    )
    known: dict[str, Any] = {"dataset": "d", "n_images": 40, "classes": classes, "distributions": rows}
    audit = Audit.model_construct(**known)
    chart = audit_chart(audit)
    (bars,) = layers(chart, Bars)
    assert (bars.length, bars.texts) == ((0.75, 0.25), ("30 (75.0%)", "10 (25.0%) in 5 groups"))
    (boxes,) = [layer for layer in chart.panels[1].layers if isinstance(layer, Boxes)]
    assert (boxes.minimum, boxes.quartile_1, boxes.median) == ((1.0, 2.0), (2.0, 3.0), (3.0, 4.0))
    assert (boxes.quartile_3, boxes.maximum) == ((5.0, 6.0), (10.0, 11.0))
