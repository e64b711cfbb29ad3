"""Where networks fit their training set, and a peak of held-out error that is planted."""

import numpy as np
import pandas as pd
import pytest

from bench.analyse.estimates.intervals import Interval, mean_with_interval
from bench.analyse.sizes.double_descent import Peak, fits_from, held_out_peak, interpolation_threshold


def done(errors: dict[int, float], scatter: float = 0.002) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    return pd.DataFrame(
        [
            {"n_params": n, "seed": 0, "fold": fold, "n_folds": 5, "val_accuracy": 1 - error + draw.normal(0, scatter)}
            for n, error in errors.items()
            for fold in range(5)
        ]
    )


def peak_of(trials: pd.DataFrame) -> Peak | None:
    """The peak, with differences that are paired by seed and fold."""
    error = 1 - trials.pivot(index=["seed", "fold"], columns="n_params", values="val_accuracy")

    def difference(first: int, second: int) -> Interval:
        return mean_with_interval((error.iloc[:, first] - error.iloc[:, second]).to_numpy(), 1 / 4)

    return held_out_peak(error.columns.to_numpy(), error.mean().to_numpy(), difference)


def test_a_planted_peak_is_found_and_shown() -> None:
    peak = peak_of(done({10: 0.4, 20: 0.2, 40: 0.3, 80: 0.25, 160: 0.1}))
    assert peak is not None
    assert peak.n_params == 40
    assert (peak.over_best_smaller.value, peak.over_largest.value) == pytest.approx((0.1, 0.2), abs=0.01)
    assert peak.is_shown


def test_sizes_are_paired_by_seed_and_fold() -> None:
    first = done({10: 0.4, 20: 0.2, 40: 0.3, 80: 0.1}, scatter=0.02)
    second = done({10: 0.4, 20: 0.25, 40: 0.35, 80: 0.1}, scatter=0.04).assign(seed=1)
    both = pd.concat([first, second])
    peak = peak_of(both)
    by_block = both.pivot(index=["seed", "fold"], columns="n_params", values="val_accuracy")
    assert peak is not None
    expected = mean_with_interval((by_block[80] - by_block[40]).to_numpy(), 1 / 4)
    found = peak.over_largest
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_a_peak_within_the_scatter_is_not_shown() -> None:
    peak = peak_of(done({10: 0.4, 20: 0.2, 40: 0.21, 80: 0.2}, scatter=0.05))
    assert peak is None or not peak.is_shown


def test_error_that_only_falls_has_no_peak() -> None:
    assert peak_of(done({10: 0.4, 20: 0.3, 40: 0.2, 80: 0.1})) is None


def test_error_that_rises_and_stays_is_no_peak_that_is_shown() -> None:
    peak = peak_of(done({10: 0.4, 20: 0.2, 40: 0.3, 80: 0.3}))
    assert peak is None or not peak.is_shown


def test_two_sizes_have_no_peak() -> None:
    assert peak_of(done({10: 0.4, 20: 0.2})) is None


@pytest.mark.parametrize(
    ("train_accuracy", "place"),
    [
        ([0.7, 0.99, 1.0], 1),
        ([0.99, 0.98, 0.99], 2),
        ([0.7, 0.9, 0.989], None),
        ([1.0, 1.0, 1.0], 0),
        ([1.0, 1.0, np.nan], None),
    ],
)
def test_the_threshold_is_the_size_from_which_on_all_but_a_hundredth_of_training_is_fitted(
    train_accuracy: list[float], place: int | None
) -> None:
    assert interpolation_threshold(np.array(train_accuracy)) == place


def test_a_network_without_a_done_trial_does_not_hide_the_threshold() -> None:
    summary = pd.DataFrame(
        {"n_params": [10, 20, 30], "n_done": [2, 2, 0], "train_accuracy_mean": [0.5, 1.0, float("nan")]}
    )
    assert fits_from(summary) == 20


def test_a_fit_that_the_largest_network_has_not_is_no_threshold() -> None:
    summary = pd.DataFrame({"n_params": [10, 20, 30], "n_done": [2, 2, 2], "train_accuracy_mean": [0.5, 1.0, 0.98]})
    assert fits_from(summary) is None
