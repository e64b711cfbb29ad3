from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.analyse.estimates.insufficient import InsufficientError, NotComputed
from bench.analyse.sizes.pair_tests import corrected_t_test
from bench.analyse.sizes.trend_tests import Kendall, kendall_test, page_test, slope_test
from bench.analyse.sizes.trend_verdict import Shape, TrendTest, judge_trend


def draw() -> np.random.Generator:
    return np.random.default_rng(0)


def test_pages_test_gives_the_worked_example_of_scipy() -> None:
    # Ten students rate a tutorial, a lecture and a seminar, expected to be liked in this order.
    table = np.array(
        [[3, 4, 3], [2, 2, 4], [3, 3, 5], [1, 3, 2], [2, 3, 2], [2, 4, 5], [1, 2, 4], [3, 4, 4], [2, 4, 5], [1, 3, 4]]
    )
    found = page_test(table.astype(float))
    assert found.statistic == 133.5
    assert found.p_rises == pytest.approx(0.0018191161948)
    assert found.p_falls > 0.99


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [(np.ones((4, 2)), "3 sizes or more; there are 2"), (np.ones((1, 5)), "2 blocks .* there is 1")],
)
def test_pages_test_says_what_it_lacks(blocks: np.ndarray, reason: str) -> None:
    with pytest.raises(InsufficientError, match=reason):
        page_test(blocks)


@given(st.integers(0, 10**6))
def test_tau_is_the_mean_of_scipys_over_blocks(seed: int) -> None:
    blocks = np.random.default_rng(seed).integers(0, 4, (4, 6)) / 4
    if np.ptp(blocks, axis=1).min() == 0:
        return
    expected = np.mean([stats.kendalltau(range(6), row).statistic for row in blocks])
    assert kendall_test(blocks, draw()).tau == pytest.approx(expected)


def test_the_p_of_relabelling_alike_is_exact_for_few_sizes() -> None:
    blocks = np.random.default_rng(1).normal(np.arange(5) * 0.4, 1.0, (3, 5))
    found = kendall_test(blocks, draw())
    taus = [
        np.mean([stats.kendalltau(range(5), row[list(order)]).statistic for row in blocks])
        for order in permutations(range(5))
    ]
    assert found.p_alike == pytest.approx(np.mean(np.abs(taus) >= abs(found.tau) - 1e-9))
    assert found.smallest_p_alike == 2 / 120


def test_folds_that_repeat_one_another_lower_the_p_within_and_not_the_p_alike() -> None:
    once = np.array([[0.5, 0.6, 0.55, 0.7, 0.65]])
    often = np.repeat(once, 10, axis=0)
    assert kendall_test(often, draw()).p_within < 0.01 < kendall_test(once, draw()).p_within
    assert kendall_test(often, draw()).p_alike == kendall_test(once, draw()).p_alike


def test_many_sizes_are_relabelled_at_random_and_the_same_generator_gives_the_same_p() -> None:
    blocks = np.random.default_rng(2).normal(np.arange(9) * 0.5, 1.0, (4, 9))
    assert kendall_test(blocks, draw()) == kendall_test(blocks, draw())
    assert kendall_test(blocks, draw()).p_alike < 0.05


def test_constant_accuracy_has_no_tau() -> None:
    with pytest.raises(InsufficientError, match="same value in every block"):
        kendall_test(np.full((3, 5), 0.9), draw())


def test_the_slope_is_least_squares_by_decade() -> None:
    n_params = np.array([1e3, 3e4, 1e6])
    blocks = np.array([[0.5, 0.6, 0.9], [0.4, 0.7, 0.8], [0.5, 0.5, 0.6]])
    slopes = [np.polyfit(np.log10(n_params), row, 1)[0] for row in blocks]
    assert slope_test(blocks, n_params, 0.5).mean == pytest.approx(np.mean(slopes))


def shape_of(means: list[float], sd: float = 0.003, n_blocks: int = 15) -> tuple[Shape, int | None]:
    accuracy = np.array(means) + np.random.default_rng(3).normal(0, sd, (n_blocks, len(means)))
    verdict = judge_trend(accuracy, np.geomspace(1e4, 1e6, len(means)), 0.25, kendall_test(accuracy, draw()))
    return verdict.shape, verdict.place


