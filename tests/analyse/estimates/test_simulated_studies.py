"""The simulated studies have the truth and the structure that they state."""

from dataclasses import replace

import numpy as np
import pytest

from bench.analyse.estimates.image_scores import Score
from benchmarks.simulated_studies import TRUTHS, Design, simulate, true_score

DESIGN = Design(n_images=2000, n_folds=5, n_seeds=1, n_sizes=3)


@pytest.mark.parametrize("score", list(Score))
@pytest.mark.parametrize("truth", ["+10", "all 0.985"])
def test_the_mean_score_over_studies_is_the_stated_truth(score: Score, truth: str) -> None:
    accuracy, draw = TRUTHS[truth](DESIGN.places), np.random.default_rng(0)
    means = np.array([simulate(accuracy, DESIGN, draw, score).scores.mean(axis=(1, 2)) for _ in range(60)])
    error = means.std(axis=0, ddof=1) / np.sqrt(60)
    assert np.all(np.abs(means.mean(axis=0) - true_score(accuracy, DESIGN, score)) < 4 * error)


def test_families_share_the_difficulty_of_images_less_than_sizes_of_one_family_do() -> None:
    data = simulate(np.full(7, 0.8), replace(DESIGN, n_sizes=7, n_families=2), np.random.default_rng(1))
    largest = data.scores[13, 0]
    of_own_family, of_other = (float(np.corrcoef(data.scores[place, 0], largest)[0, 1]) for place in (12, 5))
    assert of_own_family > of_other > 0.2


def test_no_fold_divides_a_group_and_images_of_a_group_are_alike() -> None:
    data = simulate(np.full(3, 0.8), replace(DESIGN, n_per_group=4), np.random.default_rng(2))
    by_group = data.folds[0].reshape(-1, 4)
    assert np.all(by_group == by_group[:, :1])
    of_group = data.scores[2, 0].reshape(-1, 4)
    assert np.corrcoef(of_group[:, 0], of_group[:, 1])[0, 1] > 0.1


def test_folds_of_balanced_studies_are_stratified() -> None:
    data = simulate(np.full(3, 0.8), DESIGN, np.random.default_rng(3), Score.BALANCED)
    assert data.classes is not None
    assert np.bincount(data.folds[0][data.classes == 1]).tolist() == [80] * 5
