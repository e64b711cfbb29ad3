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

from bench.analyse.estimates.image_scores import ImageScores, Score

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
LOSS_SCALE = 3.0
HARD_EVERY = 5
CLASS_SHIFT = {Score.ACCURACY: np.zeros(1), Score.LOSS: np.zeros(1), Score.BALANCED: np.array([0.2, -0.5])}
"""What is added to the margins of a class, in standard deviations."""

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
    shares_folds: bool = False
    """All seeds have the folds of the first, as with ``split_seed``."""

    @property
    def places(self) -> Floats:
        """(n_sizes,) from 0 to 1."""
        return np.linspace(0, 1, self.n_sizes)

    @property
    def n_params(self) -> Floats:
        """(n_sizes,) parameter counts."""
        return np.round(SMALLEST * 10 ** (DECADES * self.places))


def simulate(accuracy: Floats, design: Design, draw: np.random.Generator, score: Score = Score.ACCURACY) -> ImageScores:
    """Draw one study; the names of its networks are (0, 1, ...), family by family.

    Args:
        accuracy: (n_sizes,) true accuracies, of every family.
        design: what is trained.
        draw: the source of randomness.
        score: of the sum above, see ``true_score``.
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
    share = np.interp(place, [0, 1], TRAINING_SET_SHARE)
    luck, block_sd = _luck_and_block_sd(accuracy, design)
    luck, block_sd = np.tile(luck, n_families), np.tile(block_sd, n_families)
    offset = stats.norm.ppf(truth) * np.sqrt(1 + luck**2 + block_sd**2)
    influences = mixing @ normal(len(place), n)
    classes = (groups % HARD_EVERY == 0).astype(np.int64) if score is Score.BALANCED else np.zeros(n, np.int64)
    of_class = CLASS_SHIFT[score][classes] * np.sqrt(1 + luck**2 + block_sd**2)[:, np.newaxis]
    margins = np.empty((len(place), design.n_seeds, n))
    folds = np.empty((design.n_seeds, n), np.int64)
    for seed in range(design.n_seeds):
        if seed and design.shares_folds:
            folds[seed] = folds[0]
        else:
            drawn = np.argsort(draw.permutation(n_groups))
            by_class = drawn[np.argsort(classes[np.searchsorted(groups, drawn)], kind="stable")]
            folds[seed] = (np.argsort(by_class) % k)[groups]
        held_out = np.eye(k, dtype=np.float32)[folds[seed]]
        of_set = influences @ (1 - held_out) / np.sqrt(n * (k - 1) / k)
        of_block = offset[:, np.newaxis] + block_sd[:, np.newaxis] * (
            np.sqrt(share)[:, np.newaxis] * of_set + np.sqrt(1 - share)[:, np.newaxis] * normal(len(place), k)
        )
        noise = luck[:, np.newaxis] * normal(len(place), n)
        margins[:, seed] = of_block[:, folds[seed]] + difficulty + of_class + noise
    of_image = (n / (2 * np.bincount(classes)))[classes] if score is Score.BALANCED else np.ones(n)
    scores = -stats.norm.logcdf(margins / LOSS_SCALE) if score is Score.LOSS else (margins > 0) * of_image
    return ImageScores(tuple(range(len(place))), np.asarray(scores), folds, groups, k, classes)


def true_score(accuracy: Floats, design: Design, score: Score) -> Floats:
    """(n_sizes,) what is estimated: the mean score of networks of these accuracies on all images.

    The loss is -log Phi of a third of the margin. Balanced accuracy is of two classes, one of which has every fifth
    image and is harder.
    """
    z = stats.norm.ppf(accuracy)
    if score is Score.ACCURACY:
        return accuracy
    if score is Score.BALANCED:
        return np.asarray(stats.norm.cdf(z[:, np.newaxis] + CLASS_SHIFT[score]).mean(axis=1))
    luck, block_sd = _luck_and_block_sd(accuracy, design)
    sd = np.sqrt(1 + luck**2 + block_sd**2)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    margins = sd[:, np.newaxis] * (z[:, np.newaxis] + nodes)
    return np.asarray(-stats.norm.logcdf(margins / LOSS_SCALE) @ weights / weights.sum())


def _luck_and_block_sd(accuracy: Floats, design: Design) -> tuple[Floats, Floats]:
    """nu, and the standard deviation of T + e, of every size."""
    luck = np.interp(design.places, [0, 1], LUCK_PER_IMAGE)
    excess = np.interp(design.places, [0, 1], EXCESS[design.n_images]) * accuracy * (1 - accuracy)
    return luck, np.sqrt(excess * (1 + luck**2)) / stats.norm.pdf(stats.norm.ppf(accuracy))


def _mixing(place: Floats, family: NDArray[np.int64]) -> NDArray[np.float32]:
    decades = DECADES * place
    smooth = np.exp(-((decades[:, np.newaxis] - decades) ** 2) / (2 * LENGTH_DECADES**2))
    covariance = COMMON + (1 - COMMON) * smooth * (family[:, np.newaxis] == family)
    return np.linalg.cholesky(covariance + 1e-6 * np.eye(len(place))).astype(np.float32)
