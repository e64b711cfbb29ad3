"""Simulated studies whose truth is known: which images every network classifies correctly.

Network s is right on image i in block b = (seed, fold) if m_s + u_i(s) + T_b(s) + e_bs + nu_s eps > 0 (probit):

- u is the persistent difficulty of an image: 65 % common to all networks, the rest smooth over log size in each family.
- T is the effect of the training set, a sum of influences of its images, so folds share it as far as they share images.
- e is the luck of initial weights and order.
- eps is what one training does with one image.

The constants come from 350 trainings of networks from 17 thousand to 3.2 million parameters, ten seeds on five folds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.image_scores import ImageScores

Floats = NDArray[np.float64]

SMALLEST, DECADES = 17_000, 2.3
COMMON = 0.65
LENGTH_DECADES = 0.7
EXCESS = {98: (0.03, 0.01), 240: (0.03, 0.001), 2000: (0.004, 0.0005)}
"""By images: the variance that a training adds over the variance of one image, at the smallest and largest size."""
TRAINING_SET_SHARE = (0.25, 0.5)
LUCK_PER_IMAGE = (1.2, 0.4)
WITHIN_GROUP = 0.5
"""The correlation of difficulty between images of one group."""

TRUTHS: dict[str, Callable[[Floats], Floats]] = {
    "flat": lambda x: np.full(len(x), 0.88),
    "+1": lambda x: 0.875 + 0.01 * x,
    "+3": lambda x: 0.865 + 0.03 * x,
    "+10": lambda x: 0.80 + 0.10 * x,
    "saturates": lambda x: 0.90 - 0.10 * np.exp(-6 * x),
    "peak": lambda x: 0.90 - 0.24 * (x - 0.5) ** 2,
    "dip": lambda x: np.interp(x, [0, 1 / 3, 2 / 3, 1], [0.80, 0.88, 0.83, 0.90]),
    "worsens by 3": lambda x: 0.895 - 0.03 * x,
    "all 0.985": lambda x: np.full(len(x), 0.985),
    "all 0.99": lambda x: np.full(len(x), 0.99),
    "near chance": lambda x: np.full(len(x), 0.55),
}
"""Accuracy by place: 0 is the smallest size, 1 the largest."""


@dataclass(frozen=True, slots=True)
class Design:
    """What a simulated study trains."""

    n_images: int
    n_folds: int
    n_seeds: int
    n_sizes: int
    n_families: int = 1
    n_per_group: int = 1

    @property
    def places(self) -> Floats:
        """(n_sizes,) from 0 to 1."""
        return np.linspace(0, 1, self.n_sizes)

    @property
    def n_params(self) -> Floats:
        """(n_sizes,) parameter counts."""
        return np.round(SMALLEST * 10 ** (DECADES * self.places))


def simulate(accuracy: Floats, design: Design, draw: np.random.Generator) -> ImageScores:
    """Draw one study; the names of its networks are (0, 1, ...), family by family.

    Args:
        accuracy: (n_sizes,) true accuracies, of every family.
        design: what is trained.
        draw: the source of randomness.
    """
    n, k, n_families = design.n_images, design.n_folds, design.n_families
    place = np.tile(design.places, n_families)
    mixing = _mixing(place, np.repeat(np.arange(n_families), design.n_sizes))
    groups = np.arange(n) // design.n_per_group
    n_groups = int(groups[-1]) + 1

    def normal(*shape: int) -> NDArray[Any]:
        return draw.standard_normal(shape, np.float32)

    difficulty = mixing @ normal(len(place), n)
    if design.n_per_group > 1:
        of_group = (mixing @ normal(len(place), n_groups))[:, groups]
        difficulty = difficulty * np.sqrt(1 - WITHIN_GROUP) + of_group * np.sqrt(WITHIN_GROUP)
    truth = np.tile(accuracy, n_families)
    luck, share = np.interp(place, [0, 1], LUCK_PER_IMAGE), np.interp(place, [0, 1], TRAINING_SET_SHARE)
    z = stats.norm.ppf(truth)
    excess = np.interp(place, [0, 1], EXCESS[n]) * truth * (1 - truth)
    block_sd = np.sqrt(excess * (1 + luck**2)) / stats.norm.pdf(z)
    offset = z * np.sqrt(1 + luck**2 + block_sd**2)
    influences = mixing @ normal(len(place), n)
    scores = np.empty((len(place), design.n_seeds, n))
    folds = np.empty((design.n_seeds, n), np.int64)
    for seed in range(design.n_seeds):
        folds[seed] = (draw.permutation(n_groups) % k)[groups]
        held_out = np.eye(k, dtype=np.float32)[folds[seed]]
        of_set = influences @ (1 - held_out) / np.sqrt(n * (k - 1) / k)
        of_block = offset[:, np.newaxis] + block_sd[:, np.newaxis] * (
            np.sqrt(share)[:, np.newaxis] * of_set + np.sqrt(1 - share)[:, np.newaxis] * normal(len(place), k)
        )
        noise = luck[:, np.newaxis] * normal(len(place), n)
        scores[:, seed] = of_block[:, folds[seed]] + difficulty + noise > 0
    return ImageScores(tuple(range(len(place))), scores, folds, groups, k)


def _mixing(place: Floats, family: NDArray[np.int64]) -> NDArray[np.float32]:
    decades = DECADES * place
    smooth = np.exp(-((decades[:, np.newaxis] - decades) ** 2) / (2 * LENGTH_DECADES**2))
    covariance = COMMON + (1 - COMMON) * smooth * (family[:, np.newaxis] == family)
    return np.linalg.cholesky(covariance + 1e-6 * np.eye(len(place))).astype(np.float32)
