"""The two-level estimator: contrasts between networks with the variance of images and the variance of trainings.

A mean over held-out images varies for two reasons: other images would have been drawn, and another training would have
given another network. All networks predict the same images, so the first part has a covariance between networks.
Trainings of different networks are independent, so the second part is a sum over networks. For a contrast c

    V = c' S c / n  +  sum over networks of c_s^2 tau_s^2 (1 / J_s + shared)

with n images, J_s trainings of network s, and ``shared`` the part of the second variance that folds have in common.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import isotonic_regression

from bench.analyse.estimates.image_scores import ImageScores, Name
from bench.analyse.estimates.insufficient import require, there_are

LEVEL = 0.95
PRIOR_DEGREES = 4.0
"""Of the variance that the sizes of a family share, beside each size's own (Smyth 2004)."""
TRAINING_SET_SHARE = 0.4
"""Of a training's variance, the part that its training images decide. Folds share it as far as they share images."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ContrastEstimate:
    """A contrast with its standard error, degrees of freedom and interval; p is two-sided."""

    value: float
    se: float
    degrees: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, eq=False)
class TwoLevel:
    """The means of networks and controls, and both levels of their variance.

    Attributes:
        means: (n_names,) mean scores.
        image_covariance: (n_names, n_names) covariance of ``means`` over draws of images.
        tau2: (n_names,) variance that a training adds to the score of a fold.
        block_variance: (n_names,) variance of a fold's score, of which ``tau2`` is a part.
        block_degrees: (n_names,) degrees of freedom of ``block_variance``.
        n_trainings: (n_names,) J.
        n_groups: independent groups of images; the number of images where none belong together.
        image_degrees: degrees of freedom of ``image_covariance``.
        n_folds: k.
    """

    means: Floats
    image_covariance: Floats
    tau2: Floats
    block_variance: Floats
    block_degrees: Floats
    n_trainings: NDArray[np.int64]
    n_groups: int
    image_degrees: int
    n_folds: int

    def contrast(self, c: Floats, level: float = LEVEL) -> ContrastEstimate:
        """Estimate the sum over networks of ``c`` times the mean score.

        Args:
            c: (n_names,) weights.
            level: of the interval.
        """
        of_images = float(c @ self.image_covariance @ c)
        # Where all networks agree on all images, the spread is unknown and not 0: as if each had decided one more
        # image the other way.
        of_images = max(of_images, float(c @ c) / self.n_groups**2)
        factors = c**2 * (1 / self.n_trainings + shared_part(self.n_folds))
        variance = of_images + float(factors @ self.tau2)
        # Satterthwaite's: tau2 is as uncertain as the block variance that it is a part of.
        of_blocks = (factors * self.block_variance) ** 2 / self.block_degrees
        spread = of_images**2 / self.image_degrees + float(of_blocks.sum())
        degrees = max(self.n_folds - 1.0, variance**2 / spread)
        value, se = float(c @ self.means), float(np.sqrt(variance))
        half = float(stats.t.ppf(0.5 + level / 2, degrees)) * se
        p = float(2 * stats.t.sf(abs(value) / se, degrees))
        return ContrastEstimate(value, se, degrees, value - half, value + half, p)

    def covariance(self) -> Floats:
        """The covariance of ``means``, (n_names, n_names); it gives no contrast less variance than ``contrast``."""
        of_trainings = self.tau2 * (1 / self.n_trainings + shared_part(self.n_folds))
        return _at_least(self.image_covariance, self.n_groups) + np.diag(of_trainings)

    def draw_means(self, m: int, generator: np.random.Generator) -> Floats:
        """Draw true means given the study, with a flat prior: (m, n_names).

        The part of images is a multivariate t around ``means``. That of trainings is normal, with a ``tau2`` that is
        drawn as well: it is as uncertain as the block variance that it is a part of.
        """
        n_names = len(self.means)
        part = generator.multivariate_normal(np.zeros(n_names), _at_least(self.image_covariance, self.n_groups), m)
        part /= np.sqrt(generator.chisquare(self.image_degrees, (m, 1)) / self.image_degrees)
        stretched = generator.chisquare(self.block_degrees, (m, n_names)) / self.block_degrees
        tau2 = np.maximum(0.0, self.tau2 + self.block_variance * (stretched - 1))
        of_trainings = np.sqrt(tau2 * (1 / self.n_trainings + shared_part(self.n_folds)))
        return np.asarray(self.means + part + of_trainings * generator.standard_normal((m, n_names)))


def _at_least(image_covariance: Floats, n_groups: int) -> Floats:
    """A covariance that gives no contrast less variance than one more image would: see ``TwoLevel.contrast``."""
    variances, directions = np.linalg.eigh(image_covariance)
    return np.asarray((directions * np.maximum(variances, 1 / n_groups**2)) @ directions.T)


def shared_part(n_folds: int) -> float:
    """The variance of a mean over folds that they share through their training images, in units of ``tau2``.

    ``tau2`` is seen between folds of one seed, any two of which share (k - 2) / (k - 1) of their training images. It is
    never less than the 1 / (k - 1) of Nadeau and Bengio (2003, Machine Learning 52).
    """
    k, share = n_folds, TRAINING_SET_SHARE
    return max(1 / (k - 1), share * (k - 1) / k / (1 - share + share / (k - 1)))


def two_level(data: ImageScores, families: Sequence[Mapping[Name, float]] | None = None) -> TwoLevel:
    """Estimate both levels of variance of every network and control.

    The variance of images is that of scores averaged over seeds, summed within groups, given the images per class. The
    variance of trainings is what scores of folds vary within a seed, beyond the sampling of the fold's images. It is
    moderated over the sizes of a family as limma moderates variances over genes (Smyth 2004, Statistical Applications
    in Genetics and Molecular Biology 3). A block (seed, fold) that is missing for some networks is used for the others.

    Args:
        data: the scores. Images without a score count where another seed scored them, and else not.
        families: the parameter counts of networks that differ in size only, by name; one mapping per family. A network
            or control in none of them is judged by its own trainings. None: all are one family, by ascending size.

    Raises:
        InsufficientError: no network, one without two scored folds of one seed, or a fold without two groups.
    """
    n_names, n_seeds, n_images = data.scores.shape
    require(n_names > 0, "a contrast needs one network or more; there is none")
    classes = np.zeros(n_images, np.int64) if data.classes is None else data.classes
    scored = ~np.isnan(data.scores)
    n_scored = scored.any(axis=1).sum(axis=1)
    require(bool((n_scored > 0).all()), "a contrast needs scores of every network; one has none")

    averaged = np.nansum(data.scores, axis=1) / np.maximum(scored.sum(axis=1), 1)
    of_class = np.eye(int(classes.max()) + 1)[classes]
    present = scored.any(axis=1).astype(float)
    class_means = (averaged @ of_class) / np.maximum(present @ of_class, 1)
    centred = data.scores - class_means[:, classes][:, np.newaxis]
    group_numbers = np.unique(data.groups, return_inverse=True)[1]
    n_groups = int(group_numbers.max()) + 1
    image_degrees = n_groups - len(np.unique(classes))
    require(image_degrees > 0, f"a contrast needs more groups of images than classes; {there_are(n_groups)}")
    influence = (averaged - class_means[:, classes]) * present / n_scored[:, np.newaxis]
    by_group = np.array([np.bincount(group_numbers, row, n_groups) for row in influence])

    blocks = [_fold_variances(centred[:, seed], data.folds[seed], group_numbers) for seed in range(n_seeds)]
    n_trainings = np.sum([counts for counts, _, _ in blocks], axis=0)
    block_degrees = np.sum([np.maximum(counts - 1, 0) for counts, _, _ in blocks], axis=0).astype(float)
    require(bool((block_degrees > 0).all()), "two levels of variance need two folds of one seed, of every network")
    block_variance = np.sum([between for _, between, _ in blocks], axis=0) / block_degrees
    sampling_variance = np.sum([within for _, _, within in blocks], axis=0) / n_trainings

    if families is None:
        families = [dict(zip(data.names, range(n_names), strict=True))]
    place = {name: index for index, name in enumerate(data.names)}
    for family in families:
        own = np.array([place[name] for name in family])
        block_variance[own], block_degrees[own] = _moderated(
            block_variance[own], sampling_variance[own], block_degrees[own], np.array(list(family.values()), float)
        )
    return TwoLevel(
        means=(averaged * present).sum(axis=1) / n_scored,
        image_covariance=by_group @ by_group.T * n_groups / image_degrees,
        tau2=np.maximum(0.0, block_variance - sampling_variance),
        block_variance=block_variance,
        block_degrees=block_degrees,
        n_trainings=n_trainings,
        n_groups=n_groups,
        image_degrees=image_degrees,
        n_folds=data.n_folds,
    )


def _fold_variances(
    scores: Floats, folds: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Of one seed, per network: scored folds, sum of squares between them, and sum of the sampling variances of each.

    Args:
        scores: (n_names, n_images), with NaN in folds without a score.
        folds: (n_images,).
        groups: (n_images,).
    """
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
    squares = np.add.reduceat(by_group**2, group_starts, axis=1)
    sampling = squares / sizes**2 * n_groups / (n_groups - 1)
    there = ~np.isnan(means)
    counts = there.sum(axis=1)
    grand = np.nansum(means, axis=1) / np.maximum(counts, 1)
    between = np.nansum((means - grand[:, np.newaxis]) ** 2, axis=1)
    return counts, between, np.nansum(sampling, axis=1)


