"""The variance that trainings add to the score of a fold, and the part of it that folds share.

Training images decide a part of it. Any two folds of a seed have (k - 2) / (k - 1) of their training images in common,
and every image is in k - 1 of the k training sets of a seed, so more trainings do not reduce that part.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import isotonic_regression

from bench.analyse.estimates.insufficient import require

TRAINING_SET_SHARE = 3 / 8
"""Of the variance that a training adds, the part that its training images decide."""
TRAINING_SET_CORRELATION = 2 / 3
"""Of what training images decide, between networks of very different sizes or of two families."""
LENGTH_DECADES = 0.5
"""The distance in size over which that correlation falls from 1."""
PRIOR_DEGREES = 8.0
"""Degrees of freedom of the variance that the sizes of a family share: at most so many, and twice a size's own."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FoldVariances:
    """The scores of folds, per network.

    Attributes:
        n_trainings: (n_names,) scored folds.
        between: (n_names,) variance of the scores of folds within a seed.
        sampling: (n_names,) variance of a fold's score over draws of its images.
        degrees: (n_names,) degrees of freedom of ``between``.
    """

    n_trainings: NDArray[np.int64]
    between: Floats
    sampling: Floats
    degrees: Floats


def fold_variances(scores: Floats, folds: NDArray[np.int64], groups: NDArray[np.int64]) -> FoldVariances:
    """Measure how the scores of folds vary, within seeds.

    Args:
        scores: (n_names, n_seeds, n_images), with NaN in folds without a score.
        folds: (n_seeds, n_images), 0-based.
        groups: (n_images,) numbers of the groups of images, 0-based.

    Raises:
        InsufficientError: a network without two scored folds of one seed, or a fold without two groups.
    """
    counts, between, sampling = np.sum(
        [_of_seed(scores[:, seed], folds[seed], groups) for seed in range(len(folds))], axis=0
    )
    degrees = counts - np.sum(~np.isnan(scores).all(axis=2), axis=1)  # one less per seed
    require(bool((degrees > 0).all()), "two levels of variance need two folds of one seed, of every network")
    return FoldVariances(counts.astype(np.int64), between / degrees, sampling / counts, degrees.astype(float))


def _of_seed(
    scores: Floats, folds: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Per network: scored folds, the sum of squares between them, and the sum of their sampling variances."""
    order = np.lexsort((groups, folds))
    new_fold = np.diff(folds[order], prepend=-1) != 0
    new_group = new_fold | (np.diff(groups[order], prepend=-1) != 0)
    starts = np.flatnonzero(new_fold)
    sizes = np.diff(starts, append=len(folds))
    means = np.add.reduceat(scores[:, order], starts, axis=1) / sizes
    residuals = scores[:, order] - np.repeat(means, sizes, axis=1)
    by_group = np.add.reduceat(residuals, np.flatnonzero(new_group), axis=1)
    group_starts = np.flatnonzero(new_fold[new_group])
    n_groups = np.diff(group_starts, append=by_group.shape[1])
    require(int(n_groups.min()) > 1, "two levels of variance need two groups of images in every fold")
    sampling = np.add.reduceat(by_group**2, group_starts, axis=1) / sizes**2 * n_groups / (n_groups - 1)
    counts = np.sum(~np.isnan(means), axis=1)
    grand = np.nansum(means, axis=1) / np.maximum(counts, 1)
    between = np.nansum((means - grand[:, np.newaxis]) ** 2, axis=1)
    return counts, between, np.nansum(sampling, axis=1)


def moderate(between: Floats, sampling: Floats, degrees: Floats, n_params: Floats) -> tuple[Floats, Floats]:
    """Draw the variances of folds in one family towards what its sizes share (Smyth 2004, SAGMB 3).

    What they share is the ratio of the variance of folds to their sampling variance: at least 1, and not rising with
    size, since luck matters most to small networks. Roots are averaged, so that one unlucky size moves it less.

    Returns:
        The moderated variances and their degrees of freedom, (n_sizes,) each.
    """
    known = sampling > 0
    prior = min(PRIOR_DEGREES, float(degrees.min()) * min(2, max(0, len(n_params) - 2)))
    if prior == 0 or not known.any():
        return between, degrees
    at = np.unique(n_params[known], return_inverse=True)[1]
    weights = np.bincount(at, degrees[known])
    roots = np.bincount(at, degrees[known] * np.sqrt(between[known] / sampling[known])) / weights
    ratio = np.ones(len(n_params))
    ratio[known] = np.maximum(isotonic_regression(roots, weights=weights, increasing=False).x, 1.0)[at] ** 2
    return (prior * ratio * sampling + degrees * between) / (prior + degrees), prior + degrees


def excess(between: Floats, sampling: Floats, degrees: Floats) -> Floats:
    """What the variances of folds exceed their sampling variances by: the mean of a normal posterior, cut at 0.

    The plain difference, cut at 0, would be 0 in half of the studies where the excess is small, and intervals too
    narrow.
    """
    difference, error = between - sampling, between * np.sqrt(2 / degrees)
    known = (error > 0) & (difference > -30 * error)  # below, the mean is 0 and the densities underflow
    ratio = difference[known] / error[known]
    above = np.zeros(len(difference))
    above[known] = error[known] * np.exp(stats.norm.logpdf(ratio) - stats.norm.logcdf(ratio))
    return np.maximum(0.0, difference + above)


def shared_part(n_folds: int) -> float:
    """The variance of a mean over all folds that training images decide, in units of the ``excess``.

    The excess is seen between the folds of a seed, so it has only 1 / (k - 1) of the variance that training images
    decide. The mean over the folds has (k - 1) / k of it.
    """
    k, share = n_folds, TRAINING_SET_SHARE
    return share * (k - 1) / k / (1 - share + share / (k - 1))


def correlation_within(n_params: Floats) -> Floats:
    """The correlation of what training images decide in the networks of one family: (n_sizes, n_sizes)."""
    decades = np.log10(n_params)
    near = np.exp(-(((decades[:, np.newaxis] - decades) / LENGTH_DECADES) ** 2) / 2)
    return np.asarray(TRAINING_SET_CORRELATION + (1 - TRAINING_SET_CORRELATION) * near)
