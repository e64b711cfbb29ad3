import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.sizes.network_choice import (
    accuracy_density,
    front_probability,
    on_front,
    one_standard_error,
    resampled_medians,
)

GOALS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8)


@given(GOALS)
def test_the_front_is_what_no_other_network_dominates(goals: list[tuple[int, int, int]]) -> None:
    accuracy, n_params, step_ms = np.array(goals, float).T
    expected = [
        not any(
            a >= accuracy[i] and n <= n_params[i] and s <= step_ms[i] and (a, n, s) != goals[i] for a, n, s in goals
        )
        for i in range(len(goals))
    ]
    assert on_front(accuracy, n_params, step_ms).tolist() == expected


def test_the_probability_of_the_front_is_the_share_of_resamples() -> None:
    accuracy = np.array([[0.5, 0.9], [0.5, 0.4], [0.5, 0.6], [0.5, 0.5]])
    assert front_probability(accuracy, np.array([1.0, 2.0]), None).tolist() == [1.0, 0.5]
    slower_first = np.tile([3.0, 1.0], (4, 1))
    assert front_probability(accuracy, np.array([1.0, 2.0]), slower_first).tolist() == [1.0, 1.0]


def test_medians_of_resampled_steps_scatter_about_the_median() -> None:
    samples = [np.array([5.0]), np.arange(31.0)]
    medians = resampled_medians(samples, 500, np.random.default_rng(0))
    assert medians.shape == (500, 2)
    assert set(medians[:, 0]) == {5.0}
    assert medians[:, 1].mean() == pytest.approx(15, abs=1)
    assert medians[:, 1].std() > 1


def test_the_smallest_within_one_standard_error_of_the_best() -> None:
    sizes = pd.DataFrame(
        {
            "entry": [0, 1, 2, 3],
            "n_params": [100, 200, 300, 400],
            "accuracy": [0.80, 0.885, 0.90, 0.89],
            "accuracy_se": [0.5, 0.5, 0.02, 0.5],
        }
    )
    assert one_standard_error(sizes) == 1
    with pytest.raises(InsufficientError, match="there is none"):
        one_standard_error(sizes.head(0))


def test_accuracy_density_as_bianco_et_al_count_it() -> None:
    assert accuracy_density(0.57, 1_240_000) == pytest.approx(45.97, abs=0.01)  # SqueezeNet, near the top of their plot
