"""Errors of a planted surface with chosen variances: what ``answer`` takes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.analyse.error_surface import Cells
from bench.analyse.estimates.two_level import TwoLevel

Floats = NDArray[np.float64]
Planted = Callable[[Floats, Floats], Floats]
SIZES = (6_638, 26_362, 105_074, 419_554, 943_442)
NUMBERS = (100, 200, 400, 800, 1_600)
CHANCE = 0.5
PARAMETERS, IMAGES = -0.12, -0.45
"""Slopes of the log odds of error per unit of natural logarithm."""


def odds(log_odds: Floats) -> Floats:
    return CHANCE / (1 + np.exp(-log_odds))


def plane(n_params: Floats, n_train: Floats) -> Floats:
    """A surface without bends: ten times the parameters are worth 10 ** (0.12 / 0.45) = 1.85 times the images."""
    return odds(-0.75 + PARAMETERS * np.log(n_params / 1e5) + IMAGES * np.log(n_train / 1600))


def ends_at_800(n_params: Floats, n_train: Floats) -> Floats:
    """More than 800 images bring nothing."""
    return plane(n_params, np.minimum(n_train, 800) ** 1.5 / 800**0.5)


def largest_fails(n_params: Floats, n_train: Floats) -> Floats:
    """The largest network errs as one a tenth of its size."""
    return plane(np.where(n_params == SIZES[-1], n_params / 10, n_params), n_train)


def planted_cells(
    surface: Planted = plane,
    sizes: tuple[int, ...] = SIZES,
    numbers: tuple[int, ...] = NUMBERS,
    sd: float = 0.004,
    chance: float = CHANCE,
) -> Cells:
    """Cells exactly on the surface, each with standard deviations ``sd`` from images and from trainings."""
    n_params, n_train = np.tile(sizes, len(numbers)).astype(float), np.repeat(numbers, len(sizes)).astype(float)
    n_cells, n_groups = len(n_params), 400
    draw = np.random.default_rng(0)
    influence = draw.normal(size=(n_cells, n_groups)) + draw.normal(size=n_groups)
    influence *= sd / np.sqrt(np.sum(influence**2, axis=1, keepdims=True))
    levels = TwoLevel(
        means=1 - surface(n_params, n_train),
        image_covariance=influence @ influence.T,
        tau2=np.full(n_cells, sd**2),
        tau_degrees=np.full(n_cells, 8.0),
        training_correlation=np.eye(n_cells),
        n_trainings=np.full(n_cells, 5),
        image_degrees=n_groups - 1,
        least_se=1 / n_groups**2,
        n_folds=5,
    )
    return Cells(n_params, n_train, levels, chance)
