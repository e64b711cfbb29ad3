"""The two-level estimator: contrasts between networks with the variance of images and the variance of trainings.

A mean over held-out images varies for two reasons: other images would have been drawn, and another training would have
given another network. All networks predict the same images, so the first part has a covariance between networks. For a
contrast c

    V = c' S c / n  +  sum over networks of c_s^2 tau_s^2 / J_s  +  h (c tau)' R (c tau)

with n images and J_s trainings of network s in k folds. tau_s^2 is what one training adds to the score of a fold. The
last term is the part of it that training images decide: folds share them, so more trainings do not reduce it. It is the
correction of Nadeau and Bengio (2003, Machine Learning 52), applied to the part of the variance that trainings add.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from bench.analyse.estimates.image_scores import ImageScores, Name
from bench.analyse.estimates.insufficient import require, there_are
from bench.analyse.estimates.training_variance import (
    TRAINING_SET_CORRELATION,
    correlation_within,
    excess,
    fold_variances,
    moderate,
    shared_part,
)

LEVEL = 0.95

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
        tau_degrees: (n_names,) degrees of freedom of ``tau2``.
        training_correlation: (n_names, n_names) R, the correlation of what training images decide.
        n_trainings: (n_names,) J.
        image_degrees: degrees of freedom of ``image_covariance``.
        least_se: the standard error of a mean where all images agree, so that their spread is unknown and not 0. It is
            1 / n, as if one more image had been decided the other way; with G groups, 1 / sqrt(n G).
        n_folds: k.
    """

    means: Floats
    image_covariance: Floats
    tau2: Floats
    tau_degrees: Floats
    training_correlation: Floats
    n_trainings: NDArray[np.int64]
    image_degrees: int
    least_se: float
    n_folds: int

    def contrast(self, c: Floats, level: float = LEVEL) -> ContrastEstimate:
        """Estimate the sum over networks of ``c`` times the mean score.

        Args:
            c: (n_names,) weights.
            level: of the interval.
        """
        of_images = max(float(c @ self.image_covariance @ c), float(c @ c) * self.least_se**2)
        each = c**2 * self.tau2
        shared, of_sets = shared_part(self.n_folds), c * np.sqrt(self.tau2)
        of_trainings = float(np.sum(each / self.n_trainings)) + shared * float(
            of_sets @ self.training_correlation @ of_sets
        )
        variance = of_images + of_trainings
        spread = of_images**2 / self.image_degrees
        spread += float(np.sum((each * (1 / self.n_trainings + shared)) ** 2 / self.tau_degrees))
        degrees = max(self.n_folds - 1.0, variance**2 / spread)  # Satterthwaite's
        value, se = float(c @ self.means), float(np.sqrt(variance))
        half = float(stdtrit(degrees, 0.5 + level / 2)) * se
        p = float(2 * stdtr(degrees, -abs(value) / se))
        return ContrastEstimate(value, se, degrees, value - half, value + half, p)

    def differences(self, at: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
        """Intervals of the differences of all pairs of weighted means, as ``contrast`` gives them one by one.

        Args:
            at: (n, n_names) weights.
            level: of the intervals.

        Returns:
            (n, n) lower and upper bounds of row ``i`` minus row ``j``; 0 on the diagonal.
        """

        def squared(form: Floats) -> Floats:
            own = np.diag(form)
            return np.asarray(np.maximum(own[:, None] + own[None, :] - 2 * form, 0.0))

        shared = shared_part(self.n_folds)
        of_images = np.maximum(squared(at @ self.image_covariance @ at.T), squared(at @ at.T) * self.least_se**2)
        variance = of_images + squared(at @ self._of_trainings() @ at.T)
        weights = (self.tau2 * (1 / self.n_trainings + shared)) ** 2 / self.tau_degrees
        fourth, cubed, both = at**4 @ weights, (at**3 * weights) @ at.T, (at**2 * weights) @ (at**2).T
        quartic = fourth[:, None] + fourth[None, :] - 4 * (cubed + cubed.T) + 6 * both
        spread = of_images**2 / self.image_degrees + np.maximum(quartic, 0.0)
        np.fill_diagonal(spread, 1.0)
        degrees = np.maximum(self.n_folds - 1.0, variance**2 / spread)
        half = stdtrit(degrees, 0.5 + level / 2) * np.sqrt(variance)
        np.fill_diagonal(half, 0.0)
        value = np.subtract.outer(at @ self.means, at @ self.means)
        return value - half, value + half

    def covariance(self) -> Floats:
        """The covariance of ``means``, (n_names, n_names); it gives no contrast less variance than ``contrast``."""
        return self._of_images() + self._of_trainings()

    def draw_means(self, m: int, generator: np.random.Generator) -> Floats:
        """Draw true means given the study, with a flat prior: (m, n_names).

        The part of images is a multivariate t around ``means``; the part of trainings is a t for each network.
        """
        n_names = len(self.means)
        of_images = generator.multivariate_normal(np.zeros(n_names), self._of_images(), m)
        of_images /= np.sqrt(generator.chisquare(self.image_degrees, (m, 1)) / self.image_degrees)
        of_trainings = generator.multivariate_normal(np.zeros(n_names), self._of_trainings(), m)
        of_trainings /= np.sqrt(generator.chisquare(self.tau_degrees, (m, n_names)) / self.tau_degrees)
        return np.asarray(self.means + of_images + of_trainings)

    def _of_images(self) -> Floats:
        """``image_covariance`` with at least the variance that ``contrast`` supposes."""
        variances, directions = np.linalg.eigh(self.image_covariance)
        return np.asarray((directions * np.maximum(variances, self.least_se**2)) @ directions.T)

    def _of_trainings(self) -> Floats:
        tau = np.sqrt(self.tau2)
        shared = shared_part(self.n_folds) * self.training_correlation * np.outer(tau, tau)
        return np.asarray(np.diag(self.tau2 / self.n_trainings) + shared)

    def proportion(self, place: int, level: float = LEVEL) -> ContrastEstimate:
        """Estimate the mean of one network's score between 0 and 1, such as its accuracy.

        The interval is Wilson's, with the number of independent images that would have the same standard error, and so
        it stays between 0 and 1.

        Args:
            place: of the network among ``means``.
            level: of the interval.
        """
        one = np.zeros(len(self.means))
        one[place] = 1.0
        plain = self.contrast(one, level)
        mean = plain.value
        n = max(mean * (1 - mean), self.least_se * (1 - self.least_se)) / plain.se**2
        z2 = float(stdtrit(plain.degrees, 0.5 + level / 2)) ** 2
        centre = (mean + z2 / (2 * n)) / (1 + z2 / n)
        half = float(np.sqrt(z2 * (mean * (1 - mean) / n + z2 / (4 * n**2)))) / (1 + z2 / n)
        return replace(plain, low=max(0.0, centre - half), high=min(1.0, centre + half))


def two_level(data: ImageScores, families: Sequence[Mapping[Name, float]] | None = None) -> TwoLevel:
    """Estimate both levels of variance of every network and control.

    The variance of images is that of scores averaged over seeds, summed within groups, given the images per class. The
    variance of trainings is what scores of folds vary within a seed, beyond the sampling of the fold's images. It is
    moderated over the sizes of a family as limma moderates variances over genes (Smyth 2004, Statistical Applications
    in Genetics and Molecular Biology 3). A block (seed, fold) that is missing for some networks is used for the others.

    Args:
        data: the scores. Images without a score count where another seed scored them, and else not.
        families: the parameter counts of networks that differ in size only, by name; one mapping per family. A network
            or control in none of them is judged by its own trainings. None: all are one family, each of three times
            the parameters of the one before.

    Raises:
        InsufficientError: no network, one without two scored folds of one seed, or a fold without two groups.
    """
    n_names, _, n_images = data.scores.shape
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

    of_folds = fold_variances(centred, data.folds, group_numbers)
    between, degrees = of_folds.between.copy(), of_folds.degrees.copy()
    place = {name: index for index, name in enumerate(data.names)}
    if families is None:
        families = [{name: 3.0**index for name, index in place.items()}]
    correlation = np.eye(n_names)
    networks = np.array([place[name] for family in families for name in family], np.int64)
    correlation[np.ix_(networks, networks)] = TRAINING_SET_CORRELATION
    for family in families:
        own, n_params = np.array([place[name] for name in family], np.int64), np.array(list(family.values()), float)
        correlation[np.ix_(own, own)] = correlation_within(n_params)
        between[own], degrees[own] = moderate(
            of_folds.between[own], of_folds.sampling[own], of_folds.degrees[own], n_params
        )
    np.fill_diagonal(correlation, 1.0)
    return TwoLevel(
        means=(averaged * present).sum(axis=1) / n_scored,
        image_covariance=by_group @ by_group.T * n_groups / image_degrees,
        tau2=excess(between, of_folds.sampling, degrees),
        tau_degrees=degrees,
        training_correlation=correlation,
        n_trainings=of_folds.n_trainings,
        image_degrees=image_degrees,
        least_se=float(1 / np.sqrt(n_images * n_groups)),
        n_folds=data.n_folds,
    )


def slope_contrast(n_params: Floats) -> Floats:
    """The weights of the least-squares slope per decade of parameters: (n_names,).

    Raises:
        InsufficientError: fewer than two distinct sizes.
    """
    decades = np.log10(n_params)
    require(bool(np.ptp(decades) > 0), "a slope needs 2 distinct sizes or more; there is 1")
    centred = decades - decades.mean()
    return np.asarray(centred / (centred @ centred))
