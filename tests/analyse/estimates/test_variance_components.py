import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.variance_components import OWN_SPLITS, SHARED_SPLITS, variance_components


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


def test_with_own_splits_the_components_are_the_restricted_likelihoods_of_statsmodels() -> None:
    generator = np.random.default_rng(0)
    table = trials(generator.normal(0, 0.05, (8, 1)) + generator.normal(0.8, 0.03, (8, 5)), shared_splits=False)
    found = variance_components(table).variances
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = smf.mixedlm("val_accuracy ~ 1", table, groups="seed").fit(reml=True)
    assert list(found) == list(OWN_SPLITS)
    assert list(found.values()) == pytest.approx([float(fit.cov_re.iloc[0, 0]), fit.scale], rel=1e-3)


def test_with_shared_splits_the_components_follow_from_statsmodels_mean_squares() -> None:
    generator = np.random.default_rng(1)
    values = (
        0.8 + generator.normal(0, 0.02, (6, 1)) + generator.normal(0, 0.06, (1, 5)) + generator.normal(0, 0.01, (6, 5))
    )
    table = trials(values, shared_splits=True)
    anova = anova_lm(smf.ols("val_accuracy ~ C(seed) + C(fold)", table).fit())["sum_sq"] / [5, 4, 20]
    ms_seed, ms_fold, ms_residual = anova
    expected = [(ms_fold - ms_residual) / 6, (ms_seed - ms_residual) / 5, ms_residual]
    found = variance_components(table).variances
    assert list(found) == list(SHARED_SPLITS)
    assert list(found.values()) == pytest.approx(expected)


def test_planted_components_are_recovered() -> None:
    generator = np.random.default_rng(2)
    values = generator.normal(0, 2, (400, 1)) + generator.normal(0, 3, (1, 400)) + generator.normal(0, 1, (400, 400))
    found = variance_components(trials(values, shared_splits=True))
    assert [found.variances[name] for name in SHARED_SPLITS] == pytest.approx([9, 4, 1], rel=0.15)
    assert sum(found.shares.values()) == pytest.approx(1)


def test_no_variance_is_below_zero() -> None:
    found = variance_components(trials(np.array([[0.1, 0.9], [0.9, 0.1]]), shared_splits=True))
    assert min(found.variances.values()) == 0.0


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
        variance_components(trials(values, shared_splits=False))


def test_a_missing_trial_is_said() -> None:
    with pytest.raises(InsufficientError, match="some trials are not done"):
        variance_components(trials(np.ones((3, 3)), shared_splits=True).iloc[1:])
