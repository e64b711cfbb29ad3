"""The variance that trainings add: against numpy where it is a plain variance, and on planted excesses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analyse.estimates.training_variance import (
    PRIOR_DEGREES,
    TRAINING_SET_SHARE,
    correlation_within,
    excess,
    fold_variances,
    moderate,
    shared_part,
)


def test_within_one_seed_the_variance_of_folds_is_numpys_and_so_is_their_sampling_variance() -> None:
    draw = np.random.default_rng(0)
    scores, folds = draw.normal(size=(3, 1, 50)), np.arange(50) % 5
    found = fold_variances(scores, folds[np.newaxis], np.arange(50))
    by_fold = np.array([scores[:, 0, folds == fold] for fold in range(5)])  # (5, 3, 10)
    assert found.between == pytest.approx(by_fold.mean(axis=2).var(axis=0, ddof=1))
    assert found.sampling == pytest.approx(by_fold.var(axis=2, ddof=1).mean(axis=0) / 10)
    assert found.degrees.tolist() == [4.0] * 3
    assert found.n_trainings.tolist() == [5] * 3


def test_seeds_are_pooled_and_differences_between_them_do_not_count() -> None:
    draw = np.random.default_rng(1)
    scores, folds = draw.normal(size=(2, 3, 50)), np.array([draw.permutation(50) % 5 for _ in range(3)])
    shifted = scores + np.array([0.0, 5.0, -5.0])[:, np.newaxis]
    found, after = (fold_variances(each, folds, np.arange(50)) for each in (scores, shifted))
    each = [fold_variances(scores[:, [seed]], folds[[seed]], np.arange(50)).between for seed in range(3)]
    assert found.between == pytest.approx(np.mean(each, axis=0))
    assert after.between == pytest.approx(found.between)
    assert found.degrees.tolist() == [12.0, 12.0]


def test_images_that_always_agree_within_groups_count_as_groups() -> None:
    of_groups = np.random.default_rng(2).normal(size=(1, 1, 20))
    groups = np.repeat(np.arange(20), 3)
    found = fold_variances(of_groups[:, :, groups], (groups % 4)[np.newaxis], groups)
    alone = fold_variances(of_groups, (np.arange(20) % 4)[np.newaxis], np.arange(20))
    assert found.sampling == pytest.approx(alone.sampling)


@given(error=st.floats(0.1, 10), times=st.floats(-20, 20))
def test_the_excess_is_positive_and_the_plain_difference_where_that_is_large(error: float, times: float) -> None:
    degrees = np.array([8.0])
    between = error / np.sqrt(2 / degrees)
    found = float(excess(between, between - times * error, degrees)[0])
    assert 0 < found < 2 * error * max(1.0, times)
    if times > 4:
        assert found == pytest.approx(times * error, rel=1e-3)


def test_where_folds_do_not_vary_there_is_no_excess() -> None:
    assert excess(np.zeros(2), np.array([0.0, 1.0]), np.ones(2)).tolist() == [0.0, 0.0]


def test_the_variance_of_an_unlucky_size_is_drawn_towards_the_others() -> None:
    between, sampling = np.array([1.0, 1.0, 9.0, 1.0, 1.0]), np.ones(5)
    found, degrees = moderate(between, sampling, np.full(5, 4.0), np.geomspace(1e3, 1e7, 5))
    assert found[2] < 5 < between[2]
    assert degrees.tolist() == [4.0 + PRIOR_DEGREES] * 5


def test_small_sizes_may_share_a_larger_ratio_than_large_ones_and_not_a_smaller() -> None:
    sizes, sampling, degrees = np.geomspace(1e3, 1e6, 4), np.ones(4), np.full(4, 4.0)
    falling, _ = moderate(np.array([9.0, 9.0, 1.0, 1.0]), sampling, degrees, sizes)
    rising, _ = moderate(np.array([1.0, 1.0, 9.0, 9.0]), sampling, degrees, sizes)
    assert falling == pytest.approx([9.0, 9.0, 1.0, 1.0])
    assert rising == pytest.approx([3.0, 3.0, 5.67, 5.67], abs=0.01)


@given(between=st.lists(st.floats(0.1, 10), min_size=4, max_size=4), order=st.permutations(range(4)))
@settings(deadline=None)
def test_moderation_does_not_depend_on_the_order_of_sizes(between: list[float], order: list[int]) -> None:
    sizes, values = np.array([1e3, 1e4, 1e4, 1e5]), np.array(between)
    straight, _ = moderate(values, np.ones(4), np.full(4, 4.0), sizes)
    shuffled, _ = moderate(values[order], np.ones(4), np.full(4, 4.0), sizes[order])
    assert shuffled == pytest.approx(straight[order])


@pytest.mark.parametrize("n_sizes", [1, 2])
def test_one_or_two_sizes_are_judged_by_their_own_trainings(n_sizes: int) -> None:
    between = np.array([4.0, 1.0])[:n_sizes]
    found, degrees = moderate(between, np.ones(n_sizes), np.full(n_sizes, 2.0), np.array([1e3, 1e4])[:n_sizes])
    assert found.tolist() == between.tolist()
    assert degrees.tolist() == [2.0] * n_sizes


@pytest.mark.parametrize("n_folds", [2, 3, 5])
def test_the_shared_part_is_what_sums_of_influences_of_training_images_have(n_folds: int) -> None:
    """Training images add a sum of their influences, weights add luck; both are planted in the stated shares."""
    draw, n, n_studies = np.random.default_rng(3), 30, 20_000
    held_out = np.eye(n_folds)[np.arange(n) % n_folds]
    of_set = draw.normal(size=(n_studies, n)) @ (1 - held_out) / np.sqrt(n * (n_folds - 1) / n_folds)
    added = np.sqrt(TRAINING_SET_SHARE) * of_set
    seen = np.mean(added.var(axis=1, ddof=1)) + (1 - TRAINING_SET_SHARE)  # luck differs in every fold
    assert added.mean(axis=1).var() == pytest.approx(shared_part(n_folds) * seen, rel=0.05)


def test_networks_of_like_size_are_swayed_alike() -> None:
    found = correlation_within(np.array([1e4, 1e4, 2e4, 1e6]))
    assert found[0, 1] == 1
    assert 1 > found[0, 2] > found[0, 3] == pytest.approx(2 / 3, abs=0.01)
