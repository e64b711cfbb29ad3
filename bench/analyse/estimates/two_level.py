"""The two-level estimator: contrasts between sizes with the variance of images and the variance of trainings.

A mean over held-out images varies for two reasons: other images would have been drawn, and another training would have
given another network. Every size predicts the same images, so the first part is a covariance between sizes; trainings
of different sizes are independent, so the second is a sum over sizes. For a contrast c over sizes

    V = c' S c / n  +  sum over sizes of c_s^2 tau_s^2 (1 / J_s + 1 / (k - 1))

with n images, J_s trainings of size s in k folds. The last factor is that of Nadeau and Bengio (2003), applied to the
part of the variance that trainings add, and not to the sampling of images, which no fold shares.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import isotonic_regression

from bench.analyse.estimates.image_scores import ImageScores
from bench.analyse.estimates.insufficient import require

LEVEL = 0.95
PRIOR_DEGREES = 4.0
"""Of the variance that neighbouring sizes share, beside the J - 1 of a size's own (Smyth 2004)."""
TRAINING_SET_SHARE = 1 / 3
"""Of a training's variance, the part that its training images decide, which folds of the same images share."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ContrastEstimate:
    """A contrast over sizes with its standard error, degrees of freedom and 95 % interval; p is two-sided."""

    value: float
    se: float
    degrees: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, eq=False)
class TwoLevel:
    """The variances of a study, from which every contrast is estimated.

    Attributes:
        means: (n_sizes,) mean scores.
        influence: (n_sizes, n_groups) what each group of images adds to the error of a size's mean.
        tau2: (n_sizes,) variance that a training adds beyond the sampling of images.
        n_trainings: (n_sizes,) J.
        tau_degrees: (n_sizes,) degrees of freedom of ``tau2``.
        n_images: distinct images.
        n_folds: k.
    """

    means: Floats
    influence: Floats
    tau2: Floats
    n_trainings: NDArray[np.int64]
    tau_degrees: Floats
    n_images: int
    n_folds: int

    def contrast(self, c: Floats, level: float = LEVEL) -> ContrastEstimate:
        """Estimate the sum over sizes of ``c`` times the mean score.

        Args:
            c: (n_sizes,) weights.
            level: of the interval.
        """
        n_groups = self.influence.shape[1]
        of_images = float(np.sum((c @ self.influence) ** 2) * n_groups / (n_groups - 1))
        # As if one more image had been decided the other way: where all agree, the spread is unknown and not 0.
        of_images = max(of_images, float(np.max(np.abs(c))) ** 2 / self.n_images**2)
        shares = c**2 * self.tau2 * (1 / self.n_trainings + shared_part(self.n_folds))
        variance = of_images + float(shares.sum())
        parts = of_images**2 / (n_groups - 1) + float(np.sum(shares**2 / self.tau_degrees))
        degrees = max(self.n_folds - 1.0, variance**2 / parts)
        value, se = float(c @ self.means), float(np.sqrt(variance))
        half = float(stats.t.ppf(0.5 + level / 2, degrees)) * se
        p = float(2 * stats.t.sf(abs(value) / se, degrees))
        return ContrastEstimate(value, se, degrees, value - half, value + half, p)

    def covariance(self) -> Floats:
        """The covariance of the means: (n_sizes, n_sizes).

        As in ``contrast``, the spread of two means that agree on every image is that of one more image.
        """
        n_groups = self.influence.shape[1]
        of_images = self.influence @ self.influence.T * n_groups / (n_groups - 1)
        of_trainings = self.tau2 * (1 / self.n_trainings + shared_part(self.n_folds))
        return np.asarray(of_images + np.diag(of_trainings + 0.5 / self.n_images**2))


def shared_part(n_folds: int) -> float:
    k, g = n_folds, TRAINING_SET_SHARE
    return max(1 / (k - 1), g * (k - 1) / k / (1 - g + g / (k - 1)))


def two_level(data: ImageScores) -> TwoLevel:
    """Estimate both levels of variance of every size.

    The variance of images is that of scores averaged over seeds, within folds, summed within groups. The variance of
    trainings is what block means vary beyond the sampling of a fold's images; it is moderated over sizes as limma
    moderates variances over genes (Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3), with the
    median ratio over sizes, so that one unlucky size does not move it.

    Raises:
        InsufficientError: no size, fewer than two folds, or a fold without two groups.
    """
    scores, folds = data.scores, data.folds
    n_sizes, n_seeds, n_images = scores.shape
    require(n_sizes > 0, "a contrast needs one size or more; there is none")
    k = data.n_folds
    trained = ~np.isnan(scores).all(axis=2)
    require(bool(trained.any(axis=1).all()), "every size needs a seed in which it is trained on all folds")
    n_trainings = k * trained.sum(axis=1)
    _, groups = np.unique(data.groups, return_inverse=True)
    n_groups = int(groups.max()) + 1
    require(n_groups >= 2 * k, f"two levels of variance need two groups of images per fold; there are {n_groups}")

    means = np.array([np.mean(scores[s, trained[s]]) for s in range(n_sizes)])
    influence = np.zeros((n_sizes, n_groups))
    block_variance, sampling_variance = np.empty(n_sizes), np.empty(n_sizes)
    fold_size = n_images / k
    members = [np.eye(k)[folds[r]].T for r in range(n_seeds)]  # (k, n_images) indicators
    for s in range(n_sizes):
        own = np.flatnonzero(trained[s])
        averaged = scores[s, own].mean(axis=0)
        centred = np.zeros(n_images)
        block_means, within = [], []
        for r in own:
            counts = members[r].sum(axis=1)
            fold_means = members[r] @ averaged / counts
            centred += (averaged - fold_means[folds[r]]) * np.sqrt(n_images / (n_images - k)) / len(own)
            of_block = members[r] @ scores[s, r] / counts
            block_means.extend(of_block)
            residual = scores[s, r] - of_block[folds[r]]
            by_group = np.bincount(groups, residual, n_groups)
            within.append(np.sum(by_group**2) / (n_images - k) / fold_size)
        influence[s] = np.bincount(groups, centred, n_groups) / n_images
        block_variance[s] = np.var(block_means, ddof=1)
        sampling_variance[s] = np.mean(within)
    own_degrees = n_trainings - 1.0
    ratio = np.ones(n_sizes)
    known = sampling_variance > 0
    if known.any():
        found = block_variance[known] / sampling_variance[known]
        falling = isotonic_regression(np.sqrt(found), weights=own_degrees[known], increasing=False).x ** 2
        ratio[known] = np.maximum(falling, 1.0)
    prior = min(PRIOR_DEGREES, float(own_degrees.min()) * max(0, n_sizes - 2))
    moderated = (prior * ratio * sampling_variance + own_degrees * block_variance) / (prior + own_degrees)
    tau2 = np.maximum(0.0, moderated - sampling_variance)
    return TwoLevel(means, influence, tau2, n_trainings, prior + own_degrees, n_images, k)


def slope_contrast(n_params: Floats) -> Floats:
    """The weights of the least-squares slope per decade of parameters: (n_sizes,).

    Raises:
        InsufficientError: fewer than two distinct sizes.
    """
    decades = np.log10(n_params)
    require(bool(np.ptp(decades) > 0), "a slope needs 2 distinct sizes or more; there is 1")
    centred = decades - decades.mean()
    return np.asarray(centred / (centred @ centred))
