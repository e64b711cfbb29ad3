"""The corrected resampled t test of differences that are paired by fold and seed, and its posterior probabilities."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.insufficient import require, there_are, vary
from bench.analyse.estimates.intervals import LEVEL, Interval, corrected_interval, corrected_se
from bench.analyse.estimates.two_level import slope_contrast

ROPE = 0.01
"""Half the width of the region of practical equivalence: accuracies that differ by at most this count as equal."""


@dataclass(frozen=True, slots=True)
class Paired:
    """The corrected resampled t test of paired differences, and the corresponding posterior.

    ``p_worse``, ``p_equivalent`` and ``p_better`` are the posterior probabilities that the difference lies below,
    inside and above the region of practical equivalence.
    """

    n_pairs: int
    mean: float
    sd: float
    low: float
    high: float
    p: float
    p_worse: float
    p_equivalent: float
    p_better: float

    @property
    def interval(self) -> Interval:
        """The mean difference with its interval."""
        return Interval(self.mean, self.low, self.high)


def corrected_t_test(differences: NDArray[np.float64], ratio: float, rope: float = ROPE) -> Paired:
    """Test whether paired differences are zero on average, over folds and seeds that share training images.

    t = mean / ``corrected_se`` with J - 1 degrees of freedom (Nadeau and Bengio 2003; Bouckaert and Frank
    2004). With a flat prior the posterior of the mean difference is the same Student distribution: the Bayesian
    correlated t test (Corani and Benavoli 2015, Machine Learning 100), with the correlation n_test /
    (n_test + n_train) of Nadeau and Bengio. It assumes normal differences with equal correlations.

    Args:
        differences: (J,) one per fold and seed.
        ratio: n_test / n_train.
        rope: half the width of the region of practical equivalence.

    Raises:
        InsufficientError: fewer than two differences, or all are equal.
    """
    require(len(differences) > 1, f"paired differences need 2 common trials or more; {there_are(len(differences))}")
    error = corrected_se(differences, ratio)
    require(
        vary(differences),
        f"all {len(differences)} paired differences are {differences[0]:.4g}, so their spread is unknown",
    )
    interval = corrected_interval(differences, ratio, LEVEL)
    posterior = (len(differences) - 1, interval.value, error)
    worse, better = float(stats.t.cdf(-rope, *posterior)), float(stats.t.sf(rope, *posterior))
    return Paired(
        n_pairs=len(differences),
        mean=interval.value,
        sd=float(np.std(differences, ddof=1)),
        low=interval.low,
        high=interval.high,
        p=float(2 * stats.t.sf(abs(interval.value) / error, len(differences) - 1)),
        p_worse=worse,
        p_equivalent=1 - worse - better,
        p_better=better,
    )


def slope_test(blocks: NDArray[np.float64], n_params: NDArray[np.float64], ratio: float) -> Paired:
    """The change of a metric per tenfold parameters: least squares in each block, then a corrected t test.

    A block's slope is a contrast of paired results, so the test of paired differences applies.

    Args:
        blocks: (n_blocks, n_sizes).
        n_params: (n_sizes,).
        ratio: n_test / n_train.

    Raises:
        InsufficientError: one size only, fewer than two blocks, or all slopes are equal.
    """
    return corrected_t_test(blocks @ slope_contrast(n_params), ratio, rope=0.0)
