"""Metrics of held-out probabilities other than accuracy, by scikit-learn's formulas.

They are computed with numpy because scikit-learn takes about twenty times as long per network (``docs/decisions.md``
has the measurement). Tests compare every number with scikit-learn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.analyse.estimates.insufficient import require

CALIBRATION_BINS = 10
_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Metrics:
    """Metrics of pooled held-out predictions. ``roc_auc`` is None if a class is missing."""

    n_predictions: int
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    roc_auc: float | None
    matthews: float
    brier: float
    log_loss: float
    expected_calibration_error: float


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram: number of predictions, mean confidence and accuracy per non-empty bin of confidence."""

    n: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def pooled_metrics(true: NDArray[np.int64], probabilities: NDArray[np.floating]) -> Metrics:
    """All metrics of held-out predictions, pooled over folds and seeds.

    - Balanced accuracy: the mean recall over the classes that occur.
    - Macro F1: the mean over the classes that occur or are predicted.
    - Matthews' correlation: Gorodkin's R_K (2004) for several classes.
    - ROC AUC: the mean of the one-vs-rest areas (for two classes the area of the second), by ranks (Mann and Whitney).
    - Brier score (1950): summed over classes, as in the original, so for two classes it is twice scikit-learn's.
    - Log loss: in nats.
    - Expected calibration error (Guo et al. 2017, equation 3): ten bins of equal width of the largest probability.

    Args:
        true: (n,) class numbers.
        probabilities: (n, n_classes).

    Raises:
        InsufficientError: no prediction.
    """
    require(len(true) > 0, "metrics need 1 prediction or more; there are 0")
    p = probabilities.astype(float)
    n_classes = p.shape[1]
    predicted = p.argmax(axis=1)
    counts = np.bincount(true * n_classes + predicted, minlength=n_classes**2).reshape(n_classes, n_classes)
    occur, named = counts.sum(axis=1), counts.sum(axis=0)
    hits = np.diag(counts)
    either = occur + named > 0
    right = np.eye(n_classes)[true]
    of_true = p[np.arange(len(true)), true]
    bins = reliability(true, p)
    return Metrics(
        n_predictions=len(true),
        accuracy=float(hits.sum() / len(true)),
        balanced_accuracy=float(np.mean(hits[occur > 0] / occur[occur > 0])),
        macro_f1=float(np.mean(2 * hits[either] / (occur + named)[either])),
        roc_auc=_roc_auc(true, p),
        matthews=_matthews(counts),
        brier=float(np.mean(np.sum((p - right) ** 2, axis=1))),
        log_loss=float(-np.mean(np.log(np.maximum(of_true, _TINY)))),
        expected_calibration_error=float(np.sum(bins.n * np.abs(bins.accuracy - bins.confidence)) / len(true)),
    )


def reliability(true: NDArray[np.int64], probabilities: NDArray[np.floating]) -> Reliability:
    """Confidence against accuracy, in ten bins of equal width. Arguments are those of ``pooled_metrics``."""
    confidence = probabilities.max(axis=1).astype(float)
    hit = probabilities.argmax(axis=1) == true
    place = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    n = np.bincount(place, minlength=CALIBRATION_BINS)
    filled = n > 0
    means = [np.bincount(place, each, CALIBRATION_BINS)[filled] / n[filled] for each in (confidence, hit)]
    return Reliability(n[filled], *means)


def _matthews(counts: NDArray[np.int64]) -> float:
    table = counts.astype(float)
    n, occur, named = table.sum(), table.sum(axis=1), table.sum(axis=0)
    together = np.trace(table) * n - occur @ named
    spread = np.sqrt((n**2 - named @ named) * (n**2 - occur @ occur))
    return float(together / spread) if spread > 0 else 0.0


def _roc_auc(true: NDArray[np.int64], p: NDArray[np.float64]) -> float | None:
    n_classes = p.shape[1]
    n_of = np.bincount(true, minlength=n_classes)
    if np.any(n_of == 0):
        return None
    areas = []
    for name in [1] if n_classes == 2 else range(n_classes):
        n_in, n_out = n_of[name], len(true) - n_of[name]
        ranks = stats.rankdata(p[:, name])
        areas.append((ranks[true == name].sum() - n_in * (n_in + 1) / 2) / (n_in * n_out))
    return float(np.mean(areas))
