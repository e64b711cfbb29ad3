"""Scaling laws of a quantity against size, fitted by weighted least squares to many data sets at once.

Every law is a sum of a few functions of size, each times a parameter of its own, and some laws have parameters inside
these functions, such as an exponent. For given inner parameters, the outer ones follow in closed form, so only the
inner ones are searched (variable projection, Golub and Pereyra 1973, SIAM Journal on Numerical Analysis 10). Intervals
need hundreds of fits, so a Levenberg-Marquardt on arrays fits all data sets together. Tests compare it with scipy and
statsmodels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEP = 1e-6
_MAX_ITERATIONS = 100
_N_STARTS = 4
"""Levenberg-Marquardt goes on from the best of the law's starts, so many per data set."""
_EXPONENTS = np.concatenate([-np.geomspace(4.0, 0.05, 14), np.geomspace(0.05, 4.0, 14)])


@dataclass(frozen=True)
class Law:
    """A law of size, with t = ln(size) minus its mean over the sizes.

    Attributes:
        name: of the law.
        formula: as a reader writes it.
        n_outer: parameters that multiply a function of size.
        n_inner: parameters inside these functions.
        is_positive: whether the outer parameters are at least 0.
        functions: (m, n_inner) parameters and (n,) places t to (m, n, n_outer).
        starts: (n,) places to (k, n_inner).
        bounds: (n,) places to the (n_inner,) least and greatest inner parameters.
        readable: (m, n_outer), (m, n_inner) and the mean of ln size to the formula's parameters, (m,) each.
    """

    name: str
    formula: str
    n_outer: int
    n_inner: int
    is_positive: bool
    functions: Callable[[Array, Array], Array]
    starts: Callable[[Array], Array]
    bounds: Callable[[Array], tuple[Array, Array]]
    readable: Callable[[Array, Array, float], Mapping[str, Array]]

    @property
    def n_parameters(self) -> int:
        """Outer and inner parameters together."""
        return self.n_outer + self.n_inner

    def curve(self, theta: Array, t: Array) -> Array:
        """The law's values: (m, p) parameters, the outer ones first, and (n,) places to (m, n)."""
        functions = self.functions(theta[:, self.n_outer :], t)
        return np.asarray(np.einsum("mnp,mp->mn", functions, theta[:, : self.n_outer]))

    def estimates(self, theta: Array, middle: float) -> Mapping[str, Array]:
        """The formula's parameters of (m, p) fitted ones, (m,) each; ``middle`` is the mean of ln size."""
        return self.readable(theta[:, : self.n_outer], theta[:, self.n_outer :], middle)


def whitening(covariance: Array) -> Array:
    """The matrix that gives values of this covariance unit variances and no correlation."""
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)))


def fit_law(law: Law, t: Array, y: Array, whiten: Array, warm: Array | None = None) -> tuple[Array, Array]:
    """Fit a law by generalised least squares to many data sets of the same sizes.

    Args:
        law: the law.
        t: (n,) centred ln sizes.
        y: (m, n), one data set per row.
        whiten: (n, n) as ``whitening`` gives it; np.diag(1 / sd) for independent values.
        warm: (k, n_inner) starts for every data set; the law's own where None.

    Returns:
        (m, p) parameters, the outer ones first, and (m,) chi squared: the sum of squared whitened residuals.
    """
    white = y @ whiten.T
    m = len(y)
    if not law.n_inner:
        inner = np.empty((m, 0))
        outer, residual = _project(law, inner, t, white, whiten)
        return outer, np.sum(residual**2, axis=1)
    starts = law.starts(t) if warm is None else warm
    low, high = law.bounds(t)
    k = len(starts)
    every = np.clip(np.tile(starts, (m, 1)), low, high)
    residual = _project(law, every, t, np.repeat(white, k, axis=0), whiten)[1]
    costs = np.sum(residual**2, axis=1).reshape(m, k)
    kept = min(k, _N_STARTS)
    best = np.argsort(costs, axis=1, kind="stable")[:, :kept]
    inner = starts[best].clip(low, high).reshape(m * kept, law.n_inner)
    data = np.repeat(white, kept, axis=0)
    inner, cost = _levenberg_marquardt(law, t, data, whiten, inner, low, high)
    place = np.argmin(cost.reshape(m, kept), axis=1) + kept * np.arange(m)
    outer = _project(law, inner[place], t, white, whiten)[0]
    return np.concatenate([outer, inner[place]], axis=1), cost[place]


