"""What a study can find: the smallest contrast that it shows with 80 % power, by both levels of its variance.

The variances are those of a pilot, or assumed ones. A contrast is shown if its interval is on one side of zero.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.insufficient import require
from bench.analyse.estimates.training_variance import TRAINING_SET_CORRELATION
from bench.analyse.estimates.two_level import LEVEL, ContrastEstimate, TwoLevel

POWER = 0.80
ASSUMED_ACCURACY = 0.85
ASSUMED_DISCORDANCE = 0.10
"""The share of images on which two networks are assumed to disagree."""
ASSUMED_EXCESS = 0.01
"""What a training is assumed to add to the variance of a fold's score, as a share of the variance of one image."""
_MOST_SEEDS = 1000
DIFFERENCE = np.array([-1.0, 1.0])
"""The contrast of two networks."""


@dataclass(frozen=True, slots=True)
class Design:
    """k-fold cross-validation of n images, repeated with r seeds."""

    n_images: int
    n_folds: int
    n_seeds: int

    @property
    def n_trainings(self) -> int:
        """Trainings per network."""
        return self.n_folds * self.n_seeds


def assumed_levels(design: Design, n_networks: int = 2, sd: float | None = None) -> TwoLevel:
    """Both levels of variance of networks that are not trained yet, by the assumed values of this module.

    Args:
        design: the same for all networks.
        n_networks: their number.
        sd: the standard deviation of paired differences of accuracy between trials of two networks; what the sampling
            of a fold's images does not explain is attributed to trainings.
    """
    variance, discordance = ASSUMED_ACCURACY * (1 - ASSUMED_ACCURACY), ASSUMED_DISCORDANCE
    tau2 = ASSUMED_EXCESS * variance
    if sd is not None:
        discordance = min(discordance, sd**2 * design.n_images / design.n_folds)
        tau2 = max(0.0, (sd**2 - discordance * design.n_folds / design.n_images) / 2)
    shared = variance - discordance / 2
    covariance = np.full((n_networks, n_networks), shared) + np.eye(n_networks) * (variance - shared)
    correlation = np.full((n_networks, n_networks), TRAINING_SET_CORRELATION)
    np.fill_diagonal(correlation, 1.0)
    return TwoLevel(
        means=np.full(n_networks, ASSUMED_ACCURACY),
        image_covariance=covariance / design.n_images,
        tau2=np.full(n_networks, tau2),
        tau_degrees=np.full(n_networks, float(max(1, design.n_trainings - design.n_seeds))),
        training_correlation=correlation,
        n_trainings=np.full(n_networks, design.n_trainings),
        image_degrees=max(1, design.n_images - 1),
        least_se=1 / design.n_images,
        n_folds=design.n_folds,
    )


def with_trainings(levels: TwoLevel, n_trainings: NDArray[np.int64]) -> TwoLevel:
    """The same variances with other numbers of trainings: (n_networks,)."""
    return replace(levels, n_trainings=n_trainings)


def detectable_contrast(estimate: ContrastEstimate, level: float = LEVEL) -> float:
    """The smallest true contrast that a study with this standard error shows with 80 % power.

    The sum of two quantiles of Student's distribution times the standard error (Cohen 1988, chapter 2).

    Args:
        estimate: its standard error and degrees of freedom count.
        level: of the interval that has to be on one side of zero.
    """
    return estimate.se * sum(float(stats.t.ppf(tail, estimate.degrees)) for tail in (0.5 + level / 2, POWER))


def power_of(contrast: float, estimate: ContrastEstimate) -> float:
    """The probability that the 95 % interval is on one side of zero if this is the true contrast.

    F of the squared noncentral t: scipy's noncentral t fails far out.
    """
    if contrast == 0:
        return 1 - LEVEL
    critical = float(stats.t.ppf(0.5 + LEVEL / 2, estimate.degrees))
    return float(stats.ncf.sf(critical**2, 1, estimate.degrees, (contrast / estimate.se) ** 2))


def seeds_needed(difference: float, design: Design, sd: float | None = None) -> int | None:
    """The fewest seeds with which a difference of two networks is shown with 80 % power; None if no number does.

    More seeds reduce neither the sampling of images nor what training images decide, which folds share.
    """
    require(difference > 0, f"a difference to be found is above 0; received {difference:g}")
    levels = assumed_levels(design, sd=sd)

    def is_enough(n_seeds: int) -> bool:
        planned = with_trainings(levels, np.full(2, design.n_folds * n_seeds))
        return detectable_contrast(planned.contrast(DIFFERENCE)) <= difference

    if not is_enough(_MOST_SEEDS):
        return None
    return next(n for n in range(1, _MOST_SEEDS + 1) if is_enough(n))


def images_needed(difference: float, design: Design, sd: float | None = None) -> int:
    """The fewest images with which a difference of two networks is shown with 80 % power.

    Both levels of variance are assumed to fall with the number of images. That of trainings falls less, so the number
    is a lower bound.
    """
    require(difference > 0, f"a difference to be found is above 0; received {difference:g}")
    detectable = detectable_contrast(assumed_levels(design, sd=sd).contrast(DIFFERENCE))
    return int(np.ceil(design.n_images * (detectable / difference) ** 2))
