"""Back-tests, the forecast and the exchange rate, on planted surfaces."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analyse.error_surface import Cells
from bench.analyse.estimates.image_scores import ImageScores
from bench.analyse.estimates.insufficient import InsufficientError, NotComputed
from bench.analyse.images_or_parameters import (
    ExchangeRate,
    ImagesOrParameters,
    answer,
    images_or_parameters,
    optimizer_steps,
    varies_images,
)
from bench.study.study_data import StudyData
from tests.analyse.planted_surfaces import (
    CHANCE,
    IMAGES,
    NUMBERS,
    PARAMETERS,
    SIZES,
    Floats,
    ends_at_800,
    largest_fails,
    plane,
    planted_cells,
)
from tests.analyse.planted_trials import data_of, trials

RATE = 10 ** (PARAMETERS / IMAGES)
N_IMAGES = 60


def rate_of(cells: Cells) -> ExchangeRate:
    found = answer(cells).exchange
    assert isinstance(found, ExchangeRate)
    return found


def with_levels(cells: Cells, means: Floats | None = None, tau2: Floats | None = None) -> Cells:
    levels = cells.levels
    changed = replace(
        levels, means=levels.means if means is None else means, tau2=levels.tau2 if tau2 is None else tau2
    )
    return replace(cells, levels=changed)


def test_a_planted_exchange_rate_is_recovered_with_its_interval() -> None:
    rate = rate_of(planted_cells())
    assert rate.times == pytest.approx(RATE, rel=0.01)
    assert 1 < rate.low < RATE < rate.high < 4
    assert (rate.n_params, rate.n_train) == (SIZES[-1], NUMBERS[-1])


def test_a_planted_forecast_is_recovered_for_every_size() -> None:
    found = answer(planted_cells()).forecasts
    assert not isinstance(found, NotComputed)
    assert [(each.n_params, each.n_train, each.more) for each in found] == [(size, 1600, 500) for size in SIZES]
    sizes = np.array(SIZES, float)
    gains = plane(sizes, np.full(5, 1600.0)) - plane(sizes, np.full(5, 2100.0))
    assert [each.gain for each in found] == pytest.approx(gains, abs=2e-4)
    assert all(each.low < gain < each.high for each, gain in zip(found, gains, strict=True))


def test_back_tests_hold_where_the_error_follows_a_surface() -> None:
    found = answer(planted_cells())
    for test in (found.on_images, found.on_parameters):
        assert test.holds
        assert abs(test.off) < 1e-3
        assert all(cell.low < cell.predicted < cell.high and cell.holds for cell in test.cells)
    assert [(cell.n_params, cell.n_train) for cell in found.on_images.cells] == [(size, 1600) for size in SIZES]
    assert [cell.n_train for cell in found.on_parameters.cells] == list(NUMBERS)
    at_most = plane(np.array(SIZES, float), np.full(5, 1600.0))
    assert [cell.measured for cell in found.on_images.cells] == pytest.approx(at_most)


def test_nothing_is_forecast_where_the_withheld_images_are_not_predicted() -> None:
    found = answer(planted_cells(ends_at_800))
    assert not found.on_images.holds
    assert isinstance(found.forecasts, NotComputed)
    assert isinstance(found.exchange, NotComputed)
    assert "most images" in found.forecasts.reason


def test_no_rate_is_given_where_the_withheld_network_is_not_predicted() -> None:
    found = answer(planted_cells(largest_fails))
    assert found.on_images.holds
    assert not found.on_parameters.holds
    assert isinstance(found.exchange, NotComputed)
    assert "largest network" in found.exchange.reason
    assert not isinstance(found.forecasts, NotComputed)


def test_one_cell_far_off_fails_the_back_test_though_the_mean_is_right() -> None:
    cells = planted_cells()
    means = cells.levels.means.copy()
    means[-1] += 0.10
    means[-5:-1] -= 0.025
    found = answer(with_levels(cells, means=means))
    assert abs(found.on_images.off) < found.on_images.reach
    assert not found.on_images.holds


def test_the_interval_of_a_withheld_cell_has_the_error_of_its_measurement() -> None:
    cells = planted_cells()
    tau2 = np.where(cells.n_train == 1600, 0.01, cells.levels.tau2)
    test, noisy = (each.on_images for each in (answer(cells), answer(with_levels(cells, tau2=tau2))))
    assert [cell.predicted for cell in noisy.cells] == [cell.predicted for cell in test.cells]
    assert all(b.high - b.low > 2 * (a.high - a.low) for a, b in zip(test.cells, noisy.cells, strict=True))
    assert noisy.reach > 2 * test.reach


def test_a_back_test_is_weak_where_no_change_at_all_would_pass() -> None:
    assert not answer(planted_cells(sd=0.002)).on_images.is_weak
    weak = answer(planted_cells(sd=0.05))
    assert weak.on_images.holds
    assert weak.on_images.is_weak
    assert isinstance(weak.forecasts, NotComputed)
    assert "cannot tell a gain from none" in weak.forecasts.reason


def test_a_rate_whose_interval_leaves_the_measured_images_is_not_given() -> None:
    found = answer(planted_cells(sd=0.1)).exchange
    assert isinstance(found, NotComputed)
    assert "interval" in found.reason


def test_sizes_within_less_than_a_decade_have_no_rate() -> None:
    found = answer(planted_cells(sizes=(100_000, 200_000, 400_000)))
    assert isinstance(found.exchange, NotComputed)
    assert "less than ten times" in found.exchange.reason
    assert not isinstance(found.forecasts, NotComputed)


def test_a_single_number_of_images_is_refused() -> None:
    with pytest.raises(InsufficientError, match="there are 5 and 1"):
        answer(planted_cells(numbers=(1600,)))


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 9), st.integers(2, 9))
def test_the_rate_has_no_unit(times_params: int, times_images: int) -> None:
    scaled = planted_cells(
        lambda n, m: plane(n / times_params, m / times_images),
        tuple(times_params * size for size in SIZES),
        tuple(times_images * number for number in NUMBERS),
    )
    plain = rate_of(planted_cells())
    rate = rate_of(scaled)
    assert (rate.times, rate.low, rate.high) == pytest.approx((plain.times, plain.low, plain.high), rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.integers(100, 100_000), st.floats(1.05, 4.0))
def test_a_forecast_adds_a_round_number_that_the_back_test_bridged(most: int, ratio: float) -> None:
    numbers = tuple(sorted({round(most / ratio**step) for step in range(4)}))
    if len(numbers) < 4:
        return
    found = answer(planted_cells(lambda n, m: plane(n, 1600 * m / most), numbers=numbers)).forecasts
    if isinstance(found, NotComputed):
        return
    more = found[-1].more
    assert str(more).strip("0") in ("1", "2", "5")
    assert more <= min(numbers[-1] - numbers[-2], numbers[-1] / 2)


def study(n_trains: tuple[int, ...] = (10, 20, 0), epochs: dict[int, int] | None = None) -> StudyData:
    """Three sizes on several numbers of images of 60, in 3 folds: 40 where 0 asks for all."""
    steps = epochs or {}
    frames = []
    for n_train in n_trains:
        part = trials(lambda place, seed, fold: 0.7, n_params=(1000, 8000, 64_000), n_seeds=1)
        part = part.assign(protocol_n_train=n_train, protocol_epochs=steps.get(n_train, 3), protocol_batch_size=8)
        frames.append(part.assign(trial_key=part["trial_key"] + f"-{n_train}"))
    return data_of(pd.concat(frames, ignore_index=True), timed=False)


def scores_of(data: StudyData) -> ImageScores:
    """Networks on more images are right more often."""
    summary = data.summary
    draw = np.random.default_rng(0)
    share = plane(np.array(summary["n_params"], float), np.array(data.training_examples(), float))
    right = (draw.random((len(summary), 1, N_IMAGES)) > share[:, np.newaxis, np.newaxis]).astype(float)
    folds = (np.arange(N_IMAGES) % 3)[np.newaxis]
    return ImageScores(tuple(summary["entry"]), right, folds, np.arange(N_IMAGES), 3)


def test_a_family_is_all_sizes_on_all_numbers_of_images() -> None:
    data = study()
    ((family, found),) = images_or_parameters(data, scores_of(data)).items()
    assert family == "paper_small"
    assert isinstance(found, ImagesOrParameters)
    assert found.cells.n_train.tolist() == [10, 10, 10, 20, 20, 20, 40, 40, 40]
    assert found.cells.n_params.tolist() == [1000, 8000, 64_000] * 3
    assert found.cells.chance == CHANCE
    expected = 1 - scores_of(data).scores.mean(axis=(1, 2))
    assert sorted(found.cells.errors) == pytest.approx(sorted(expected))


def test_a_number_of_epochs_that_follows_the_images_does_not_part_a_family() -> None:
    data = study(epochs={10: 12, 20: 6, 0: 3})
    assert list(images_or_parameters(data, scores_of(data))) == ["paper_small"]
    assert optimizer_steps(data).unique().tolist() == [24, 18, 15]


def test_a_study_of_one_number_of_images_has_nothing_to_compare() -> None:
    assert varies_images(study())
    assert not varies_images(study((0,)))


def test_too_few_numbers_of_images_are_refused_by_family() -> None:
    data = study((20, 0))
    (found,) = images_or_parameters(data, scores_of(data)).values()
    assert found == NotComputed("a surface needs 3 sizes and 3 numbers of training images; there are 3 and 2")
