"""Laws fitted to the means of a study: parameters with intervals, choice of a law, error of extrapolation.

Where no law is supported, a guide line without a name takes its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import isotonic_regression

from bench.analyse.estimates.insufficient import InsufficientError, NotComputed, attempt, require, there_are
from bench.analyse.estimates.intervals import LEVEL, Interval
from bench.analyse.sizes.scaling_laws import CONSTANT, LAWS, Law, fit_law, whitening

Floats = NDArray[np.float64]

LEAST_SIZES = 7
"""The fewest distinct sizes that carry a law: with fewer, a law that levels off is taken for a constant one."""
LEAST_FIT = 0.05
"""A law is not supported if means that follow it would miss it as far as the measured ones more rarely than this."""
MOST_CONSTANT = 0.05
"""A law is not supported if a constant has more than this Akaike weight. A constant itself is never supported: studies
whose error falls by a fifth often have means that a constant fits as well."""
N_RESAMPLES = 400
_LEAST_RELATIVE = 1e-3
"""Of step times: the resolution of a clock on a machine that does other things too."""


@dataclass(frozen=True)
class SizeMeans:
    """The means of a quantity by size, and what is known of their error.

    Attributes:
        sizes: (n,) ascending; equal ones are allowed.
        means: (n,).
        covariance: (n, n) of the means, or why it is not known.
    """

    sizes: Floats
    means: Floats
    covariance: Floats | NotComputed


@dataclass(frozen=True)
class LawFit:
    """One fitted law.

    Attributes:
        name: of the law.
        formula: as a reader writes it.
        parameters: the formula's, with intervals that assume the law.
        theta: as ``fit_law`` gives it.
        chi_squared: of the whitened residuals.
        fit_p: how often means that follow the law miss it by as much or more.
        aicc: Akaike's criterion for a known variance, chi_squared + 2 p. It needs no correction for few sizes: that
            correction is for a variance estimated from the residuals.
        weight: Akaike's weight.
        extrapolation_error: predicted / measured - 1 at the largest size, by a fit without that size; None if nothing
            was measured but 0.
    """

    name: str
    formula: str
    parameters: Mapping[str, Interval]
    theta: Floats
    chi_squared: float
    fit_p: float
    aicc: float
    weight: float
    extrapolation_error: float | None


@dataclass(frozen=True)
class ScalingFit:
    """All laws that can be fitted to a quantity, best first, and why others are missing."""

    sizes: Floats
    means: Floats
    laws: Sequence[LawFit]
    not_fitted: Mapping[str, str]

    @property
    def best(self) -> LawFit:
        """The law with the smallest criterion."""
        return self.laws[0]

    def curve(self, sizes: Floats) -> Floats:
        """The best law's values at other sizes."""
        law = next(law for law in LAWS if law.name == self.best.name)
        return np.asarray(law.curve(self.best.theta[np.newaxis], np.log(sizes) - np.log(self.sizes).mean())[0])


@dataclass(frozen=True)
class GuideLine:
    """A line that leads the eye and claims no law: the monotone line nearest to the means.

    Attributes:
        sizes: (n,) distinct, ascending.
        values: (n,) the line at these sizes.
        reason: why there is no law.
    """

    sizes: Floats
    values: Floats
    reason: str

    def curve(self, sizes: Floats) -> Floats:
        """The line at other sizes, straight between two sizes on a logarithmic axis."""
        return np.asarray(np.interp(np.log(sizes), np.log(self.sizes), self.values))


def law_or_guide(
    of: SizeMeans, generator: np.random.Generator, n_resamples: int = N_RESAMPLES
) -> ScalingFit | GuideLine:
    """The laws of a quantity, or a guide line if none is supported.

    Raises:
        InsufficientError: fewer than two distinct sizes.
    """
    fit = attempt(lambda: fit_scaling(of, generator, n_resamples))
    return guide_line(of, fit.reason) if isinstance(fit, NotComputed) else fit


def fit_scaling(of: SizeMeans, generator: np.random.Generator, n_resamples: int = N_RESAMPLES) -> ScalingFit:
    """Fit every law to the means of a quantity by generalised least squares, and choose one.

    The covariance of the means is known from their replicates, so chi squared is -2 ln likelihood plus a constant, and
    Akaike's criterion is chi squared + 2 p (Burnham and Anderson 2002, section 2.2; weights: section 2.9). A law needs
    three more distinct sizes than it has parameters. Intervals of parameters are percentiles over data sets that are
    drawn around the fitted law with that covariance; they assume the law.

    Raises:
        InsufficientError: fewer than seven distinct sizes, no covariance, or no law is supported.
    """
    sizes, means, covariance = of.sizes, of.means, of.covariance
    n_sizes = len(np.unique(sizes))
    require(n_sizes >= LEAST_SIZES, f"a law needs {LEAST_SIZES} sizes or more; {there_are(n_sizes)}")
    if isinstance(covariance, NotComputed):
        raise InsufficientError(covariance.reason)
    middle = float(np.log(sizes).mean())
    t, whiten = np.log(sizes) - middle, whitening(covariance)
    fits, missing = [], {}
    for law in LAWS:
        if n_sizes < law.n_parameters + 3:
            missing[law.name] = f"needs {law.n_parameters + 3} sizes or more; {there_are(n_sizes)}"
            continue
        theta, chi_squared = fit_law(law, t, means[np.newaxis], whiten)
        fits.append((law, theta, float(chi_squared[0])))
    criterion = np.array([chi_squared + 2 * law.n_parameters for law, _, chi_squared in fits])
    weights = np.exp(-(criterion - criterion.min()) / 2)
    laws = [
        LawFit(
            law.name,
            law.formula,
            parameter_intervals(law, theta, t, middle, covariance, generator, n_resamples),
            theta[0],
            chi_squared,
            float(stats.chi2.sf(chi_squared, len(sizes) - law.n_parameters)),
            float(criterion[place]),
            float(weights[place] / weights.sum()),
            _extrapolation_error(law, sizes, means, covariance),
        )
        for place, (law, theta, chi_squared) in enumerate(fits)
    ]
    fit = ScalingFit(sizes, means, [laws[place] for place in np.argsort(criterion, kind="stable")], missing)
    constant = next(law.weight for law in laws if law.name == CONSTANT.name)
    require(
        constant <= MOST_CONSTANT,
        f"no law is told apart from a constant, whose Akaike weight is {constant:.2f}",
    )
    require(
        fit.best.fit_p >= LEAST_FIT,
        f"no law fits within the error of the means (the nearest, {fit.best.name}: p {fit.best.fit_p:.2g})",
    )
    return fit


