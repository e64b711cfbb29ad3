"""Scaling laws fitted to a study: parameters with intervals, choice of a law by AICc, error of extrapolation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.analyse.estimates.blocks import LEAST_BLOCKS, resampled_means
from bench.analyse.estimates.insufficient import require, there_are
from bench.analyse.estimates.intervals import LEVEL, Interval
from bench.analyse.sizes.scaling_laws import LAWS, Array, Law, fit_law

N_RESAMPLES = 400
UNKNOWN_NOISE = 0.05
_LEAST_NOISE = 1e-3
_LEAST_SQUARES = 1e-10


@dataclass(frozen=True)
class LawFit:
    """One fitted law. ``parameters`` are the formula's; their intervals are None if there are too few blocks.

    ``extrapolation_error``: predicted / measured - 1 at the largest size, by a fit without that size; None if too few
    sizes are left. ``weight`` is Akaike's.
    """

    name: str
    formula: str
    parameters: Mapping[str, Interval | float]
    theta: NDArray[np.float64]
    aicc: float
    weight: float
    extrapolation_error: float | None


@dataclass(frozen=True)
class ScalingFit:
    """All laws that can be fitted to a quantity, best first, and why others are missing.

    ``centre`` is the mean of ln size; ``curve`` needs it.
    """

    sizes: NDArray[np.float64]
    means: NDArray[np.float64]
    laws: Sequence[LawFit]
    not_fitted: Mapping[str, str]
    n_blocks: int
    why_no_intervals: str | None

    @property
    def best(self) -> LawFit:
        """The law with the smallest AICc."""
        return self.laws[0]

    def curve(self, fit: LawFit, sizes: NDArray[np.float64]) -> NDArray[np.float64]:
        """A law's values at other sizes."""
        law = next(law for law in LAWS if law.name == fit.name)
        return np.asarray(np.exp(law.log_curve(fit.theta[np.newaxis], np.log(sizes) - np.log(self.sizes).mean())[0]))


def fit_scaling(
    sizes: NDArray[np.float64],
    blocks: NDArray[np.float64],
    ratio: float,
    least: float,
    generator: np.random.Generator,
    n_resamples: int = N_RESAMPLES,
) -> ScalingFit:
    """Fit every law to the means of a quantity by size.

    Residuals are of logarithms, under Huber's loss (as in approach 3 of Hoffmann et al. 2022). A law is chosen by
    AICc = n ln(2 rho / n) + 2 k + 2 k (k + 1) / (n - k - 1), where n is the number of sizes and k counts the law's
    parameters and the noise (Burnham and Anderson 2002, section 2.4; rho replaces half the sum of squares, as in
    Ronchetti 1985). A law therefore needs k + 2 sizes. Weights are Akaike's (section 2.9 there). Intervals of
    parameters are percentiles over ``blocks.resampled_means``. They assume that the law is true.

    Args:
        sizes: (n,) ascending; equal ones are allowed.
        blocks: (n_blocks, n) the quantity, one row per (seed, fold) in which all sizes are done; not negative.
        ratio: n_test / n_train; 0 for independent blocks.
        least: replaces a mean of 0, which has no logarithm; for an error, half of one image's share.
        generator: draws blocks.
        n_resamples: number of bootstrap samples.

    Raises:
        InsufficientError: fewer than four distinct sizes, or no block.
    """
    n_blocks = len(blocks)
    n_sizes = len(np.unique(sizes))
    require(n_sizes >= 4, f"a scaling law needs 4 sizes or more; {there_are(n_sizes)}")
    require(n_blocks >= 1, f"a scaling law needs a trial of every size in one seed and fold; {there_are(0)}")
    means = np.maximum(blocks.mean(axis=0), least)
    t = np.log(sizes) - np.log(sizes).mean()
    noise = _noise(blocks, means)
    drawn, why = None, None
    if n_blocks >= LEAST_BLOCKS:
        raw = resampled_means(np.maximum(blocks, 0.0), ratio, n_resamples, LEVEL, generator)
        # Stretched as logarithms, so that no mean is stretched below 0.
        drawn = np.log(means) + (raw - blocks.mean(axis=0)) / means
    else:
        why = f"intervals need {LEAST_BLOCKS} blocks (seed, fold) or more; {there_are(n_blocks)}"
    fits, missing = [], {}
    for law in LAWS:
        if n_sizes < law.n_parameters + 3:
            missing[law.name] = f"needs {law.n_parameters + 3} sizes or more; {there_are(n_sizes)}"
            continue
        fits.append((law, *_fit_one(law, t, means, noise, drawn)))
    aicc = np.array([_aicc(cost, len(sizes), law.n_parameters + 1) for law, _, cost, _ in fits])
    weights = np.exp(-(aicc - aicc.min()) / 2)
    middle = float(np.log(sizes).mean())
    laws = [
        LawFit(
            law.name,
            law.formula,
            _estimates(law, theta, resampled, middle),
            theta,
            float(aicc[place]),
            float(weights[place] / weights.sum()),
            _extrapolation_error(law, sizes, means, noise),
        )
        for place, (law, theta, _, resampled) in enumerate(fits)
    ]
    order = np.argsort(aicc, kind="stable")
    return ScalingFit(sizes, means, [laws[place] for place in order], missing, n_blocks, why)


def _noise(blocks: Array, means: Array) -> float:
    if len(blocks) < 2:
        return UNKNOWN_NOISE
    errors = blocks.std(axis=0, ddof=1) / np.sqrt(len(blocks)) / means
    return max(_LEAST_NOISE, float(np.median(errors)))


def _fit_one(law: Law, t: Array, means: Array, noise: float, drawn: Array | None) -> tuple[Array, float, Array | None]:
    theta, cost = fit_law(law, t, np.log(means)[np.newaxis], noise)
    resampled = None if drawn is None else fit_law(law, t, drawn, noise, warm=theta)[0]
    return theta[0], float(cost[0]), resampled


def _aicc(cost: float, n: int, k: int) -> float:
    return n * float(np.log(max(2 * cost / n, _LEAST_SQUARES))) + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def _estimates(law: Law, theta: Array, resampled: Array | None, middle: float) -> dict[str, Interval | float]:
    values = {name: float(each[0]) for name, each in law.readable(theta[np.newaxis], middle).items()}
    if resampled is None:
        return dict(values)
    tails = [50 * (1 - LEVEL), 100 - 50 * (1 - LEVEL)]
    spread = {name: np.percentile(each, tails) for name, each in law.readable(resampled, middle).items()}
    return {name: Interval(value, *map(float, spread[name])) for name, value in values.items()}


def _extrapolation_error(law: Law, sizes: Array, means: Array, noise: float) -> float | None:
    kept = sizes < sizes.max()
    if len(np.unique(sizes[kept])) < law.n_parameters + 1:
        return None
    middle = np.log(sizes[kept]).mean()
    theta, _ = fit_law(law, np.log(sizes[kept]) - middle, np.log(means[kept])[np.newaxis], noise)
    predicted = np.exp(law.log_curve(theta, np.log(sizes[~kept]) - middle)[0])
    return float(np.mean(predicted / means[~kept] - 1))
