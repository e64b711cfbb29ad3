"""The difference in accuracy that a design can detect, and the seeds or images that a given difference needs."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from bench.analyse.estimates.insufficient import require
from bench.analyse.estimates.two_level import ContrastEstimate

POWER = 0.80
ALPHA = 0.05
ASSUMED_DISCORDANCE = 0.10
"""The share of images on which two networks are assumed to disagree if no spread has been measured."""
_MOST_SEEDS = 1000
MOST_IMAGES = 10_000_000
"""The largest number of images that ``images_needed`` tries."""


@dataclass(frozen=True, slots=True)
class Design:
    """k-fold cross-validation of n images, repeated with r seeds."""

    n_images: int
    n_folds: int
    n_seeds: int

    @property
    def n_trials(self) -> int:
        """Trials per network."""
        return self.n_folds * self.n_seeds

    @property
    def ratio(self) -> float:
        """n_test / n_train."""
        return 1 / (self.n_folds - 1)


def assumed_sd(design: Design, discordance: float = ASSUMED_DISCORDANCE) -> float:
    """The standard deviation of paired differences of accuracy from image sampling alone.

    If there is no difference, the difference on m = n / k held-out images has variance discordance / m (McNemar's).
    Initial weights add to this, so the real spread is larger.
    """
    return float(np.sqrt(discordance * design.n_folds / design.n_images))


def power_of(difference: float, sd: float, design: Design) -> float:
    """The probability that the two-sided corrected resampled t test at 5 % finds a difference.

    The noncentral Student distribution with J - 1 degrees of freedom and noncentrality difference / (sd sqrt(1 / J +
    n_test / n_train)): the usual power of a t test (Cohen 1988, chapter 2) with the variance of Nadeau and Bengio
    (2003). It assumes normal differences and that their correlation is the one of the correction.
    """
    degrees = design.n_trials - 1
    require(degrees >= 1, "a t test needs 2 trials of each network or more; this design has 1")
    require(sd > 0, "paired differences do not vary, so no spread is known to compute power from")
    shift = difference / (sd * np.sqrt(1 / design.n_trials + design.ratio))
    if shift == 0:
        return ALPHA
    critical = stats.t.ppf(1 - ALPHA / 2, degrees)
    return float(stats.ncf.sf(critical**2, 1, degrees, shift**2))  # F of t squared: scipy's nct fails far out


def detectable_difference(sd: float, design: Design) -> float:
    """The smallest difference of accuracy found with 80 % power. Arguments are those of ``power_of``."""
    require(design.n_trials >= 2, "a t test needs 2 trials of each network or more; this design has 1")
    scale = float(sd * np.sqrt(1 / design.n_trials + design.ratio))
    farthest = 4 * float(stats.t.ppf(1 - ALPHA / 2, design.n_trials - 1)) + 10
    return scale * float(optimize.brentq(lambda shift: power_of(shift * scale, sd, design) - POWER, 0.0, farthest))


def seeds_needed(difference: float, sd: float, design: Design) -> int | None:
    """The fewest seeds that find a difference with 80 % power; None if no number of seeds does.

    More seeds never bring the variance below n_test / n_train of a single result's, since all share the same images.
    """
    enough = (n for n in range(1, _MOST_SEEDS + 1) if _has_power(difference, sd, design.n_images, design.n_folds, n))
    if not _has_power(difference, sd, design.n_images, design.n_folds, _MOST_SEEDS):
        return None
    return next(enough)


def images_needed(difference: float, sd: float, design: Design) -> int | None:
    """The fewest images that find a difference with 80 % power; None above ten million.

    ``sd`` is that of this design. It is assumed to fall with the square root of the number of images. This holds for
    image sampling; the variation between initial weights falls less. The number is therefore a lower bound.
    """

    def found(n_images: int) -> bool:
        shrunk = sd * np.sqrt(design.n_images / n_images)
        return _has_power(difference, float(shrunk), n_images, design.n_folds, design.n_seeds)

    low, high = design.n_folds, MOST_IMAGES
    if not found(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle + 1, high)
    return low


def _has_power(difference: float, sd: float, n_images: int, n_folds: int, n_seeds: int) -> bool:
    return power_of(difference, sd, Design(n_images, n_folds, n_seeds)) >= POWER


def detectable_contrast(estimate: ContrastEstimate) -> float:
    """The smallest true contrast that a study with this standard error shows with 80 % power.

    It is shown if its 95 % interval is on one side of zero.
    """
    return estimate.se * sum(float(stats.t.ppf(tail, estimate.degrees)) for tail in (1 - ALPHA / 2, POWER))
