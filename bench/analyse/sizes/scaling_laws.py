"""Scaling laws of a positive quantity against size, and their robust fit in log space for many data sets at once.

Every law gives ln(quantity) as a function of t = ln(size) minus its mean over the sizes. scipy's least squares takes
milliseconds per fit, and intervals need hundreds of fits from several starts. A Levenberg-Marquardt on arrays therefore
fits all of them together. Tests compare it with scipy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HUBER_EFFICIENT = 1.345
"""Residuals beyond this multiple of the noise scale count linearly: 95 % efficient for normal noise (Huber 1981)."""
_STEP = 1e-6
_MAX_ITERATIONS = 200
_SLOPES = (-2.0, -1.0, -0.5, -0.2, 0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Law:
    """A law with p parameters.

    ``log_curve``: (m, p) parameters and (n,) places t to (m, n). ``starts``: t and (n,) ln y to (k, p). ``bounds``:
    t and (n,) ln y to the (p,) least and greatest parameters. ``readable``: (m, p) parameters and the mean of ln size
    to the formula's own, (m,) each.
    """

    name: str
    formula: str
    n_parameters: int
    log_curve: Callable[[Array, Array], Array]
    starts: Callable[[Array, Array], Array]
    bounds: Callable[[Array, Array], tuple[Array, Array]]
    readable: Callable[[Array, float], Mapping[str, Array]]


def fit_law(law: Law, t: Array, log_y: Array, noise: float, warm: Array | None = None) -> tuple[Array, Array]:
    """Minimise Huber's loss of the residuals of ln y, for many data sets at once.

    Args:
        law: the curve.
        t: (n,) centred ln sizes.
        log_y: (m, n), one data set per row.
        noise: the scale of residuals; Huber's loss turns linear at 1.345 of it.
        warm: (k, p) starts for every data set; the law's own where None.

    Returns:
        (m, p) parameters and (m,) the sums of Huber's rho(r), which is r^2 / 2 for small r.
    """
    m = len(log_y)
    starts = law.starts(t, log_y.mean(axis=0)) if warm is None else warm
    low, high = law.bounds(t, log_y.mean(axis=0))
    k = len(starts)
    data = np.repeat(log_y, k, axis=0)
    theta = np.clip(np.tile(starts, (m, 1)), low, high)
    delta = HUBER_EFFICIENT * noise
    theta, cost = _levenberg_marquardt(law, t, data, theta, delta, low, high)
    best = np.argmin(cost.reshape(m, k), axis=1) + k * np.arange(m)
    return theta[best], cost[best]


def _levenberg_marquardt(
    law: Law, t: Array, data: Array, theta: Array, delta: float, low: Array, high: Array
) -> tuple[Array, Array]:
    p = law.n_parameters
    damping = np.full(len(theta), 1e-2)
    residual = law.log_curve(theta, t) - data
    cost = _huber(residual, delta)
    moving = np.arange(len(theta))
    for _ in range(_MAX_ITERATIONS):
        now, r = theta[moving], residual[moving]
        jacobian = np.empty((*r.shape, p))
        for each in range(p):
            moved = now.copy()
            moved[:, each] += _STEP
            jacobian[..., each] = (law.log_curve(moved, t) - data[moving] - r) / _STEP
        weight = np.minimum(1.0, delta / np.maximum(np.abs(r), 1e-300))
        normal = np.einsum("mni,mn,mnj->mij", jacobian, weight, jacobian)
        gradient = np.einsum("mni,mn->mi", jacobian, weight * r)
        diagonal = np.maximum(np.einsum("mii->mi", normal), 1e-9)
        normal[:, range(p), range(p)] += damping[moving, np.newaxis] * diagonal
        step = np.linalg.solve(normal, -gradient[..., np.newaxis])[..., 0]
        tried = np.clip(now + np.clip(step, -2.0, 2.0), low, high)
        tried_residual = law.log_curve(tried, t) - data[moving]
        tried_cost = _huber(tried_residual, delta)
        better = tried_cost < cost[moving]
        gain = np.where(better, cost[moving] - tried_cost, 0.0)
        settled = (better & (gain < 1e-10 * (cost[moving] + 1e-14))) | (~better & (damping[moving] > 1e7))
        kept = moving[better]
        theta[kept], residual[kept], cost[kept] = tried[better], tried_residual[better], tried_cost[better]
        damping[moving] = np.where(better, damping[moving] / 5, damping[moving] * 4).clip(1e-12, 1e9)
        moving = moving[~settled]
        if not len(moving):
            break
    return theta, cost


def _huber(residual: Array, delta: float) -> Array:
    size = np.abs(residual)
    return np.asarray(np.where(size <= delta, size**2 / 2, delta * (size - delta / 2)).sum(axis=-1))


def _flat(t: Array, n: int) -> tuple[Array, Array]:
    return np.full(n, -np.inf), np.full(n, np.inf)


def _line(t: Array, y: Array) -> tuple[float, float]:
    spread = float(t @ t)
    return float(y.mean()), float(t @ y) / spread if spread else 0.0


def _log_linear_starts(t: Array, log_y: Array) -> Array:
    return np.array([_line(t, np.exp(log_y)), (float(np.exp(log_y).mean()), 0.0)])


def _power_starts(t: Array, log_y: Array) -> Array:
    level, slope = _line(t, log_y)
    return np.array([(level, -slope)])


def _saturating_starts(t: Array, log_y: Array) -> Array:
    _, slope = _line(t, log_y)
    floors = log_y.min() + np.log([1e-3, 0.3, 0.7, 0.95])
    return np.array([(log_y.max() - 1.0, b, floor) for b in (-slope, *_SLOPES) for floor in floors])


def _saturating_bounds(t: Array, log_y: Array) -> tuple[Array, Array]:
    low, high = log_y.min(), log_y.max()
    return np.array([low - 12, -5.0, low - 7]), np.array([high + 5, 5.0, high + 0.5])


def _broken_starts(t: Array, log_y: Array) -> Array:
    starts = []
    for place in np.quantile(t, [0.25, 0.4, 0.6, 0.75]):
        left, right = t <= place, t >= place
        before = np.polyfit(t[left], log_y[left], 1)[0] if left.sum() > 1 else 0.0
        after = np.polyfit(t[right], log_y[right], 1)[0] if right.sum() > 1 else 0.0
        level = log_y[np.argmin(np.abs(t - place))] - before * place
        starts += [(level, -before, before - after, place, sharpness) for sharpness in np.log([0.1, 0.5])]
    return np.array(starts)


def _broken_bounds(t: Array, log_y: Array) -> tuple[Array, Array]:
    low, high = log_y.min(), log_y.max()
    return (
        np.array([low - 12, -5.0, -8.0, t.min(), np.log(0.03)]),
        np.array([high + 12, 5.0, 8.0, t.max(), np.log(1.5)]),
    )


def _broken_curve(theta: Array, t: Array) -> Array:
    level, b, turn, place, sharpness = (theta[:, [each]] for each in range(5))
    f = np.exp(sharpness)
    return np.asarray(level - b * t - turn * f * np.logaddexp(0.0, (t - place) / f))


CONSTANT = Law(
    *("constant", "a", 1),
    log_curve=lambda theta, t: theta[:, [0]] + 0 * t,
    starts=lambda t, log_y: np.array([[log_y.mean()], [np.median(log_y)]]),
    bounds=lambda t, log_y: _flat(t, 1),
    readable=lambda theta, middle: {"a": np.exp(theta[:, 0])},
)
LOG_LINEAR = Law(
    *("log-linear", "a + b ln N", 2),
    log_curve=lambda theta, t: np.log(np.maximum(theta[:, [0]] + theta[:, [1]] * t, 1e-9)),
    starts=_log_linear_starts,
    bounds=lambda t, log_y: _flat(t, 2),
    readable=lambda theta, middle: {"a": theta[:, 0] - theta[:, 1] * middle, "b": theta[:, 1]},
)
POWER_LAW = Law(
    *("power law", "a N^-b", 2),
    log_curve=lambda theta, t: theta[:, [0]] - theta[:, [1]] * t,
    starts=_power_starts,
    bounds=lambda t, log_y: _flat(t, 2),
    readable=lambda theta, middle: {"a": np.exp(theta[:, 0] + theta[:, 1] * middle), "b": theta[:, 1]},
)
SATURATING = Law(
    *("saturating power law", "a N^-b + c", 3),
    log_curve=lambda theta, t: np.logaddexp(theta[:, [0]] - theta[:, [1]] * t, theta[:, [2]]),
    starts=_saturating_starts,
    bounds=_saturating_bounds,
    readable=lambda theta, middle: {
        "a": np.exp(theta[:, 0] + theta[:, 1] * middle),
        "b": theta[:, 1],
        "c": np.exp(theta[:, 2]),
    },
)
BROKEN = Law(
    *("smoothly broken power law", "a N^-b (1 + (N/d)^(1/f))^(-g f)", 5),
    log_curve=_broken_curve,
    starts=_broken_starts,
    bounds=_broken_bounds,
    readable=lambda theta, middle: {
        "a": np.exp(theta[:, 0] + theta[:, 1] * middle),
        "b": theta[:, 1],
        "g": theta[:, 2],
        "d": np.exp(theta[:, 3] + middle),
        "f": np.exp(theta[:, 4]),
    },
)
LAWS = (CONSTANT, LOG_LINEAR, POWER_LAW, SATURATING, BROKEN)
"""By number of parameters. The last law is from Caballero et al. 2023 (Broken Neural Scaling Laws, equation 1), with
one break and no limit. Hestness et al. 2017 and Kaplan et al. 2020 use the others."""
