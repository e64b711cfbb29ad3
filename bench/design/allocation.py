"""Which networks get more seeds: those that narrow a contrast most per unit of cost."""

import numpy as np
from numpy.typing import NDArray

from bench.analyse.estimates.two_level import TwoLevel

MOST_SEEDS = 10
"""The most seeds of one network: beyond them, the sampling of images dominates."""
NOISE_SHARE = 0.3
"""Of the variance of an image's score, the part that another training would draw again. One seed cannot tell it."""

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def allocate(levels: TwoLevel, contrast: Floats, costs: Floats, limit: float, most: Counts) -> Counts:
    """The seeds to add to each network.

    One more seed of network s lowers the variance of the contrast by c_s^2 v_s (1 / J_s - 1 / (J_s + k)), where v_s is
    tau_s^2 plus the part of the variance of a fold's images that another training would draw again. Seeds are given one
    by one to the network where this is largest per cost, while the cost stays within the limit; one seed is given even
    if none fits. A seed is a whole block: all k folds.

    Args:
        levels: the variances, (n_networks,) each.
        contrast: (n_networks,) weights.
        costs: (n_networks,) of one seed, in any unit; they must not depend on the clock.
        limit: the most to spend, in that unit.
        most: (n_networks,) the most seeds of each.

    Returns:
        (n_networks,); all 0 if no seed narrows the contrast.
    """
    k = levels.n_folds
    of_training = levels.tau2 + NOISE_SHARE * k * np.diag(levels.image_covariance)
    trainings = levels.n_trainings.astype(float)
    added = np.zeros(len(costs), np.int64)
    left = limit
    while True:
        narrowing = contrast**2 * of_training * (1 / trainings - 1 / (trainings + k)) / costs
        narrowing[trainings + k > k * most] = 0.0
        if added.any() or np.any(narrowing[costs <= left] > 0):
            narrowing[costs > left] = 0.0
        best = int(np.argmax(narrowing))
        if narrowing[best] <= 0:
            return added
        added[best] += 1
        trainings[best] += k
        left -= costs[best]
