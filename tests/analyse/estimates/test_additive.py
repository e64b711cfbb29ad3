"""The additive model of blocks against least squares of another library, and on planted studies."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from bench.analyse.estimates.additive import additive_levels
from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.estimates.two_level import slope_contrast

N_PARAMS = np.array([1e3, 1e4, 1e5, 1e6])
SLOPE = slope_contrast(N_PARAMS)


def planted(draw: np.random.Generator, per_decade: float, n_blocks: int, spread: float) -> pd.DataFrame:
    means = 0.7 + per_decade * np.log10(N_PARAMS / 1e3)
    blocks = draw.normal(0, 3 * spread, (n_blocks, 1))
    return pd.DataFrame(means + blocks + draw.normal(0, spread, (n_blocks, len(N_PARAMS))), columns=[0, 1, 2, 3])


def test_without_shared_training_images_it_is_the_linear_model_of_networks_and_blocks() -> None:
    results = planted(np.random.default_rng(0), 0.02, 6, 0.01)
    results.iloc[0, 1] = results.iloc[4, 3] = np.nan
    long = results.stack().dropna().reset_index().set_axis(["block", "network", "value"], axis=1)
    networks = pd.get_dummies(long["network"], dtype=float)
    blocks = pd.get_dummies(long["block"], dtype=float).iloc[:, 1:]
    fitted = sm.OLS(long["value"], pd.concat([networks, blocks.add_prefix("block ")], axis=1)).fit()
    expected = fitted.t_test(np.concatenate([SLOPE, np.zeros(5)]))
    found = additive_levels(results, 0.0, 1e-9).of([0, 1, 2, 3]).contrast(SLOPE)
    assert found.value == pytest.approx(float(expected.effect[0]))
    assert (found.low, found.high) == pytest.approx(tuple(expected.conf_int()[0]))


def test_shared_training_images_widen_an_interval_as_nadeau_and_bengio_correct_it() -> None:
    results = planted(np.random.default_rng(1), 0.02, 5, 0.01)
    plain, corrected = (additive_levels(results, ratio, 1e-9).of([0, 1, 2, 3]).contrast(SLOPE) for ratio in (0, 1 / 4))
    assert corrected.se / plain.se == pytest.approx(np.sqrt((1 / 5 + 1 / 4) / (1 / 5)))


def test_what_blocks_share_leaves_a_difference_and_not_a_mean() -> None:
    results = planted(np.random.default_rng(2), 0.0, 8, 0.01)
    shared = pd.Series(np.random.default_rng(3).normal(0, 0.2, 8))
    narrow, wide = (additive_levels(each, 0.0, 1e-9) for each in (results, results.add(shared, axis=0)))
    assert wide.difference(0, 1).se == pytest.approx(narrow.difference(0, 1).se)
    assert wide.mean(0).se > 3 * narrow.mean(0).se


def test_intervals_hold_a_planted_slope_about_as_often_as_they_say() -> None:
    draw = np.random.default_rng(4)
    held = []
    for _ in range(300):
        found = additive_levels(planted(draw, 0.03, 5, 0.02), 0.0, 1e-9).of([0, 1, 2, 3]).contrast(SLOPE)
        held.append(found.low <= 0.03 <= found.high)
    assert 0.92 <= np.mean(held) <= 0.98


@given(st.permutations(range(6)), st.permutations(range(4)))
def test_the_order_of_rows_and_columns_changes_nothing(rows: list[int], columns: list[int]) -> None:
    results = planted(np.random.default_rng(5), 0.02, 6, 0.01)
    other = additive_levels(results.iloc[rows, columns], 0.25, 1e-9).difference(3, 0)
    found = additive_levels(results, 0.25, 1e-9).difference(3, 0)
    assert (other.value, other.low, other.high) == pytest.approx((found.value, found.low, found.high))


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        (pd.DataFrame({0: [0.5, 0.6]}), "two networks and two blocks"),
        (pd.DataFrame({0: [0.5], 1: [0.6]}), "two networks and two blocks"),
        (pd.DataFrame(), "two networks and two blocks"),
        (pd.DataFrame({0: [1, 1, np.nan, np.nan, 1], 1: [1, 1, np.nan, np.nan, 1], 2: [np.nan, np.nan, 1, 1, np.nan],
                       3: [np.nan, np.nan, 1, 1, np.nan]}), "no block in common"),
    ],
)  # fmt: skip
def test_too_few_or_unconnected_results_have_no_estimate(results: pd.DataFrame, reason: str) -> None:
    with pytest.raises(InsufficientError, match=reason):
        additive_levels(results, 0.25, 1e-9).difference(0, 1)
