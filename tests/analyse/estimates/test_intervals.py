import numpy as np
import pytest
from baycomp import CorrelatedTTest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.intervals import (
    Interval,
    corrected_interval,
    corrected_se,
    difference_interval,
    mean_with_interval,
    wilson_interval,
)
from bench.pages.number_text import interval_text


@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilsons_interval_is_statsmodels(n: int, share: float, level: float) -> None:
    right = round(share * n)
    interval = wilson_interval(right / n, n, level)
    assert (interval.low, interval.high) == pytest.approx(
        proportion_confint(right, n, 1 - level, method="wilson"), abs=1e-12
    )


def test_the_papers_two_accuracies_have_intervals_that_overlap() -> None:
    small, large = wilson_interval(29 / 33, 33), wilson_interval(1.0, 10)
    assert (small.low, small.high) == pytest.approx((0.727, 0.952), abs=5e-4)
    assert (large.low, large.high) == pytest.approx((0.722, 1.0), abs=5e-4)
    assert small.high > large.low


@given(st.integers(1, 80), st.integers(1, 80), st.floats(0, 1), st.floats(0, 1))
def test_the_difference_of_two_wilson_intervals_is_newcombes(
    n_first: int, n_second: int, share_first: float, share_second: float
) -> None:
    first, second = round(share_first * n_first), round(share_second * n_second)
    interval = difference_interval(
        wilson_interval(first / n_first, n_first), wilson_interval(second / n_second, n_second)
    )
    expected = confint_proportions_2indep(second, n_second, first, n_first, method="newcomb", compare="diff")
    assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-9)
    assert interval.value == pytest.approx(second / n_second - first / n_first)


@given(st.lists(st.integers(0, 1000), min_size=6, max_size=6), st.sampled_from([1, 2, 3]))
def test_the_corrected_interval_is_the_posterior_of_baycomp(thousandths: list[int], n_seeds: int) -> None:
    values = np.array(thousandths) / 1000
    mean, variance, degrees = CorrelatedTTest.compute_statistics(np.zeros(6), values, n_seeds)
    ratio = 1 / (6 / n_seeds - 1)
    assert corrected_se(values, ratio) == pytest.approx(np.sqrt(variance), abs=1e-12)
    if variance > 1e-12:
        interval = corrected_interval(values, ratio)
        assert (interval.low, interval.high) == pytest.approx(stats.t.interval(0.95, degrees, mean, np.sqrt(variance)))


def test_a_proportion_of_no_image_has_no_interval() -> None:
    with pytest.raises(InsufficientError, match="1 image or more; there are 0"):
        wilson_interval(0.0, 0)


def test_without_shared_training_images_it_is_students_interval() -> None:
    values = np.array([0.8, 0.9, 0.85, 0.7])
    interval = corrected_interval(values, 0.0)
    assert interval.value == pytest.approx(values.mean())
    assert (interval.low, interval.high) == pytest.approx(
        stats.t.interval(0.95, 3, values.mean(), stats.sem(values)), abs=1e-12
    )


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([0.9], "2 trials or more; there is 1"),
        ([], "2 trials or more; there are 0"),
        ([0.9, 0.9, 0.9], "all 3 trials gave the same value, 0.9"),
    ],
)
def test_too_few_or_equal_values_have_no_interval_and_a_reason(values: list[float], reason: str) -> None:
    with pytest.raises(InsufficientError, match=reason):
        corrected_interval(np.array(values), 0.5)


@pytest.mark.parametrize(("values", "mean"), [([0.9], 0.9), ([0.9, 0.9, 0.9], 0.9)])
def test_a_mean_without_a_known_spread_has_no_interval(values: list[float], mean: float) -> None:
    interval = mean_with_interval(np.array(values), 0.5)
    assert interval.value == pytest.approx(mean)
    assert not interval.is_known
    assert not interval.above_zero
    assert interval_text(interval) == "0.900"


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=8), st.floats(0, 1))
def test_a_mean_with_a_spread_has_its_corrected_interval(values: list[float], ratio: float) -> None:
    array = np.array(values)
    if np.ptp(array) > 1e-6:
        assert mean_with_interval(array, ratio) == corrected_interval(array, ratio)


def test_an_interval_reads_as_a_value_with_its_bounds() -> None:
    assert interval_text(Interval(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"
    assert interval_text(Interval(0.5, -0.25, 0.75), "{:+.2f}") == "+0.50 [-0.25, +0.75]"


def test_an_interval_is_cut_at_what_is_possible_and_its_value_is_not() -> None:
    assert Interval(0.9, 0.7, 1.1).within(0.0, 1.0) == Interval(0.9, 0.7, 1.0)
    assert Interval(0.1, -0.1, 0.3).within(0.0, 1.0) == Interval(0.1, 0.0, 0.3)