def _moderated(
    block_variance: Floats, sampling_variance: Floats, degrees: Floats, n_params: Floats
) -> tuple[Floats, Floats]:
    """Block variances of one family, drawn towards what its sizes share, with their degrees of freedom.

    What they share is the ratio of the block variance to the sampling variance: at least 1, and not rising with size,
    since luck matters most to small networks. Roots are averaged, so that one unlucky size moves it less.
    """
    known = sampling_variance > 0
    prior = min(PRIOR_DEGREES, float(degrees.min()) * max(0, len(n_params) - 2))
    if prior == 0 or not known.any():
        return block_variance, degrees
    at = np.unique(n_params[known], return_inverse=True)[1]
    weights = np.bincount(at, degrees[known])
    roots = np.bincount(at, degrees[known] * np.sqrt(block_variance[known] / sampling_variance[known])) / weights
    falling = isotonic_regression(roots, weights=weights, increasing=False).x ** 2
    ratio = np.ones(len(n_params))
    ratio[known] = np.maximum(falling, 1.0)[at]
    return (prior * ratio * sampling_variance + degrees * block_variance) / (prior + degrees), prior + degrees


def slope_contrast(n_params: Floats) -> Floats:
    """The weights of the least-squares slope per decade of parameters: (n_names,).

    Raises:
        InsufficientError: fewer than two distinct sizes.
    """
    decades = np.log10(n_params)
    require(bool(np.ptp(decades) > 0), "a slope needs 2 distinct sizes or more; there is 1")
    centred = decades - decades.mean()
    return np.asarray(centred / (centred @ centred))