def _project(law: Law, inner: Array, t: Array, white: Array, whiten: Array) -> tuple[Array, Array]:
    """The best outer parameters, (m, n_outer), for given inner ones, and the whitened residuals, (m, n)."""
    functions = np.einsum("in,mnp->mip", whiten, law.functions(inner, t))
    if law.n_outer == 1:
        outer = _alone(functions[..., 0], white, law.is_positive)[:, np.newaxis]
    else:
        outer = _both(functions, white, law.is_positive)
    return outer, np.einsum("mip,mp->mi", functions, outer) - white


def _alone(function: Array, white: Array, is_positive: bool) -> Array:
    best = np.sum(function * white, axis=1) / np.maximum(np.sum(function**2, axis=1), 1e-300)
    return np.asarray(np.maximum(best, 0.0) if is_positive else best)


def _both(functions: Array, white: Array, is_positive: bool) -> Array:
    """Least squares on two functions, by Gram-Schmidt; the better function alone where one would be negative."""
    first, second = functions[..., 0], functions[..., 1]
    overlap = np.sum(first * second, axis=1) / np.maximum(np.sum(second**2, axis=1), 1e-300)
    own = first - overlap[:, np.newaxis] * second
    of_first = np.sum(own * white, axis=1) / np.maximum(np.sum(own**2, axis=1), 1e-300)
    of_second = _alone(second, white, False) - overlap * of_first
    both = np.stack([of_first, of_second], axis=1)
    if not is_positive:
        return both
    alone = np.stack([_alone(first, white, True), _alone(second, white, True)], axis=1)
    costs = np.sum((functions * alone[:, np.newaxis] - white[..., np.newaxis]) ** 2, axis=1)
    single = np.where(np.argmin(costs, axis=1)[:, np.newaxis] == [0, 1], alone, 0.0)
    is_allowed = np.min(both, axis=1, keepdims=True) >= 0
    return np.where(is_allowed, both, single)


def _levenberg_marquardt(
    law: Law, t: Array, white: Array, whiten: Array, inner: Array, low: Array, high: Array
) -> tuple[Array, Array]:
    """Search the inner parameters: (m, n_inner) and the (m,) sums of squares."""
    q = law.n_inner
    damping = np.full(len(inner), 1e-2)
    residual = _project(law, inner, t, white, whiten)[1]
    cost = np.sum(residual**2, axis=1)
    moving = np.arange(len(inner))
    for _ in range(_MAX_ITERATIONS):
        now, r, data = inner[moving], residual[moving], white[moving]
        jacobian = np.empty((*r.shape, q))
        for each in range(q):
            moved = now.copy()
            moved[:, each] += _STEP
            jacobian[..., each] = (_project(law, moved, t, data, whiten)[1] - r) / _STEP
        normal = np.einsum("mni,mnj->mij", jacobian, jacobian)
        gradient = np.einsum("mni,mn->mi", jacobian, r)
        diagonal = np.maximum(np.einsum("mii->mi", normal), 1e-9)
        normal[:, range(q), range(q)] += damping[moving, np.newaxis] * diagonal
        step = np.linalg.solve(normal, -gradient[..., np.newaxis])[..., 0]
        tried = np.clip(now + np.clip(step, -1.0, 1.0), low, high)
        tried_residual = _project(law, tried, t, data, whiten)[1]
        tried_cost = np.sum(tried_residual**2, axis=1)
        better = tried_cost < cost[moving]
        gain = np.where(better, cost[moving] - tried_cost, 0.0)
        settled = (better & (gain < 1e-8 * (cost[moving] + 1e-8))) | (~better & (damping[moving] > 1e6))
        kept = moving[better]
        inner[kept], residual[kept], cost[kept] = tried[better], tried_residual[better], tried_cost[better]
        damping[moving] = np.where(better, damping[moving] / 5, damping[moving] * 5).clip(1e-12, 1e8)
        moving = moving[~settled]
        if not len(moving):
            break
    return inner, cost


