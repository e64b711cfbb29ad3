import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.analyse.estimates.blocks import block_matrix, complete_blocks, resampled_means, stretch
from bench.analyse.estimates.intervals import corrected_interval


@given(st.integers(0, 1000), st.integers(3, 12), st.floats(0, 1))
def test_the_stretched_bootstrap_has_the_width_of_the_corrected_interval(seed: int, n: int, ratio: float) -> None:
    values = np.random.default_rng(seed).normal(0.8, 0.05, n)
    of_the_bootstrap = np.sqrt(values.var() / n)  # the exact standard deviation of means of samples with replacement
    half = stats.norm.ppf(0.975) * stretch(n, ratio, 0.95) * of_the_bootstrap
    interval = corrected_interval(values, ratio)
    assert half == pytest.approx(interval.high - interval.value)


def test_resampled_means_have_the_mean_and_the_stretched_spread_of_the_blocks() -> None:
    blocks = np.random.default_rng(0).normal([0.5, 0.9], 0.05, (6, 2))
    drawn = resampled_means(blocks, 0.25, 20_000, 0.95, np.random.default_rng(1))
    assert drawn.mean(axis=0) == pytest.approx(blocks.mean(axis=0), abs=2e-3)
    assert drawn.std(axis=0) == pytest.approx(stretch(6, 0.25, 0.95) * blocks.std(axis=0) / np.sqrt(6), rel=0.03)


def test_a_block_is_a_seed_and_a_fold_and_complete_where_every_entry_is_done() -> None:
    done = pd.DataFrame(
        {
            "seed": [0, 0, 1, 1, 0],
            "fold": [0, 0, 0, 0, 1],
            "entry": [0, 1, 0, 1, 0],
            "val_accuracy": [0.1, 0.2, 0.3, 0.4, 0.5],
        }
    )
    matrix = block_matrix(done, "val_accuracy")
    assert matrix.index.tolist() == [(0, 0), (0, 1), (1, 0)]
    assert complete_blocks(matrix, [1, 0]).tolist() == [[0.2, 0.1], [0.4, 0.3]]
