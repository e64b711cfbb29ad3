"""The two-level estimator, against other libraries where it reduces to them, and on studies whose truth is known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.image_scores import ImageScores, Name
from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.training_variance import shared_part
from bench.analyse.estimates.two_level import TwoLevel, slope_contrast, two_level
from benchmarks.simulated_studies import TRUTHS, Design, simulate

SMALL = Design(n_images=98, n_folds=5, n_seeds=2, n_sizes=4)
PAIR = np.array([-1.0, 0.0, 0.0, 1.0])


def study(design: Design = SMALL, truth: str = "+10", seed: int = 0) -> ImageScores:
    return simulate(TRUTHS[truth](design.places), design, np.random.default_rng(seed))


def of_images_alone(data: ImageScores) -> TwoLevel:
    levels = two_level(data)
    return replace(levels, tau2=np.zeros_like(levels.tau2))


def test_with_one_seed_and_no_variance_of_trainings_a_pair_is_a_paired_t_test_on_images() -> None:
    data = study(replace(SMALL, n_seeds=1))
    expected = stats.ttest_rel(data.scores[3, 0], data.scores[0, 0])
    interval = expected.confidence_interval(0.95)
    found = of_images_alone(data).contrast(PAIR)
    assert found.value / found.se == pytest.approx(expected.statistic)
    assert (found.low, found.high, found.p) == pytest.approx((interval.low, interval.high, expected.pvalue))
    assert found.degrees == pytest.approx(expected.df)


def test_images_in_groups_have_the_cluster_robust_error_of_statsmodels() -> None:
    data = study(replace(SMALL, n_seeds=1, n_per_group=4))
    difference = data.scores[3, 0] - data.scores[0, 0]
    fit = sm.OLS(difference, np.ones(98)).fit(cov_type="cluster", cov_kwds={"groups": data.groups})
    found = of_images_alone(data).contrast(PAIR)
    assert (found.value, found.se) == pytest.approx((fit.params[0], fit.bse[0]))
    assert found.degrees == pytest.approx(len(np.unique(data.groups)) - 1)


def test_given_classes_the_variance_of_images_is_that_within_classes() -> None:
    data = replace(study(replace(SMALL, n_seeds=1)), classes=(np.arange(98) % 7 == 0).astype(np.int64))
    assert data.classes is not None
    difference = data.scores[3, 0] - data.scores[0, 0]
    within = sm.OLS(difference, np.eye(2)[data.classes]).fit()
    assert of_images_alone(data).contrast(PAIR).se == pytest.approx(np.sqrt(within.mse_resid / 98))


def test_the_mean_of_weighted_scores_is_no_less_certain_because_classes_are_unequal() -> None:
    classes = (np.arange(98) < 10).astype(np.int64)
    weight = np.where(classes == 1, 98 / 20, 98 / 176)
    data = study(truth="all 0.985")
    balanced = replace(data, scores=data.scores * weight, classes=classes)
    one = np.array([0.0, 0.0, 0.0, 1.0])
    assert two_level(balanced).contrast(one).se < 0.1 < two_level(replace(balanced, classes=None)).contrast(one).se


@given(constant=st.floats(-5, 5), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_a_constant_added_to_every_score_changes_no_contrast(constant: float, seed: int) -> None:
    data = study(seed=seed)
    before = two_level(data).contrast(PAIR)
    after = two_level(replace(data, scores=data.scores + constant)).contrast(PAIR)
    assert (after.value, after.se, after.degrees) == pytest.approx((before.value, before.se, before.degrees))


@given(seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_neither_the_order_of_images_nor_the_labels_of_groups_matter(seed: int) -> None:
    data = study(replace(SMALL, n_per_group=3), seed=seed)
    draw = np.random.default_rng(seed)
    order, label = draw.permutation(98), draw.permutation(98)
    shuffled = replace(
        data, scores=data.scores[:, :, order], folds=data.folds[:, order], groups=label[data.groups[order]]
    )
    before, after = two_level(data).contrast(PAIR), two_level(shuffled).contrast(PAIR)
    assert (after.value, after.se, after.degrees) == pytest.approx((before.value, before.se, before.degrees))


@given(order=st.permutations(range(4)), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_the_order_of_networks_does_not_matter_not_even_of_equal_counts(order: list[int], seed: int) -> None:
    data = study(seed=seed)
    n_params: dict[Name, float] = {0: 1000.0, 1: 8000.0, 2: 8000.0, 3: 64_000.0}
    before = two_level(data, [n_params]).contrast(PAIR)
    after = two_level(data.of(order), [{name: n_params[name] for name in order}]).contrast(PAIR[order])
    assert (after.value, after.se, after.degrees) == pytest.approx((before.value, before.se, before.degrees))


def test_more_images_narrow_intervals() -> None:
    def width(n_images: int) -> float:
        found = [two_level(study(replace(SMALL, n_images=n_images), "flat", seed)).contrast(PAIR) for seed in range(30)]
        return float(np.mean([each.high - each.low for each in found]))

    assert width(2000) < 0.6 * width(240) < 0.6 * width(98)


def test_more_trainings_narrow_intervals_but_not_below_what_training_images_decide() -> None:
    levels = two_level(study())
    se = [replace(levels, n_trainings=np.full(4, n)).contrast(PAIR).se for n in (5, 50, 10**9)]
    of_sets = PAIR * np.sqrt(levels.tau2)
    least = PAIR @ levels.image_covariance @ PAIR
    least += shared_part(5) * (of_sets @ levels.training_correlation @ of_sets)
    assert se[0] > se[1] > se[2]
    assert se[2] == pytest.approx(np.sqrt(least))


def test_networks_may_have_unequal_numbers_of_seeds() -> None:
    data = study(replace(SMALL, n_seeds=10))
    scores = data.scores.copy()
    scores[1:, 2:] = np.nan
    levels = two_level(replace(data, scores=scores))
    assert levels.n_trainings.tolist() == [50, 10, 10, 10]
    assert levels.means[0] == pytest.approx(data.scores[0].mean())
    assert levels.contrast(PAIR).se < replace(levels, n_trainings=np.full(4, 10)).contrast(PAIR).se


def test_a_missing_block_is_left_out_of_one_network_and_used_for_the_others() -> None:
    data = study()
    scores = data.scores.copy()
    scores[2, 1, data.folds[1] == 4] = np.nan
    found, whole = two_level(replace(data, scores=scores)), two_level(data)
    assert found.n_trainings.tolist() == [10, 10, 9, 10]
    assert np.delete(found.means, 2) == pytest.approx(np.delete(whole.means, 2))
    of_first = np.where(data.folds[1] == 4, data.scores[2, 0], data.scores[2].mean(axis=0))
    assert found.means[2] == pytest.approx(of_first.mean())
    assert np.isfinite(found.contrast(slope_contrast(SMALL.n_params)).se)


def test_images_that_no_seed_scored_for_a_network_count_for_the_others_only() -> None:
    data = study(replace(SMALL, n_seeds=1))
    missing = data.folds[0] == 2
    scores = data.scores.copy()
    scores[3, 0, missing] = np.nan
    levels = two_level(replace(data, scores=scores))
    assert levels.means == pytest.approx([*data.scores[:3, 0].mean(axis=1), data.scores[3, 0, ~missing].mean()])
    assert levels.contrast(PAIR).se > two_level(data).contrast(PAIR).se


@pytest.mark.parametrize("n_seeds", [1, 3])
def test_networks_that_are_right_on_every_image_are_alike_but_not_with_certainty(n_seeds: int) -> None:
    data = study(replace(SMALL, n_seeds=n_seeds))
    levels = two_level(replace(data, scores=np.ones_like(data.scores)))
    difference, mean = levels.contrast(PAIR), levels.proportion(3)
    assert difference.value == 0
    assert difference.p == 1
    assert -0.05 < difference.low < -0.01 < 0.01 < difference.high < 0.05
    assert (mean.value, mean.high) == (1, 1)
    assert 0.94 < mean.low < 0.98


@given(seed=st.integers(0, 50), truth=st.sampled_from(["all 0.985", "near chance", "+10"]))
@settings(max_examples=20, deadline=None)
def test_the_interval_of_a_proportion_holds_it_and_stays_between_0_and_1(seed: int, truth: str) -> None:
    data = study(replace(SMALL, n_seeds=1), truth, seed)
    for flipped in (data, replace(data, scores=1 - data.scores)):
        found = two_level(flipped).proportion(0)
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high


def test_a_network_alone_and_a_control_alone_have_an_interval() -> None:
    alone = two_level(study().of([2]))
    control = two_level(study().of([2]), [])
    assert alone.contrast(np.ones(1)) == control.contrast(np.ones(1))
    assert alone.tau_degrees.tolist() == [8.0]


def test_neither_another_family_nor_a_control_changes_what_is_known_of_a_family() -> None:
    data = study(Design(98, 5, 1, 3, n_families=3))
    first: dict[Name, float] = {0: 1e3, 1: 1e4, 2: 1e5}
    second: dict[Name, float] = {3: 1e3, 4: 1e4, 5: 1e5}
    alone = two_level(data.of(range(3)), [first]).contrast(np.array([-1.0, 0, 1]))
    assert two_level(data, [first, second]).contrast(np.array([-1.0, 0, 1, 0, 0, 0, 0, 0, 0])) == alone


def test_training_images_sway_networks_alike_and_controls_independently() -> None:
    data = study(Design(98, 5, 1, 2, n_families=3))
    levels = two_level(data, [{0: 1e3, 1: 1e5}, {2: 1e3, 3: 1e5}])
    near = two_level(data, [{0: 1e3, 1: 1.1e3}]).training_correlation[0, 1]
    assert np.diag(levels.training_correlation).tolist() == [1.0] * 6
    assert 0.6 < levels.training_correlation[0, 2] <= levels.training_correlation[0, 1] < near < 1
    assert not levels.training_correlation[:4, 4:].any()


def test_a_control_that_every_training_makes_alike_adds_no_variance_of_trainings() -> None:
    data = study(replace(SMALL, n_sizes=1))
    same = np.broadcast_to(np.arange(98) % 2, data.scores.shape).astype(float)
    folds = np.broadcast_to(np.arange(98) // 2 % 5, data.folds.shape)  # as many right in every fold
    levels = two_level(replace(data, scores=same, folds=folds), [])
    assert levels.tau2[0] == pytest.approx(0, abs=1e-12)


REFUSALS: dict[str, Callable[[ImageScores], ImageScores]] = {
    "one has none": lambda data: replace(data, scores=np.full_like(data.scores, np.nan)),
    "more groups of images than classes; there is 1": lambda data: replace(data, groups=np.zeros(98, np.int64)),
    "two groups of images in every fold": lambda data: replace(data, groups=data.folds[0], folds=data.folds[[0, 0]]),
    "two folds of one seed": lambda data: replace(data, folds=np.zeros_like(data.folds)),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_study_without_two_levels_is_refused_with_the_reason(reason: str) -> None:
    with pytest.raises(InsufficientError, match=reason):
        two_level(REFUSALS[reason](study()))


def test_no_network_and_no_second_size_are_refused() -> None:
    with pytest.raises(InsufficientError, match="one network or more"):
        two_level(study().of([]))
    with pytest.raises(InsufficientError, match="2 distinct sizes"):
        slope_contrast(np.array([1e4, 1e4]))


def coverage(design: Design, c: NDArray[np.float64], n_studies: int = 150) -> tuple[float, float, float]:
    """Of the intervals, of those without the shared part of trainings, and of those of images alone."""
    accuracy, draw = TRUTHS["+10"](design.places), np.random.default_rng(5)
    hits = np.empty((n_studies, 3), bool)
    for row in hits:
        levels = two_level(simulate(accuracy, design, draw), [dict(enumerate(design.n_params))])
        unshared = replace(levels, training_correlation=np.zeros_like(levels.training_correlation))
        alone = replace(levels, tau2=np.zeros_like(levels.tau2))
        found = [each.contrast(c) for each in (levels, unshared, alone)]
        row[:] = [each.low <= c @ accuracy <= each.high for each in found]
    whole, without_shared, of_images = hits.mean(axis=0).tolist()
    return whole, without_shared, of_images


def test_intervals_cover_and_would_not_without_the_variance_of_trainings() -> None:
    whole, _, of_images = coverage(Design(240, 5, 3, 5), np.array([-1.0, 0, 0, 0, 1]))
    assert whole >= 0.93
    assert of_images < 0.85


def test_with_many_seeds_intervals_cover_and_would_not_without_what_folds_share() -> None:
    whole, without_shared, _ = coverage(Design(240, 5, 10, 3), np.array([1.0, 0, 0]))
    assert whole >= 0.93
    assert without_shared < 0.88


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_the_differences_of_all_pairs_are_the_contrasts_of_each_pair(level: float) -> None:
    levels = two_level(study())
    at = np.array([[1.0, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 1, 0], [0, 0, 0.2, 0.8]])
    lows, highs = levels.differences(at, level)
    for one, other in ((one, other) for one in range(4) for other in range(4) if one != other):
        expected = levels.contrast(at[one] - at[other], level)
        assert (lows[one, other], highs[one, other]) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert np.diag(lows).tolist() == np.diag(highs).tolist() == [0.0] * 4
