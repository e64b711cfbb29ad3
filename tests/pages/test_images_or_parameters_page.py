"""Images or parameters: what is said, and what is drawn."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from bench.analyse.analysis import Analysis, analyse_study
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.images_or_parameters import ExchangeRate, Forecast, ImagesOrParameters, answer
from bench.pages.charts.chart import Curve, Points
from bench.pages.charts.data_axis_chart import data_axis_chart
from bench.pages.charts.images_or_parameters_chart import images_or_parameters_chart
from bench.pages.document import Note, Statement, Table
from bench.pages.images_or_parameters_page import images_or_parameters_page
from bench.pages.images_or_parameters_text import NOT_TO_BE_HAD, conclusion, sentences
from bench.records import NetworkTrial, Protocol, Trial, TrialResult
from bench.render.analysis_json import analysis_json
from bench.render.figures.data_axis_figure import data_axis_figure
from bench.report import write_report
from bench.store import Store
from tests.analyse.planted_surfaces import NUMBERS, SIZES, ends_at_800, planted_cells
from tests.analyse.planted_trials import analysed, data_of, trials
from tests.analyse.test_images_or_parameters import study
from tests.render.artists import x_of, y_of
from tests.store.planted import Planted, cost, network

FOUND = answer(planted_cells())
FAILED = answer(planted_cells(ends_at_800))
REFUSED = NotComputed("a surface needs 3 sizes and 3 numbers of training images; there are 1 and 5")


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analysed(trials(lambda place, seed, fold: 0.7 + 0.01 * fold))


def with_answers(analysis: Analysis, answers: Mapping[str, ImagesOrParameters | NotComputed]) -> Analysis:
    return replace(analysis, answer=replace(analysis.answer, images_or_parameters=answers))


def test_the_back_tests_come_first_and_all_is_said_in_80_words() -> None:
    said = sentences(FOUND)
    assert [each.split(":")[0] for each in said] == [
        *("Back-test on images", "Back-test on parameters", "More images", "Exchange rate")
    ]
    for found in (FOUND, FAILED, answer(planted_cells(sd=0.05)), REFUSED):
        assert len(" ".join(sentences(found)).split()) <= 80


def test_a_back_test_says_predicted_measured_and_verdict() -> None:
    last = FOUND.on_images.cells[-1]
    assert sentences(FOUND)[0] == (
        f"Back-test on images: predicted error {last.predicted:.3f} [{last.low:.3f}, {last.high:.3f}] at 943,442 "
        f"parameters and 1,600 images, measured {last.measured:.3f}; it holds."
    )


def test_points_have_one_decimal_and_a_sign_and_ties_round_up() -> None:
    forecast = Forecast(943_442, 1600, 500, gain=0.0125, low=-0.0005, high=0.0205)
    rate = ExchangeRate(943_442, 1600, times=1.55, low=1.25, high=2.449)
    found = replace(FOUND, forecasts=(forecast,), exchange=rate)
    assert sentences(found)[2] == (
        "More images: 500 more than 1,600 would bring the largest network +1.3 points [-0.1, 2.1]."
    )
    assert sentences(found)[3] == (
        "Exchange rate: ten times the parameters are worth as much as 1.6 times the images [1.3, 2.4]."
    )
    assert conclusion(found) == (
        "Ten times the parameters are worth as much as 1.6 times the images [1.3, 2.4]; 500 more training images would "
        "bring +1.3 points [-0.1, 2.1]."
    )


def test_a_failed_back_test_says_so_and_that_nothing_is_to_be_had() -> None:
    said = sentences(FAILED)
    assert said[0].endswith("it fails.")
    for sentence in said[2:]:
        assert NOT_TO_BE_HAD in sentence
        assert "does not predict" in sentence
    assert NOT_TO_BE_HAD in conclusion(FAILED)


def test_a_family_without_a_surface_has_one_sentence_with_the_reason() -> None:
    assert sentences(REFUSED) == [f"Images or parameters: {NOT_TO_BE_HAD}: {REFUSED.reason}."]


def test_a_weak_back_test_is_called_so() -> None:
    weak = answer(planted_cells(sd=0.05))
    assert sentences(weak)[0].endswith("it holds weakly.")
    assert sentences(FOUND)[0].endswith("it holds.")


def test_the_page_has_every_cell_and_names_families_where_there_are_several(analysis: Analysis) -> None:
    page = images_or_parameters_page(study(), with_answers(analysis, {"one": FOUND, "other": REFUSED}))
    assert [section.title for section in page.sections] == ["one", "other", "Method"]
    first = page.sections[0].blocks
    assert [each.text for each in first[:4] if isinstance(each, Statement)] == sentences(FOUND)
    table = next(each for each in first if isinstance(each, Table))
    assert [row[0] for row in table.rows] == [f"{size:,}" for size in SIZES]
    assert table.rows[-1][-1].startswith(f"{FOUND.cells.errors[-1]:.3f} (")


def test_steps_that_grow_with_the_images_are_a_caveat_where_training_images_are_not_fitted(analysis: Analysis) -> None:
    def said(epochs: dict[int, int], train_accuracy: float) -> str:
        data = study(epochs=epochs)
        data = replace(data, summary=data.summary.assign(train_accuracy_mean=train_accuracy))
        note = images_or_parameters_page(data, with_answers(analysis, {"one": FOUND})).sections[-1].blocks[0]
        assert isinstance(note, Note)
        return note.text

    plain = "Networks took 6 to 15 optimizer steps, and have training accuracies of 0.960 to 0.960."
    assert said({}, 0.96) == plain
    assert said({}, 0.9).endswith("part of what more images bring is what more steps bring.")
    assert "what more steps bring" not in said({10: 8, 20: 5, 0: 3}, 0.9)


def test_a_chart_draws_cells_surface_and_forecast(analysis: Analysis) -> None:
    data = data_of(trials(lambda place, seed, fold: 0.7))
    chart = images_or_parameters_chart(data, with_answers(analysis, {"one": FOUND}))
    (panel,) = chart.panels
    points = [each for each in panel.layers if isinstance(each, Points)]
    curves = [each for each in panel.layers if isinstance(each, Curve)]
    errors = FOUND.cells.errors.reshape(len(NUMBERS), len(SIZES))
    for index in range(len(SIZES)):
        assert points[index].x == NUMBERS
        assert points[index].y == pytest.approx(errors[:, index])
        assert points[index].style.index == curves[index].style.index == index
        fitted = FOUND.surface.error(np.full(60, float(SIZES[index])), np.array(curves[index].x))
        assert curves[index].y == pytest.approx(fitted)
        assert (curves[index].x[0], curves[index].x[-1]) == pytest.approx((100, 2100))
    assert isinstance(FOUND.forecasts, tuple)
    gain = FOUND.forecasts[-1]
    now = errors[-1, -1]
    assert points[-1].x == (2100.0,)
    assert (points[-1].low[0], points[-1].y[0], points[-1].high[0]) == pytest.approx(
        (now - gain.high, now - gain.gain, now - gain.low), abs=1e-3
    )
    axes = data_axis_figure(chart).axes[0]
    drawn = {(x_of(line)[-1], y_of(line)[-1]) for line in axes.lines}
    assert {y for _, y in drawn} >= {each.y[-1] for each in points}  # their x is moved apart
    assert drawn >= {(each.x[-1], each.y[-1]) for each in curves}
    bars = [segment for each in axes.collections if isinstance(each, LineCollection) for segment in each.get_segments()]
    (forecast,) = (bar for bar in bars if bar[0][0] == 2100)
    assert forecast[:, 1] == pytest.approx((points[-1].low[0], points[-1].high[0]))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["100", "200", "400", "800", "1,600"]


def test_a_chart_without_a_surface_shows_the_reason_beside_the_other_family(analysis: Analysis) -> None:
    data = data_of(trials(lambda place, seed, fold: 0.7))
    chart = images_or_parameters_chart(data, with_answers(analysis, {"one": FOUND, "other": REFUSED}))
    figure = data_axis_figure(chart)
    assert [text.get_text() for text in figure.axes[1].texts] == [REFUSED.reason]
    assert [axes.get_title(loc="left").splitlines()[-1] for axes in figure.axes] == ["one", "other"]


def test_analysis_json_has_the_numbers_and_the_reasons(analysis: Analysis) -> None:
    answers: dict[str, ImagesOrParameters | NotComputed] = {"one": FOUND, "failed": FAILED, "other": REFUSED}
    one, failed, other = json.loads(analysis_json(with_answers(analysis, answers)))["images_or_parameters"]
    assert one["family"] == "one"
    assert one["conclusion"] == conclusion(FOUND)
    assert one["forecasts"][-1]["more"] == 500
    assert one["exchange_rate"]["times"] == pytest.approx(1.85, abs=0.02)
    assert len(one["cells"]) == 25
    assert one["back_test_on_images"] | {"cells": []} == {
        "cells": [],
        "holds": True,
        "is_weak": False,
        "off": FOUND.on_images.off,
        "reach": FOUND.on_images.reach,
        "change": FOUND.on_images.change,
    }
    assert failed["back_test_on_images"]["holds"] is False
    assert "does not predict" in failed["forecasts"]["not_computed"]
    assert other["not_computed"] == REFUSED.reason


def grown(folder: Path, n_trains: tuple[int, ...]) -> Path:
    """A stored study of three sizes, in which more images and more parameters leave fewer misses of 6."""
    sizes = {network(width=width): cost(1000 * 10**place) for place, width in enumerate((0.5, 1.0, 2.0))}
    planted = Planted(sizes, [Protocol(epochs=3, n_train=n) for n in n_trains])

    def result(trial: Trial) -> TrialResult:
        assert isinstance(trial, NetworkTrial)
        width, n_train = trial.network.width or 0, trial.protocol.n_train or 6
        return planted.result(trial, max(0, round(3 - math.log2(width) - 0.3 * n_train)))

    return planted.write(folder, result)


def test_a_study_that_varies_size_and_images_has_page_and_chart(tmp_path: Path) -> None:
    with Store.open_existing(grown(tmp_path / "grown", (2, 4, 0))) as store:
        files = {path.name: path.read_bytes() for path in write_report(store, tmp_path / "report")}
    assert {"images_or_parameters.md", "images_or_parameters.png", "n_train.png"} <= set(files)
    assert b"Back-test on images: predicted error" in files["images_or_parameters.md"]


def test_a_study_of_one_number_of_images_has_neither(tmp_path: Path) -> None:
    with Store.open_existing(grown(tmp_path / "grown", (0,))) as store:
        names = {path.name for path in write_report(store, tmp_path / "report")}
    assert not any(name.startswith("images_or_parameters") for name in names)


def test_epochs_that_follow_the_images_do_not_part_the_lines_of_n_train() -> None:
    data = study(epochs={10: 12, 20: 6, 0: 3})
    lines = [
        each
        for each in data_axis_chart(data, analyse_study(data), "n_train").panels[0].layers
        if isinstance(each, Points)
    ]
    assert [line.x for line in lines] == [(10.0, 20.0, 40.0)] * 3
    assert [line.label for line in lines] == [f"paper_small, width {width}" for width in ("1.0", "2.0", "3.0")]
