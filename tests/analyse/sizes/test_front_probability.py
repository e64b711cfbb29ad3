"""The probability of the Pareto front, where the right one is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.analyse.estimates.study_levels import StudyLevels
from bench.analyse.estimates.training_variance import shared_part
from bench.analyse.estimates.two_level import TwoLevel, two_level
from bench.analyse.sizes.each_network import with_front
from benchmarks.simulated_studies import Design, simulate

NO_STEPS = pd.DataFrame({"entry": [], "step_ms": []})


def sizes_of(means: np.ndarray) -> pd.DataFrame:
    n = len(means)
    return pd.DataFrame(
        {"entry": range(n), "n_params": 10 ** np.arange(3, 3 + n), "accuracy": means, "step_ms": np.nan}
    )


def known(tau2: float) -> TwoLevel:
    """Accuracies of 0.80 and 0.83 on 2,000 images, with an error of known variance."""
    return TwoLevel(
        means=np.array([0.80, 0.83]),
        image_covariance=np.array([[4e-4, 3e-4], [3e-4, 4e-4]]),
        tau2=np.full(2, tau2),
        tau_degrees=np.full(2, 1e6),
        training_correlation=np.eye(2),
        n_trainings=np.array([15, 15]),
        least_se=1 / 2000,
        image_degrees=1998,
        n_folds=5,
    )


@pytest.mark.parametrize("tau2", [0.0, 1e-3])
def test_the_larger_of_two_is_on_the_front_as_probably_as_it_is_the_better_one(tau2: float) -> None:
    se = np.sqrt(2e-4 + 2 * tau2 * (1 / 15 + shared_part(5)))
    front = with_front(
        sizes_of(known(tau2).means), StudyLevels((0, 1), known(tau2)), NO_STEPS, np.random.default_rng(0)
    )
    assert front["front_probability"].tolist() == pytest.approx([1.0, stats.norm.cdf(0.03 / se)], abs=0.015)


def test_of_the_networks_given_a_probability_so_many_are_on_the_true_front() -> None:
    generator = np.random.default_rng(1)
    design = Design(n_images=240, n_folds=5, n_seeds=1, n_sizes=7)
    given: list[float] = []
    true: list[bool] = []
    for _ in range(150):
        truth = 0.85 + 0.03 * generator.standard_normal(7)
        levels = two_level(simulate(truth, design, generator))
        front = with_front(sizes_of(levels.means), StudyLevels(tuple(range(7)), levels), NO_STEPS, generator)
        given.extend(front["front_probability"][1:])
        true.extend(truth[1:] > np.maximum.accumulate(truth)[:-1])
    probability, is_true = np.array(given), np.array(true)
    for low, high in ((0.02, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.98)):
        inside = (probability >= low) & (probability < high)
        assert inside.sum() > 40
        assert is_true[inside].mean() == pytest.approx(probability[inside].mean(), abs=0.08)