@pytest.mark.parametrize(
    ("means", "shape", "place"),
    [
        ([0.8, 0.8, 0.8, 0.8, 0.8, 0.8], Shape.NO_TREND, None),
        ([0.5, 0.55, 0.6, 0.65, 0.7, 0.8], Shape.IMPROVES, None),
        ([0.9, 0.85, 0.8, 0.75, 0.7, 0.65], Shape.WORSENS, None),
        ([0.5, 0.7, 0.85, 0.85, 0.85, 0.85], Shape.SATURATES, 2),
        ([0.5, 0.7, 0.9, 0.8, 0.7, 0.6], Shape.PEAKS, 2),
        ([0.5, 0.8], Shape.IMPROVES, None),
        ([0.5, 0.8, 0.6], Shape.PEAKS, 1),
    ],
)
def test_planted_curves_get_their_verdict(means: list[float], shape: Shape, place: int | None) -> None:
    assert shape_of(means) == (shape, place)


def test_noise_that_hides_a_trend_hides_the_verdict() -> None:
    assert shape_of([0.5, 0.51, 0.5, 0.52], sd=0.2)[0] is Shape.NO_TREND


def test_equal_accuracy_everywhere_is_no_trend() -> None:
    kendall = NotComputed("all equal")
    assert judge_trend(np.full((4, 3), 0.9), np.array([1e3, 1e4, 1e5]), 0.5, kendall).shape is Shape.NO_TREND
    of_each_fold = np.array([[0.9, 0.9], [0.8, 0.8]])
    verdict = judge_trend(of_each_fold, np.array([1e3, 1e4]), 0.5, kendall)
    assert (verdict.shape, verdict.test, verdict.p) == (Shape.NO_TREND, TrendTest.ALL_EQUAL, 1.0)
    assert np.isnan(verdict.statistic)


@pytest.mark.parametrize("means", [[0.5, 0.6, 0.7], [0.7, 0.6, 0.5], [0.6, 0.6, 0.6]])
def test_a_verdict_reports_the_test_that_it_rests_on(means: list[float]) -> None:
    accuracy = np.array(means) + np.random.default_rng(3).normal(0, 0.003, (15, 3))
    n_params = np.geomspace(1e4, 1e6, 3)
    verdict = judge_trend(accuracy, n_params, 0.25, kendall_test(accuracy, draw()))
    slope = slope_test(accuracy, n_params, 0.25)
    assert (verdict.test, verdict.statistic, verdict.p) == (TrendTest.SLOPE, slope.mean, slope.p)


def test_the_p_of_a_peak_is_the_larger_one_sided_p_of_its_rise_and_its_fall() -> None:
    accuracy = np.array([0.5, 0.8, 0.6]) + np.random.default_rng(3).normal(0, 0.05, (15, 3))
    verdict = judge_trend(accuracy, np.geomspace(1e4, 1e6, 3), 0.25, kendall_test(accuracy, draw()))
    sides = [corrected_t_test(accuracy[:, 1] - accuracy[:, other], 0.25) for other in (0, 2)]
    assert (verdict.shape, verdict.test, verdict.place) == (Shape.PEAKS, TrendTest.PEAK, 1)
    assert verdict.p == pytest.approx(max(side.p for side in sides) / 2)
    assert np.isnan(verdict.statistic)


def test_three_folds_support_a_trend_over_seven_sizes_whatever_they_share() -> None:
    accuracy = np.array([0.5, 0.7, 0.8, 0.82, 0.84, 0.85, 0.86]) + np.array([[0.2], [0.0], [-0.2]]) * [
        *(1, 0.3, 0.1, 0.05, 0.05, 0.05, 0.05)
    ]
    kendall = kendall_test(accuracy, draw())
    assert isinstance(kendall, Kendall)
    assert judge_trend(accuracy, np.geomspace(1e4, 1e6, 7), 0.5, kendall).shape is Shape.IMPROVES


def test_one_block_has_no_verdict_over_few_sizes() -> None:
    accuracy = np.array([[0.5, 0.6, 0.7]])
    with pytest.raises(InsufficientError, match="2 trials of each size or more, or 5 sizes"):
        judge_trend(accuracy, np.geomspace(1e4, 1e6, 3), 0.5, kendall_test(accuracy, draw()))


def test_of_two_tests_the_smaller_p_counts_twice_and_of_one_once() -> None:
    accuracy = np.linspace(0.5, 0.6, 6) + np.random.default_rng(4).normal(0, 0.1, (6, 6))
    n_params = np.geomspace(1e4, 1e6, 6)
    slope, kendall = slope_test(accuracy, n_params, 0.5), kendall_test(accuracy, draw())
    assert judge_trend(accuracy, n_params, 0.5, kendall).p == pytest.approx(2 * min(slope.p, kendall.p_alike))
    few = accuracy[:, :3]
    kendall_of_few = kendall_test(few, draw())  # cannot reach 5 %
    assert judge_trend(few, n_params[:3], 0.5, kendall_of_few).p == slope_test(few, n_params[:3], 0.5).p
