"""Confidence intervals of a mean over folds and seeds, of a proportion, and of a difference of two estimates."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.insufficient import InsufficientError, require, there_are, vary

LEVEL = 0.95
"""The confidence level of every interval that is printed."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its confidence interval.

    ``low`` and ``high`` are NaN if the spread of the value is unknown.
    """

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def is_known(self) -> bool:
        """Whether the value has an interval."""
        return not math.isnan(self.low)

    @property
    def above_zero(self) -> bool:
        """Whether the whole interval is above zero; false if there is no interval."""
        return self.low > 0

    def within(self, least: float, most: float) -> Self:
        """The interval with its bounds limited to the possible range; the value is unchanged."""
        if not self.is_known:
            return self
        return type(self)(self.value, max(least, self.low), min(most, self.high))


def corrected_se(values: NDArray[np.float64], ratio: float) -> float:
    """The corrected standard error of a mean over folds and seeds.

    Nadeau and Bengio 2003, Inference for the Generalization Error, Machine Learning 52, corrected resampled t test: the
    sample variance (n - 1) times 1 / J + n_test / n_train, with J = k r results of k folds and r seeds (for
    repeated folds: Bouckaert and Frank 2004, PAKDD). It assumes that two results correlate by n_test / (n_test +
    n_train).

    Args:
        values: (J,) one per fold and seed.
        ratio: n_test / n_train.

    Raises:
        InsufficientError: fewer than two values.
    """
    require(len(values) >= 2, f"a variance needs 2 trials or more; {there_are(len(values))}")
    return float(np.sqrt((1 / len(values) + ratio) * np.var(values, ddof=1)))


def corrected_interval(values: NDArray[np.float64], ratio: float, level: float = LEVEL) -> Interval:
    """Mean and corrected resampled interval: mean ± t(J - 1) times ``corrected_se``. Arguments as there.

    Raises:
        InsufficientError: fewer than two values, or all are equal.
    """
    error = corrected_se(values, ratio)
    require(vary(values), f"all {len(values)} trials gave the same value, {values[0]:.4g}, so its spread is unknown")
    mean = float(np.mean(values))
    half = float(stats.t.ppf(0.5 + level / 2, len(values) - 1)) * error
    return Interval(mean, mean - half, mean + half)


def mean_with_interval(values: NDArray[np.float64], ratio: float) -> Interval:
    """The mean with its ``corrected_interval``; NaN bounds if that cannot be computed.

    Args:
        values: (J,) one or more.
        ratio: n_test / n_train.
    """
    try:
        return corrected_interval(values, ratio)
    except InsufficientError:
        return Interval(float(np.mean(values)))


def wilson_interval(share: float, n: int, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a proportion.

    Wilson 1927, Probable Inference, JASA 22; recommended by Brown, Cai and DasGupta 2001, Statistical Science 16. It
    assumes n independent images. It does not include the variation between trainings.

    Args:
        share: the proportion. A mean over seeds need not be a multiple of 1 / n.
        n: the number of distinct images.
        level: of the interval.

    Raises:
        InsufficientError: no image.
    """
    require(n > 0, "a proportion needs 1 image or more; there are 0")
    z2 = float(stats.norm.ppf(0.5 + level / 2)) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2) / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))


def difference_interval(first: Interval, second: Interval) -> Interval:
    """The interval of second minus first, of two independent estimates with intervals of their own.

    The method of variance estimates recovery: Zou and Donner 2008, Statistics in Medicine 27; with two
    Wilson intervals it is method 10 of Newcombe 1998, Statistics in Medicine 17.
    """
    value = second.value - first.value
    below = np.hypot(second.value - second.low, first.high - first.value)
    above = np.hypot(second.high - second.value, first.value - first.low)
    return Interval(value, value - float(below), value + float(above))
