"""The variance between trials due to the split, due to the seed, and residual."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.estimates.insufficient import require, there_are, vary


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of one network's results by source; none is below 0."""

    variances: dict[str, float]

    @property
    def shares(self) -> dict[str, float]:
        """Each variance as a share of their sum, which is above 0."""
        total = sum(self.variances.values())
        return {name: value / total for name, value in self.variances.items()}


SHARED_SPLITS = ("split", "seed", "residual")
OWN_SPLITS = ("between repetitions (seed and split)", "within a repetition (fold, seed, split)")


def variance_components(trials: pd.DataFrame, column: str = "val_accuracy") -> Components:
    """Estimate the variance components of one network's results by an analysis of variance of its design.

    Where all seeds have the same folds (``split_seed``), seeds and folds are crossed, one result per cell. The mean
    squares of the two-way random-effects model give split (which images train and test) = (MS_fold - MS_residual) /
    n_seeds, seed = (MS_seed - MS_residual) / n_folds and residual = MS_residual (Searle, Casella and McCulloch 1992,
    Variance Components, chapter 4). Initial weights, order and dropout are drawn separately for each seed and fold, so
    most of their variation is in the residual. Rerunning a trial adds no variance, since it gives the same bits.

    Where each seed has folds of its own, folds are nested in repetitions, and only between = (MS_between - MS_within)
    / n_folds and within = MS_within can be separated (chapter 3). Estimates below 0 are set to 0.

    Args:
        trials: the done trials of one network, with columns seed, fold, split_hash and ``column``.
        column: the result.

    Raises:
        InsufficientError: fewer than two seeds or folds, a cell is missing, or all results are equal.
    """
    table = trials.pivot(index="seed", columns="fold", values=column)
    n_seeds, n_folds = table.shape
    require(n_seeds >= 2, f"variance components need 2 seeds or more; {there_are(n_seeds)}")
    require(n_folds >= 2, f"variance components need 2 folds or more; {there_are(n_folds)}")
    require(not table.isna().to_numpy().any(), "variance components need every seed and fold; some trials are not done")
    values = table.to_numpy(float)
    require(vary(values), f"all {values.size} trials gave the same value, so there is no variance to divide")
    if trials["split_hash"].nunique() == 1:
        return Components(dict(zip(SHARED_SPLITS, _crossed(values), strict=True)))
    return Components(dict(zip(OWN_SPLITS, _nested(values), strict=True)))


def _crossed(values: NDArray[np.float64]) -> tuple[float, float, float]:
    n_seeds, n_folds = values.shape
    of_seed, of_fold = values.mean(axis=1), values.mean(axis=0)
    left = values - of_seed[:, np.newaxis] - of_fold + values.mean()
    residual = float(np.sum(left**2) / ((n_seeds - 1) * (n_folds - 1)))
    split = (n_seeds * float(np.var(of_fold, ddof=1)) - residual) / n_seeds
    seed = (n_folds * float(np.var(of_seed, ddof=1)) - residual) / n_folds
    return max(0.0, split), max(0.0, seed), residual


def _nested(values: NDArray[np.float64]) -> tuple[float, float]:
    within = float(np.var(values, axis=1, ddof=1).mean())
    between = float(np.var(values.mean(axis=1), ddof=1)) - within / values.shape[1]
    return max(0.0, between), within