def guide_line(of: SizeMeans, reason: str) -> GuideLine:
    """The monotone line nearest to the means: isotonic regression, rising or falling, whichever is nearer.

    Means are weighted by their variances where these are known (Robertson, Wright and Dykstra 1988, Order Restricted
    Statistical Inference).

    Raises:
        InsufficientError: fewer than two distinct sizes.
    """
    sizes, place = np.unique(of.sizes, return_inverse=True)
    require(len(sizes) >= 2, f"a line along sizes needs 2 sizes or more; {there_are(len(sizes))}")
    variances = np.ones(len(of.means)) if isinstance(of.covariance, NotComputed) else np.diag(of.covariance)
    weights = 1 / variances
    total = np.bincount(place, weights)
    means = np.bincount(place, weights * of.means) / total
    rising, falling = (isotonic_regression(means, weights=total, increasing=up).x for up in (True, False))
    missed = [np.sum(total * (line - means) ** 2) for line in (rising, falling)]
    return GuideLine(sizes, rising if missed[0] <= missed[1] else falling, reason)


def round_means(sizes: Floats, rounds: Floats) -> SizeMeans:
    """The geometric means of step times over timing rounds.

    A round slows all networks down alike, and each a little by itself. On a log scale these are the two variances of a
    two-way layout: the first is common to all means, the second is each mean's own.

    Args:
        sizes: (n,) ascending.
        rounds: (n_rounds, n) above 0.
    """
    n_rounds, n = rounds.shape
    logs = np.log(rounds)
    means = np.exp(logs.mean(axis=0))
    if n_rounds < 2:
        return SizeMeans(sizes, means, NotComputed(f"a law needs 2 timing rounds or more; {there_are(n_rounds)}"))
    own = logs - logs.mean(axis=0) - logs.mean(axis=1, keepdims=True) + logs.mean()
    of_own = max(float(np.sum(own**2) / ((n_rounds - 1) * max(1, n - 1))), _LEAST_RELATIVE**2)
    of_round = max(0.0, float(np.var(logs.mean(axis=1), ddof=1)) - of_own / n)
    relative = (of_own * np.eye(n) + of_round) / n_rounds
    return SizeMeans(sizes, means, relative * np.outer(means, means))


def parameter_intervals(
    law: Law,
    theta: Floats,
    t: Floats,
    middle: float,
    covariance: Floats,
    generator: np.random.Generator,
    n_resamples: int,
) -> dict[str, Interval]:
    """The formula's parameters with percentile intervals of a parametric bootstrap.

    Args:
        law: that was fitted.
        theta: (1, p) as ``fit_law`` gives it.
        t: (n,) centred ln sizes.
        middle: the mean of ln size.
        covariance: (n, n) of the means.
        generator: draws data sets around the fitted law.
        n_resamples: how many.
    """
    noise = generator.multivariate_normal(np.zeros(len(t)), covariance, n_resamples, method="cholesky")
    drawn, _ = fit_law(law, t, law.curve(theta, t) + noise, whitening(covariance), warm=theta[:, law.n_outer :])
    tails = [50 * (1 - LEVEL), 100 - 50 * (1 - LEVEL)]
    spread = {name: np.percentile(each, tails) for name, each in law.estimates(drawn, middle).items()}
    found = law.estimates(theta, middle)
    return {name: Interval(float(value[0]), *map(float, spread[name])) for name, value in found.items()}


def _extrapolation_error(law: Law, sizes: Floats, means: Floats, covariance: Floats) -> float | None:
    kept = sizes < sizes.max()
    if not means[~kept].all():
        return None
    middle = np.log(sizes[kept]).mean()
    whiten = whitening(covariance[np.ix_(kept, kept)])
    theta, _ = fit_law(law, np.log(sizes[kept]) - middle, means[np.newaxis, kept], whiten)
    predicted = law.curve(theta, np.log(sizes[~kept]) - middle)[0]
    return float(np.mean(predicted / means[~kept] - 1))