def _no_inner(t: Array) -> tuple[Array, Array]:
    return np.empty(0), np.empty(0)


def _decay(inner: Array, t: Array) -> Array:
    return np.asarray(np.exp(-inner[:, [0]] * t))


def _broken_starts(t: Array) -> Array:
    places, sharpness = np.quantile(t, [0.2, 0.4, 0.6, 0.8]), np.log([0.1, 0.5])
    slopes = [(b, after - b) for b in (0.0, 0.2, 0.5, 1.0) for after in (0.0, 0.2, 0.5, 1.0) if after != b]
    slopes += [(-b, b + after) for b in (0.2, 0.5) for after in (0.0, 0.5)]
    slopes += [(b, -b - after) for b in (0.2, 0.5) for after in (0.2, 0.5)]
    return np.array([(b, g, place, f) for b, g in slopes for place in places for f in sharpness])


def _broken(inner: Array, t: Array) -> Array:
    b, g, place, f = (inner[:, [each]] for each in range(4))
    width = np.exp(f)
    return np.asarray(np.exp(-b * t - g * width * np.logaddexp(0.0, (t - place) / width))[..., np.newaxis])


CONSTANT = Law(
    *("constant", "a", 1, 0, False),
    functions=lambda inner, t: np.ones((len(inner), len(t), 1)),
    starts=lambda t: np.empty((1, 0)),
    bounds=_no_inner,
    readable=lambda outer, inner, middle: {"a": outer[:, 0]},
)
LOG_LINEAR = Law(
    *("log-linear", "a + b ln N", 2, 0, False),
    functions=lambda inner, t: np.stack([np.ones((len(inner), len(t))), np.tile(t, (len(inner), 1))], axis=2),
    starts=lambda t: np.empty((1, 0)),
    bounds=_no_inner,
    readable=lambda outer, inner, middle: {"a": outer[:, 0] - outer[:, 1] * middle, "b": outer[:, 1]},
)
POWER_LAW = Law(
    *("power law", "a N^-b", 1, 1, True),
    functions=lambda inner, t: _decay(inner, t)[..., np.newaxis],
    starts=lambda t: _EXPONENTS[:, np.newaxis],
    bounds=lambda t: (np.array([-5.0]), np.array([5.0])),
    readable=lambda outer, inner, middle: {"a": outer[:, 0] * np.exp(inner[:, 0] * middle), "b": inner[:, 0]},
)
SATURATING = Law(
    *("saturating power law", "a N^-b + c", 2, 1, True),
    functions=lambda inner, t: np.stack([_decay(inner, t), np.ones((len(inner), len(t)))], axis=2),
    starts=lambda t: _EXPONENTS[:, np.newaxis],
    bounds=lambda t: (np.array([-5.0]), np.array([5.0])),
    readable=lambda outer, inner, middle: {
        "a": outer[:, 0] * np.exp(inner[:, 0] * middle),
        "b": inner[:, 0],
        "c": outer[:, 1],
    },
)
BROKEN = Law(
    *("smoothly broken power law", "a N^-b (1 + (N/d)^(1/f))^(-g f)", 1, 4, True),
    functions=_broken,
    starts=_broken_starts,
    bounds=lambda t: (np.array([-5.0, -8.0, t.min(), np.log(0.03)]), np.array([5.0, 8.0, t.max(), np.log(1.5)])),
    readable=lambda outer, inner, middle: {
        "a": outer[:, 0] * np.exp(inner[:, 0] * middle),
        "b": inner[:, 0],
        "g": inner[:, 1],
        "d": np.exp(inner[:, 2] + middle),
        "f": np.exp(inner[:, 3]),
    },
)
LAWS = (CONSTANT, LOG_LINEAR, POWER_LAW, SATURATING, BROKEN)
"""By number of parameters. The last law is from Caballero et al. 2023 (Broken Neural Scaling Laws, equation 1), with
one break and no limit. Hestness et al. 2017 and Kaplan et al. 2020 use the others."""
