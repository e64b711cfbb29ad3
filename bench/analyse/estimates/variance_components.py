"""The variance between trials of one network by source, with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.image_scores import ImageScores
from bench.analyse.estimates.insufficient import require, there_are, vary
from bench.analyse.estimates.intervals import LEVEL, Interval
from bench.analyse.estimates.training_variance import fold_variances

TAILS = (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)
SHARED_SPLITS = ("split", "seed", "residual")
OWN_SPLITS = ("images of the fold", "training")


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of one network's results.

    Attributes:
        variances: of one trial by source, with intervals; they add up. An interval from 0 on says that the source is
            not told apart from none.
        of_repetition: of the mean over the folds of a repetition, between repetitions that differ in seed and split;
            None where all seeds have the same folds.
    """

    variances: dict[str, Interval]
    of_repetition: Interval | None

    @property
    def shares(self) -> dict[str, float]:
        """Each variance as a share of their sum, which is above 0."""
        total = sum(each.value for each in self.variances.values())
        return {name: each.value / total for name, each in self.variances.items()}


def variance_components(trials: pd.DataFrame, scores: ImageScores) -> Components:
    """Estimate the variance of one network's accuracy by source.

    Where all seeds have the same folds (``split_seed``), seeds and folds are crossed, one result per cell. The mean
    squares of the two-way random-effects model give split (which images train and test) = (MS_fold - MS_residual) /
    n_seeds, seed = (MS_seed - MS_residual) / n_folds and residual = MS_residual (Searle, Casella and McCulloch 1992,
    Variance Components, chapter 4), with the intervals of Williams (1962, Biometrika 49). Initial weights, order and
    dropout are drawn separately for each seed and fold, so most of their variation is in the residual. Rerunning a
    trial adds no variance, since it gives the same bits.

    Where each seed has folds of its own, the folds of a seed divide the same images, and their results are not
    independent: what the images of one fold add, those of another take away. An analysis of variance that takes folds
    for independent therefore finds less variance between repetitions than the folds explain, and sets it to 0. Here the
    variance between repetitions is that of their means, with the interval of a variance of normal values. The variance
    within a repetition is divided into the sampling of a fold's images, which the images themselves show, and the rest.

    Args:
        trials: the done trials of one network, with columns seed, fold, split_hash and val_accuracy.
        scores: accuracy per image of this network alone.

    Raises:
        InsufficientError: fewer than two seeds or folds, a cell is missing, or all results are equal.
    """
    table = trials.pivot(index="seed", columns="fold", values="val_accuracy")
    n_seeds, n_folds = table.shape
    require(n_seeds >= 2, f"variance components need 2 seeds or more; {there_are(n_seeds)}")
    require(n_folds >= 2, f"variance components need 2 folds or more; {there_are(n_folds)}")
    require(not table.isna().to_numpy().any(), "variance components need every seed and fold; some trials are not done")
    values = table.to_numpy(float)
    require(vary(values), f"all {values.size} trials gave the same value, so there is no variance to divide")
    if trials["split_hash"].nunique() == 1:
        return Components(dict(zip(SHARED_SPLITS, crossed(values), strict=True)), None)
    groups = np.unique(scores.groups, return_inverse=True)[1]
    sampling = float(fold_variances(scores.scores, scores.folds, groups).sampling[0])
    within = float(np.var(values, axis=1, ddof=1).mean())
    low, high = _bounds(within, n_seeds * (n_folds - 1))
    training = Interval(max(0.0, within - sampling), max(0.0, low - sampling), max(0.0, high - sampling))
    between = float(np.var(values.mean(axis=1), ddof=1))
    return Components(
        dict(zip(OWN_SPLITS, (Interval(sampling), training), strict=True)),
        Interval(between, *_bounds(between, n_seeds - 1)),
    )


def crossed(values: NDArray[np.float64]) -> tuple[Interval, Interval, Interval]:
    """The variances of split, seed and residual of (n_seeds, n_folds) results."""
    n_seeds, n_folds = values.shape
    of_seed, of_fold = values.mean(axis=1), values.mean(axis=0)
    left = values - of_seed[:, np.newaxis] - of_fold + values.mean()
    degrees = (n_seeds - 1) * (n_folds - 1)
    residual = float(np.sum(left**2) / degrees)
    split = _above(n_seeds * float(np.var(of_fold, ddof=1)), n_folds - 1, residual, degrees, n_seeds)
    seed = _above(n_folds * float(np.var(of_seed, ddof=1)), n_seeds - 1, residual, degrees, n_folds)
    return split, seed, Interval(residual, *_bounds(residual, degrees))


def _bounds(variance: float, degrees: int) -> tuple[float, float]:
    """The interval of a variance of normal values."""
    low, high = (degrees * variance / stats.chi2.ppf(tail, degrees) for tail in reversed(TAILS))
    return float(low), float(high)


def _above(mean_square: float, degrees: int, residual: float, residual_degrees: int, n: int) -> Interval:
    """What a source adds to n results: (mean_square - residual) / n, cut at 0, with Williams's interval."""
    low, high = (
        (mean_square - residual * stats.f.ppf(tail, degrees, residual_degrees))
        * degrees
        / stats.chi2.ppf(tail, degrees)
        / n
        for tail in reversed(TAILS)
    )
    return Interval(max(0.0, (mean_square - residual) / n), max(0.0, float(low)), max(0.0, float(high)))
