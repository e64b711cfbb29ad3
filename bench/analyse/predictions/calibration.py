"""Temperature scaling and conformal sets, fitted on out-of-fold probabilities and measured on folds left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from bench.analyse.predictions.metrics import pooled_metrics
from bench.analyse.predictions.out_of_fold import OutOfFold
from bench.predict.conformal import adaptive_scores, conformal_sets, threshold

LEVEL = 0.9
"""The share of conformal sets that are to contain the true class."""
LEAST_TEMPERATURE, LARGEST_TEMPERATURE = 0.02, 50.0
"""The range that is searched."""
_LEAST_PROBABILITY = 1e-30

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """What calibration and sets give on images of folds that took no part in fitting them.

    Attributes:
        coverage: the share of conformal sets with the true class.
        coverage_of_class: (n_classes,) the same per true class.
        mean_size: classes per set.
        log_loss: (before, after) temperature scaling, mean nats per image.
        calibration_error: (before, after) expected calibration error.
        n_images: different images.
    """

    coverage: float
    coverage_of_class: tuple[float, ...]
    mean_size: float
    log_loss: tuple[float, float]
    calibration_error: tuple[float, float]
    n_images: int


@dataclass(frozen=True)
class Calibration:
    """Calibration of an exported model.

    Attributes:
        temperature: fitted on all out-of-fold probabilities.
        level: that of the conformal sets.
        threshold: of the conformal sets, fitted on all calibrated out-of-fold probabilities.
        n_members: trainings per ensemble on which both were fitted.
        measured: on folds left out.
    """

    temperature: float
    level: float
    threshold: float
    n_members: int
    measured: Measured


def calibrate(found: OutOfFold, draw: np.random.Generator, level: float = LEVEL) -> Calibration:
    """Fit a temperature and conformal sets, and measure both by leaving out one fold after another.

    The threshold is that of split conformal prediction with the out-of-fold scores of all images (cross-conformal
    prediction, Vovk 2015, Annals of Mathematics and Artificial Intelligence 74; CV+ of Barber et al. 2021, Annals of
    Statistics 49, and of Romano et al. 2020, would keep the networks of all folds). The exported network is another
    one, trained on all images, so the coverage is measured and not guaranteed.

    Args:
        found: out-of-fold probabilities.
        draw: draws the random numbers of the adaptive scores.
        level: the share of sets that are to contain the true class.
    """
    u = draw.random(found.probabilities.shape[:2])
    temperature, limit = _fit(found, u, np.ones(found.folds.shape, bool), level)
    return Calibration(temperature, level, limit, found.n_members, _measure(found, u, level))


def temperature_scaled(probabilities: NDArray[np.floating], temperature: float) -> Floats:
    """Probabilities (..., n_classes) whose logarithms are divided by a temperature, scaled to sum to 1.

    Guo et al. 2017, On Calibration of Modern Neural Networks, ICML, equation 9.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), _LEAST_PROBABILITY)) / temperature
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scaled: Floats = shares / shares.sum(axis=-1, keepdims=True)
    return scaled


def fit_temperature(probabilities: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """The temperature with the least log loss: probabilities (n, n_classes), labels (n,).

    The loss is convex in 1 / temperature. If every image is classified correctly, it falls without end towards
    temperature 0, so the temperature stays 1.
    """
    if np.all(probabilities.argmax(axis=-1) == labels):
        return 1.0

    def log_loss(inverse: float) -> float:
        return _log_loss(temperature_scaled(probabilities, 1 / inverse), labels)

    bounds = (1 / LARGEST_TEMPERATURE, 1 / LEAST_TEMPERATURE)
    return 1 / float(optimize.minimize_scalar(log_loss, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x)


def _fit(found: OutOfFold, u: Floats, used: NDArray[np.bool_], level: float) -> tuple[float, float]:
    """Temperature and threshold from the images ``used`` (n_ensembles, n_images) of each ensemble."""
    probabilities, labels = found.probabilities[used], np.broadcast_to(found.labels, used.shape)[used]
    temperature = fit_temperature(probabilities, labels)
    scores = adaptive_scores(temperature_scaled(probabilities, temperature), u[used])
    n_images = int(used.any(axis=0).sum())
    return temperature, threshold(scores[np.arange(len(labels)), labels], n_images, level)


def _measure(found: OutOfFold, u: Floats, level: float) -> Measured:
    """Fit without the images of one fold, apply to them, for every fold of every ensemble."""
    before, after, sets, labels = [], [], [], []
    for probabilities, folds, of_ensemble in zip(found.probabilities, found.folds, u, strict=True):
        for fold in np.unique(folds):
            held_out = folds == fold
            used = np.broadcast_to(~held_out, found.folds.shape)
            temperature, limit = _fit(found, u, used, level)
            scaled = temperature_scaled(probabilities[held_out], temperature)
            before.append(probabilities[held_out])
            after.append(scaled)
            sets.append(conformal_sets(scaled, of_ensemble[held_out], limit))
            labels.append(found.labels[held_out])
    true, in_set = np.concatenate(labels), np.concatenate(sets)
    covered = in_set[np.arange(len(true)), true]
    metrics = [pooled_metrics(true, np.concatenate(each)) for each in (before, after)]
    return Measured(
        coverage=float(covered.mean()),
        coverage_of_class=tuple(float(covered[true == number].mean()) for number in range(in_set.shape[1])),
        mean_size=float(in_set.sum(axis=1).mean()),
        log_loss=(metrics[0].log_loss, metrics[1].log_loss),
        calibration_error=(metrics[0].expected_calibration_error, metrics[1].expected_calibration_error),
        n_images=len(found.labels),
    )


def _log_loss(probabilities: Floats, labels: NDArray[np.int64]) -> float:
    return float(-np.mean(np.log(np.maximum(probabilities[np.arange(len(labels)), labels], _LEAST_PROBABILITY))))
