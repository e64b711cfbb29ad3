"""Conformal sets of classes by adaptive scores.

Romano, Sesia and Candès 2020, Classification with Valid and Adaptive Coverage, NeurIPS, equations 5 to 9.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def adaptive_scores(probabilities: NDArray[np.floating], u: Floats) -> Floats:
    """The score of every class: the probability of all more probable classes, and the share ``u`` of its own.

    Args:
        probabilities: (n, n_classes); of equal probabilities, the first class counts as more probable.
        u: (n,) uniform random numbers in [0, 1), one per picture. They make the coverage exact.

    Returns:
        (n, n_classes), in [0, 1].
    """
    p = probabilities.astype(np.float64)
    order = np.argsort(-p, axis=1, kind="stable")
    sorted_p = np.take_along_axis(p, order, axis=1)
    above = np.cumsum(sorted_p, axis=1) - sorted_p
    scores = np.empty_like(p)
    np.put_along_axis(scores, order, above + u[:, np.newaxis] * sorted_p, axis=1)
    return scores


def threshold(scores: Floats, n_images: int, level: float) -> float:
    """The threshold of the conformal sets: a quantile of the scores of the true classes, corrected for their number.

    Args:
        scores: (m,) of the true classes of pictures that the network was not trained on.
        n_images: the number of different pictures among them; at most m.
        level: the share of sets that contain the true class, such as 0.9.

    Returns:
        The ceil((n + 1) level) / n quantile; 1, which admits every class, if there are too few pictures.
    """
    share = math.ceil((n_images + 1) * level) / n_images if n_images else math.inf
    return 1.0 if share > 1 else float(np.quantile(scores, share, method="inverted_cdf"))


def conformal_sets(probabilities: NDArray[np.floating], u: Floats, limit: float) -> NDArray[np.bool_]:
    """The classes in each picture's set: (n, n_classes). The most probable class is always one of them.

    Args:
        probabilities: as in ``adaptive_scores``.
        u: as in ``adaptive_scores``.
        limit: as ``threshold`` gives it.
    """
    sets: NDArray[np.bool_] = adaptive_scores(probabilities, u) <= limit
    sets[np.arange(len(sets)), probabilities.argmax(axis=1)] = True
    return sets
