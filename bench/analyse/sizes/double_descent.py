"""The size from which networks fit their training set, and whether held-out error peaks there (double descent)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.estimates.intervals import Interval

FITTED_ACCURACY = 0.99
"""The mean training accuracy, on the labels trained on, at which a network counts as fitting its training set."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The network with the largest held-out error among those that are neither the smallest nor the largest.

    Attributes:
        n_params: its parameters.
        over_best_smaller: its error minus that of the best smaller network.
        over_largest: its error minus that of the largest network.
    """

    n_params: int
    over_best_smaller: Interval
    over_largest: Interval

    @property
    def is_shown(self) -> bool:
        """Whether error first falls, then rises to this network and falls again, by intervals that exclude zero.

        The networks are chosen by the same results that are compared, so an interval that barely excludes zero is weak
        evidence.
        """
        return self.over_best_smaller.above_zero and self.over_largest.above_zero


def interpolation_threshold(train_accuracy: NDArray[np.float64]) -> int | None:
    """The index of the smallest size from which all networks fit their training set; None if the largest does not.

    A size fits if its mean training accuracy over folds and seeds is ``FITTED_ACCURACY`` or more. All larger sizes must
    fit as well, so a single outlier does not count. Belkin et al. 2019, PNAS 116, place the threshold where the
    training error reaches zero. Nakkiran et al. 2020, ICLR, Deep Double Descent, definition 1, place it where the
    expected training error falls below a small tolerance. This function follows the latter. After a fixed number of
    epochs, networks that could fit every training image often miss one. A rule that every training must have no error
    is stricter with more folds and seeds. A mean does not depend on their number.

    Args:
        train_accuracy: (n,) mean accuracy of the final weights on the labels trained on, sizes ascending; NaN if no
            trial is done.
    """
    fits = np.flip(np.logical_and.accumulate(np.flip(train_accuracy >= FITTED_ACCURACY)))
    return int(np.argmax(fits)) if fits.any() else None


def fits_from(summary: pd.DataFrame) -> int | None:
    """The parameter count at the interpolation threshold of a series; None if the largest network does not fit.

    Args:
        summary: the series' rows of the summary, by ascending size. Networks without a done trial are left out.
    """
    done = summary[summary["n_done"] > 0]
    place = interpolation_threshold(done["train_accuracy_mean"].to_numpy(float))
    return None if place is None else int(done["n_params"].iloc[place])


def held_out_peak(
    n_params: NDArray[np.int64], error: NDArray[np.float64], difference: Callable[[int, int], Interval]
) -> Peak | None:
    """The peak of held-out error after its first descent, in one series of networks.

    The peak is the network with the largest rise of mean error over the best smaller network. The largest network
    cannot be the peak.

    Args:
        n_params: (n,) ascending.
        error: (n,) mean held-out errors.
        difference: of the errors of two networks, the first minus the second, by their places.

    Returns:
        None with fewer than three sizes, or if error never rises.
    """
    if len(error) < 3:
        return None
    rises = error[1:-1] - np.minimum.accumulate(error)[:-2]
    place = int(rises.argmax()) + 1
    if rises[place - 1] <= 0:
        return None
    before = int(error[:place].argmin())
    return Peak(int(n_params[place]), difference(place, before), difference(place, len(error) - 1))
