import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

from bench.analyse.estimates.image_scores import ImageScores
from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.variance_components import (
    OWN_SPLITS,
    SHARED_SPLITS,
    Components,
    crossed,
    variance_components,
)
from benchmarks.simulated_studies import Design, simulate


def trials(values: np.ndarray, shared_splits: bool) -> pd.DataFrame:
    n_seeds, n_folds = values.shape
    return pd.DataFrame(
        {
            "seed": np.repeat(np.arange(n_seeds), n_folds),
            "fold": np.tile(np.arange(n_folds), n_seeds),
            "split_hash": ["s"] * values.size if shared_splits else np.repeat(np.arange(n_seeds), n_folds).astype(str),
            "val_accuracy": values.ravel(),
        }
    )


def unused(n_seeds: int = 3) -> ImageScores:
    """Scores of images, for designs that do not look at them."""
    folds = np.tile(np.arange(12) % 3, (n_seeds, 1))
    return ImageScores((0,), np.ones((1, n_seeds, 12)), folds, np.arange(12), 3)


def components_of(scores: ImageScores) -> Components:
    n_seeds = len(scores.folds)
    rows = [
        [scores.scores[0, seed, scores.folds[seed] == fold].mean() for fold in range(scores.n_folds)]
        for seed in range(n_seeds)
    ]
    return variance_components(trials(np.array(rows), shared_splits=False), scores)


def seeds_of(scores: ImageScores, start: int, n: int) -> ImageScores:
    chosen = slice(start, start + n)
    return ImageScores((0,), scores.scores[:, chosen], scores.folds[chosen], scores.groups, scores.n_folds)


@pytest.fixture(scope="module")
def many_seeds() -> ImageScores:
    """One network of small size, trained with 600 seeds on the same 240 images."""
    scores = simulate(np.full(1, 0.85), Design(240, 5, 600, 1), np.random.default_rng(7))
    return ImageScores((0,), scores.scores, scores.folds, scores.groups, 5)


def test_the_variance_between_repetitions_is_not_0_where_repetitions_differ(many_seeds: ImageScores) -> None:
    true = float(np.var(many_seeds.scores[0].mean(axis=1), ddof=1))
    assert true > 1e-5
    found = [components_of(seeds_of(many_seeds, start, 3)).of_repetition for start in range(0, 600, 3)]
    intervals = [each for each in found if each is not None]
    assert len(intervals) == 200
    assert min(each.low for each in intervals) > 0
    assert np.mean([each.value for each in intervals]) == pytest.approx(true, rel=0.1)
    assert 0.92 <= np.mean([each.low <= true <= each.high for each in intervals]) <= 0.98


def test_what_a_training_adds_to_a_fold_is_told_from_the_sampling_of_its_images(many_seeds: ImageScores) -> None:
    found = components_of(many_seeds).variances
    assert list(found) == list(OWN_SPLITS)
    accuracy = many_seeds.scores[0].mean()
    assert found["images of the fold"].value == pytest.approx(accuracy * (1 - accuracy) / 48, rel=0.05)
    planted = 0.03 * 0.85 * 0.15  # of one training; folds share a part of it, so a repetition shows a little less
    assert 0.6 * planted < found["training"].value < 1.2 * planted
    assert found["training"].low > 0
    few = [components_of(seeds_of(many_seeds, start, 3)).variances["training"] for start in range(0, 600, 3)]
    assert 0.92 <= np.mean([each.low <= found["training"].value <= each.high for each in few]) <= 1.0


def test_with_shared_splits_the_components_follow_from_statsmodels_mean_squares() -> None:
    generator = np.random.default_rng(1)
    values = (
        0.8 + generator.normal(0, 0.02, (6, 1)) + generator.normal(0, 0.06, (1, 5)) + generator.normal(0, 0.01, (6, 5))
    )
    table = trials(values, shared_splits=True)
    anova = anova_lm(smf.ols("val_accuracy ~ C(seed) + C(fold)", table).fit())["sum_sq"] / [5, 4, 20]
    ms_seed, ms_fold, ms_residual = anova
    expected = [(ms_fold - ms_residual) / 6, (ms_seed - ms_residual) / 5, ms_residual]
    found = variance_components(table, unused(6))
    assert list(found.variances) == list(SHARED_SPLITS)
    assert [each.value for each in found.variances.values()] == pytest.approx(expected)
    assert found.of_repetition is None


def test_planted_components_are_recovered() -> None:
    generator = np.random.default_rng(2)
    values = generator.normal(0, 2, (400, 1)) + generator.normal(0, 3, (1, 400)) + generator.normal(0, 1, (400, 400))
    found = variance_components(trials(values, shared_splits=True), unused())
    assert [found.variances[name].value for name in SHARED_SPLITS] == pytest.approx([9, 4, 1], rel=0.15)
    assert sum(found.shares.values()) == pytest.approx(1)


@pytest.mark.parametrize("seed_sd", [0.0, 0.5, 2.0])
def test_intervals_of_crossed_components_cover(seed_sd: float) -> None:
    generator = np.random.default_rng(3)
    planted = (9.0, seed_sd**2, 1.0)
    hits = np.zeros(3)
    for _ in range(1000):
        of_seed, of_fold = generator.normal(0, seed_sd, (3, 1)), generator.normal(0, 3, (1, 5))
        found = crossed(of_seed + of_fold + generator.normal(0, 1, (3, 5)))
        hits += [each.low <= true <= each.high for each, true in zip(found, planted, strict=True)]
    assert np.all(hits >= 930)


def test_no_variance_is_below_zero() -> None:
    found = variance_components(trials(np.array([[0.1, 0.9], [0.9, 0.1]]), shared_splits=True), unused(2)).variances
    assert min(each.value for each in found.values()) == 0.0
    assert min(each.low for each in found.values()) == 0.0
    assert found["seed"].high >= 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.ones((1, 4)), "2 seeds or more; there is 1"),
        (np.ones((4, 1)), "2 folds or more"),
        (np.full((3, 3), 0.9), "all 9 trials gave the same value"),
    ],
)
def test_one_seed_or_fold_or_equal_results_have_no_components(values: np.ndarray, reason: str) -> None:
    with pytest.raises(InsufficientError, match=reason):
        variance_components(trials(values, shared_splits=False), unused())


def test_a_missing_trial_is_said() -> None:
    with pytest.raises(InsufficientError, match="some trials are not done"):
        variance_components(trials(np.ones((3, 3)), shared_splits=True).iloc[1:], unused())
