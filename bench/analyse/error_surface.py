"""The error of networks over their parameters N and their training images n: a surface of second degree.

    log(e / (c - e)) = b0 + b1 x + b2 z + b3 x z + b4 x^2 + b5 z^2,    x = log10 N,  z = log10 n

with c the error of always predicting the most frequent class. The left side keeps errors between 0 and chance, as the
envelope of Rosenfeld et al. (2020) does; at small errors a plane is the product of two power laws (Hestness et al.
2017), and the terms of second degree take up an error that levels off (Hoffmann et al. 2022) within the measured range.
Cells are too few to tell such a bend from none, so b3, b4 and b5 have a normal prior about 0, whose spread is part of
every interval.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import least_squares
from scipy.special import expit, logit

from bench.analyse.estimates.insufficient import require, vary
from bench.analyse.estimates.two_level import LEVEL, TwoLevel

Floats = NDArray[np.float64]
LEAST_VALUES = 3
"""Sizes, and numbers of images: fewer leave nothing to predict a withheld value from."""
PRIOR_BEND = 0.25
"""Standard deviation of a term of second degree before any cell is seen, in log odds per decade squared."""
_N_TERMS, _N_BENDS = 6, 3


@dataclass(frozen=True, eq=False)
class Cells:
    """Errors of networks, one cell per size and number of training images.

    Attributes:
        n_params: (n_cells,).
        n_train: (n_cells,) training images, ascending.
        levels: of the cells' accuracies. All cells predict the same images, so their errors are correlated.
        chance: the error of always predicting the most frequent class.
    """

    n_params: Floats
    n_train: Floats
    levels: TwoLevel
    chance: float

    @property
    def errors(self) -> Floats:
        """(n_cells,) 1 - accuracy."""
        return 1 - self.levels.means

    def half_width(self, pull: Floats) -> float:
        """Half the 95 % interval of a number that moves by ``pull``, as ``Surface.pull`` gives it."""
        n_cells = len(self.n_params)
        of_cells = self.levels.contrast(pull[:n_cells])
        variance = of_cells.se**2 + float(np.sum(pull[n_cells:] ** 2))
        # The spread of the prior is known, so it adds variance and no uncertainty of the variance.
        degrees = of_cells.degrees * (variance / of_cells.se**2) ** 2
        return float(stats.t.ppf(0.5 + LEVEL / 2, degrees) * np.sqrt(variance))


@dataclass(frozen=True, eq=False)
class Surface:
    """A fitted surface.

    Attributes:
        coefficients: (6,) b0 to b5.
        pulls: (6, n_cells + 3) by how much each cell's error, and one standard deviation of each prior, moves each
            coefficient.
        centre: (x, z) from which the decades of both sides are counted.
        chance: the limit of error.
    """

    coefficients: Floats
    pulls: Floats
    centre: tuple[float, float]
    chance: float

    def error(self, n_params: Floats, n_train: Floats) -> Floats:
        """(n,) the error at each of n points."""
        return np.asarray(self.chance * expit(_terms(n_params, n_train, self.centre) @ self.coefficients))

    def pull(self, n_params: Floats, n_train: Floats) -> Floats:
        """(n, n_cells + 3) by how much each cell's error and each prior move the surface at each of n points."""
        share = self.error(n_params, n_train) / self.chance
        slope = self.chance * share * (1 - share)
        return np.asarray(slope[:, np.newaxis] * _terms(n_params, n_train, self.centre) @ self.pulls)


def require_grid(cells: Cells) -> None:
    """Refuse cells that cannot be fitted and tested.

    Raises:
        InsufficientError: fewer than three sizes or three numbers of images, errors that are all equal, or no error
            below chance.
    """
    n_sizes, n_numbers = len(np.unique(cells.n_params)), len(np.unique(cells.n_train))
    require(
        min(n_sizes, n_numbers) >= LEAST_VALUES,
        f"a surface needs {LEAST_VALUES} sizes and {LEAST_VALUES} numbers of training images; there are {n_sizes} and "
        f"{n_numbers}",
    )
    require(vary(cells.errors), "a surface needs errors that differ; they are equal in all cells")
    require(bool(np.min(cells.errors) < cells.chance), "a surface needs an error below chance; there is none")


def fit_surface(cells: Cells, is_kept: NDArray[np.bool_] | None = None) -> Surface:
    """Fit a surface by least squares of error, weighted by the variance pooled over cells of equally many images.

    Pooling keeps a cell whose variance is by chance estimated as small from deciding the fit.

    Args:
        cells: as ``require_grid`` accepts them.
        is_kept: (n_cells,) the cells to fit; all if left out.
    """
    kept = np.ones(len(cells.errors), bool) if is_kept is None else is_kept
    centre = float(np.log10(cells.n_params).mean()), float(np.log10(cells.n_train).mean())
    design = _terms(cells.n_params, cells.n_train, centre)[kept]
    prior = np.eye(_N_TERMS)[-_N_BENDS:] / PRIOR_BEND
    errors, chance = cells.errors[kept], cells.chance
    variance = np.array([cells.levels.contrast(one).se ** 2 for one in np.eye(len(kept))])
    weight = np.array([variance[cells.n_train == n].mean() for n in cells.n_train])[kept] ** -0.5

    def residuals(coefficients: Floats) -> Floats:
        off = chance * expit(design @ coefficients) - errors
        return np.concatenate([weight * off, prior @ coefficients])

    shares = np.clip(errors / chance, 0.01, 0.99)
    start = np.linalg.lstsq(design, logit(shares), rcond=None)[0]
    found = least_squares(residuals, start, x_scale="jac")
    share = expit(design @ found.x)
    jacobian = np.concatenate([(chance * share * (1 - share) * weight)[:, np.newaxis] * design, prior])
    pulls = np.zeros((_N_TERMS, len(kept) + _N_BENDS))
    pulls[:, np.append(kept, np.ones(_N_BENDS, bool))] = np.linalg.pinv(jacobian) * np.append(weight, np.ones(_N_BENDS))
    return Surface(found.x, pulls, centre, chance)


def _terms(n_params: Floats, n_train: Floats, centre: tuple[float, float]) -> Floats:
    x, z = np.broadcast_arrays(np.log10(n_params) - centre[0], np.log10(n_train) - centre[1])
    return np.stack([np.ones(len(x)), x, z, x * z, x**2, z**2], axis=1)
