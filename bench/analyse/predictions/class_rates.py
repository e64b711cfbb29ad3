"""What a clinician asks of held-out predictions: sensitivity and specificity of each class, and the ROC curve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.analyse.estimates.intervals import Interval, wilson_interval

ROC_POINTS = 101


@dataclass(frozen=True, slots=True)
class ClassRates:
    """The rates of one class, each with Wilson's 95 % interval over distinct images.

    Attributes:
        name: of the class.
        n_images: of the class.
        sensitivity: the share of its images that are given this class.
        specificity: the share of the other images that are given another class.
    """

    name: str
    n_images: int
    sensitivity: Interval
    specificity: Interval


@dataclass(frozen=True)
class Roc:
    """A receiver operating characteristic: rates between 0 and 1, in ascending order of ``false_positive``."""

    false_positive: NDArray[np.float64]
    true_positive: NDArray[np.float64]


def class_rates(
    true: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    class_names: Sequence[str],
    class_counts: Sequence[int],
) -> tuple[ClassRates, ...]:
    """The rates of every class, from pooled held-out predictions. An image with several predictions counts once in n.

    Args:
        true: (n,) class numbers.
        probabilities: (n, n_classes).
        class_names: in the order of the columns.
        class_counts: the images of each class.
    """
    predicted = probabilities.argmax(axis=1)
    n_images = sum(class_counts)
    rates = []
    for number, (name, count) in enumerate(zip(class_names, class_counts, strict=True)):
        of_class = true == number
        own, others = int(of_class.sum()), int((~of_class).sum())
        found = float(np.mean(predicted[of_class] == number)) if own else np.nan
        spared = float(np.mean(predicted[~of_class] != number)) if others else np.nan
        rates.append(
            ClassRates(
                name=name,
                n_images=count,
                sensitivity=_rate(found, min(own, count)),
                specificity=_rate(spared, min(others, n_images - count)),
            )
        )
    return tuple(rates)


def _rate(share: float, n: int) -> Interval:
    return wilson_interval(share, n) if n else Interval(np.nan, np.nan, np.nan)


def roc(true: NDArray[np.int64], probabilities: NDArray[np.floating]) -> Roc:
    """The ROC curve of pooled held-out predictions, by the trapezoidal rule between thresholds.

    For two classes it is that of the second class. For several it is the mean over the classes that occur, each against
    all others, at equal false positive rates.

    Args:
        true: (n,) class numbers.
        probabilities: (n, n_classes).
    """
    n_classes = probabilities.shape[1]
    at = np.linspace(0.0, 1.0, ROC_POINTS)
    curves = []
    for number in [1] if n_classes == 2 else range(n_classes):
        positive = true == number
        if 0 < positive.sum() < len(true):
            curves.append(_true_positive(positive, probabilities[:, number].astype(float), at))
    return Roc(at, np.mean(curves, axis=0) if curves else np.full(ROC_POINTS, np.nan))


def _true_positive(
    positive: NDArray[np.bool_], score: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    order = np.argsort(-score, kind="stable")
    last_of_ties = np.append(np.diff(score[order]) != 0, True)
    found = np.cumsum(positive[order])[last_of_ties] / positive.sum()
    alarms = np.cumsum(~positive[order])[last_of_ties] / (~positive).sum()
    return np.asarray(np.interp(at, np.append(0.0, alarms), np.append(0.0, found)))
