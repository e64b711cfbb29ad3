"""Choice of a network: the Pareto front, the one-standard-error rule, accuracy per parameter."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.estimates.insufficient import require

_CELLS_AT_ONCE = 20_000_000


def on_front(accuracy: NDArray[np.float64], *costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which networks are not dominated. A network is dominated if another is as good in everything and better in one.

    Args:
        accuracy: (..., n), larger is better.
        costs: (..., n) each, smaller is better; none is NaN.

    Returns:
        (..., n).
    """
    goals = [-accuracy, *costs]
    as_good = np.ones((*accuracy.shape, accuracy.shape[-1]), bool)
    better = np.zeros_like(as_good)
    for goal in goals:
        as_good &= goal[..., np.newaxis, :] <= goal[..., :, np.newaxis]
        better |= goal[..., np.newaxis, :] < goal[..., :, np.newaxis]
    return np.asarray(~np.any(as_good & better, axis=-1))


def front_probability(
    accuracy: NDArray[np.float64], n_params: NDArray[np.float64], step_ms: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """The share of draws in which each network is on the front of accuracy, parameters and, if given, step time.

    Args:
        accuracy: (m, n) draws of true accuracies (``TwoLevel.draw_means``).
        n_params: (n,).
        step_ms: (m, n) draws of step times.

    Returns:
        (n,).
    """
    m, n = accuracy.shape
    at_once = max(1, _CELLS_AT_ONCE // (n * n))
    counted = np.zeros(n)
    for start in range(0, m, at_once):
        part = slice(start, start + at_once)
        drawn = accuracy[part]
        costs = [np.broadcast_to(n_params, drawn.shape)] + ([] if step_ms is None else [step_ms[part]])
        counted += on_front(drawn, *costs).sum(axis=0)
    return np.asarray(counted / m)


def resampled_medians(
    samples: list[NDArray[np.float64]], m: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Medians of bootstrap samples of each network's timed steps: (m, n).

    Steps of one process are timed one after the other, so this spread excludes the variation between processes.
    """
    return np.stack(
        [np.median(each[generator.integers(0, len(each), (m, len(each)))], axis=1) for each in samples], axis=1
    )


def one_standard_error(sizes: pd.DataFrame) -> int:
    """The smallest network within one standard error of the best: its entry.

    Breiman, Friedman, Olshen and Stone 1984, Classification and Regression Trees, section 3.4.3, with the corrected
    standard error of the best network's mean accuracy.

    Args:
        sizes: columns entry, n_params, accuracy, accuracy_se (``intervals.corrected_se``), without gaps.

    Raises:
        InsufficientError: no network has a standard error.
    """
    require(len(sizes) > 0, "the one-standard-error rule needs a network of 2 trials or more; there is none")
    best = sizes.iloc[int(sizes["accuracy"].to_numpy(float).argmax())]
    within = sizes[sizes["accuracy"] >= best["accuracy"] - best["accuracy_se"]]
    return int(within.sort_values("n_params", kind="stable")["entry"].iloc[0])


def accuracy_density(accuracy: float, n_params: int) -> float:
    """Percent of accuracy per million parameters: the accuracy density of Bianco et al. 2018, IEEE Access 6."""
    return 100 * accuracy / (n_params / 1e6)
