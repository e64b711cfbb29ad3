"""The error of networks over their parameters N and their training images n: a surface of second degree.

    log(e / (c - e)) = b0 + b1 x + b2 z + b3 x z + b4 x^2 + b5 z^2,    x = log10 N,  z = log10 n

with c the error of always predicting the most frequent class. The left side keeps errors between 0 and chance, as the
envelope of Rosenfeld et al. (2020) does; at small errors a plane is the product of two power laws (Hestness et al.
2017), and the terms of second degree take up an error that levels off (Hoffmann et al. 2022) within the measured range.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import expit, logit

from bench.analyse.estimates.insufficient import require, vary
from bench.analyse.estimates.two_level import LEVEL, TwoLevel

Floats = NDArray[np.float64]
LEAST_VALUES = 3
"""Sizes, and numbers of images: fewer leave nothing to predict a withheld value from."""
_LEAST_FOR_BEND = 4
"""Values of a side from which its square has a coefficient, also where the largest is withheld."""


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

    def half_width(self, pull: Floats, level: float = LEVEL) -> float:
        """Half the interval of a number that moves by ``pull`` (n_cells,) with the cells' errors."""
        estimate = self.levels.contrast(pull, level)
        return (estimate.high - estimate.low) / 2


@dataclass(frozen=True, eq=False)
class Surface:
    """A fitted surface.

    Attributes:
        coefficients: (6,); 0 for a term that the cells cannot carry.
        pulls: (6, n_cells) by how much each cell's error moves each coefficient.
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
        """(n, n_cells) by how much each cell's error moves the surface at each of n points."""
        share = self.error(n_params, n_train) / self.chance
        slope = self.chance * share * (1 - share)
        return np.asarray(slope[:, np.newaxis] * _terms(n_params, n_train, self.centre) @ self.pulls)


def stacked_levels(parts: Sequence[TwoLevel]) -> TwoLevel:
    """The levels of several sets of networks on the same images as those of one."""
    return replace(
        parts[0],
        means=np.concatenate([part.means for part in parts]),
        influence=np.vstack([part.influence for part in parts]),
        tau2=np.concatenate([part.tau2 for part in parts]),
        n_trainings=np.concatenate([part.n_trainings for part in parts]),
        tau_degrees=np.concatenate([part.tau_degrees for part in parts]),
    )


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
    for side, name in ((cells.n_train, "numbers of images"), (cells.n_params, "sizes")):
        n_kept, n_terms = int(np.sum(side < side.max())), int(_carried(cells).sum())
        require(
            n_kept >= n_terms,
            f"a back-test on the largest of the {name} needs {n_terms} cells without it; there are {n_kept}",
        )


def fit_surface(cells: Cells, is_kept: NDArray[np.bool_] | None = None) -> Surface:
    """Fit a surface by least squares of error, weighted by the variance pooled over cells of equally many images.

    Pooling keeps a cell whose variance is by chance estimated as small from deciding the fit.

    Args:
        cells: as ``require_grid`` accepts them.
        is_kept: (n_cells,) the cells to fit; all if left out.
    """
    kept = np.ones(len(cells.errors), bool) if is_kept is None else is_kept
    decades = np.log10(cells.n_params), np.log10(cells.n_train)
    centre = float(decades[0].mean()), float(decades[1].mean())
    carried = _carried(cells)
    design = _terms(cells.n_params, cells.n_train, centre)[np.ix_(kept, carried)]
    errors, chance = cells.errors[kept], cells.chance
    variance = np.array([cells.levels.contrast(one).se ** 2 for one in np.eye(len(kept))])
    pooled = np.array([variance[cells.n_train == n].mean() for n in cells.n_train])[kept]
    root = np.sqrt(pooled.min() / pooled)

    def residuals(coefficients: Floats) -> Floats:
        return np.asarray(root * (chance * expit(design @ coefficients) - errors))

    shares = np.clip(errors / chance, 0.01, 0.99)
    start = np.linalg.lstsq(design * root[:, np.newaxis], logit(shares) * root, rcond=None)[0]
    found = least_squares(residuals, start, xtol=1e-12, ftol=1e-12, gtol=1e-12, x_scale="jac")
    share = expit(design @ found.x)
    jacobian = (chance * share * (1 - share) * root)[:, np.newaxis] * design
    coefficients, pulls = np.zeros(len(carried)), np.zeros((len(carried), len(kept)))
    coefficients[carried] = found.x
    pulls[np.ix_(carried, kept)] = np.linalg.pinv(jacobian) * root
    return Surface(coefficients, pulls, centre, chance)


def _carried(cells: Cells) -> NDArray[np.bool_]:
    """(6,) the terms that the cells can carry."""
    bends = [len(np.unique(side)) >= _LEAST_FOR_BEND for side in (cells.n_params, cells.n_train)]
    return np.array([True, True, True, True, *bends])


def _terms(n_params: Floats, n_train: Floats, centre: tuple[float, float]) -> Floats:
    x, z = np.broadcast_arrays(np.log10(n_params) - centre[0], np.log10(n_train) - centre[1])
    return np.stack([np.ones(len(x)), x, z, x * z, x**2, z**2], axis=1)
