import numpy as np
import pytest
from numpy.typing import NDArray

from bench.analyse.predictions.calibration import calibrate, fit_temperature, temperature_scaled
from bench.analyse.predictions.metrics import pooled_metrics
from bench.analyse.predictions.out_of_fold import OutOfFold
from bench.predict.conformal import adaptive_scores, conformal_sets, threshold

N, K, FOLDS = 600, 4, 5


def sharpened(temperature: float, n: int = N, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Probabilities that are wrong by a known temperature, with labels drawn from the true ones."""
    draw = np.random.default_rng(seed)
    true = draw.dirichlet(np.full(K, 0.6), n)
    labels = (true.cumsum(axis=1) < draw.random((n, 1))).sum(axis=1).clip(max=K - 1)
    return temperature_scaled(true, 1 / temperature), labels


def out_of_fold(temperature: float, n_ensembles: int = 1) -> OutOfFold:
    probabilities, labels = sharpened(temperature)
    folds = np.stack([np.random.default_rng(seed).permutation(N) % FOLDS for seed in range(n_ensembles)])
    return OutOfFold(np.stack([probabilities] * n_ensembles), labels, folds, 1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found(temperature: float) -> None:
    probabilities, labels = sharpened(temperature, n=20_000)
    assert fit_temperature(probabilities, labels) == pytest.approx(temperature, rel=0.05)


def test_the_temperature_is_that_of_scikit_learn() -> None:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.datasets import load_digits
    from sklearn.frozen import FrozenEstimator
    from sklearn.linear_model import LogisticRegression

    digits, labels = load_digits(return_X_y=True)
    regression = LogisticRegression(C=10, max_iter=300).fit(digits[:150], labels[:150])
    theirs = CalibratedClassifierCV(FrozenEstimator(regression), method="temperature")
    theirs.fit(digits[150:1000], labels[150:1000])
    temperature = fit_temperature(regression.predict_proba(digits[150:1000]), labels[150:1000])
    assert abs(temperature - 1) > 0.1
    ours = temperature_scaled(regression.predict_proba(digits[1000:]), temperature)
    np.testing.assert_allclose(ours, theirs.predict_proba(digits[1000:]), atol=2e-3)


def test_a_temperature_keeps_the_most_probable_class_and_sums_to_1() -> None:
    probabilities, _ = sharpened(1.0)
    scaled = temperature_scaled(probabilities, 3.0)
    np.testing.assert_array_equal(scaled.argmax(axis=1), probabilities.argmax(axis=1))
    np.testing.assert_allclose(scaled.sum(axis=1), 1)


def test_a_probability_of_zero_stays_finite() -> None:
    assert np.isfinite(temperature_scaled(np.array([[1.0, 0.0]]), 0.5)).all()


def test_where_every_image_is_right_the_temperature_stays_1() -> None:
    probabilities, _ = sharpened(1.0)
    assert fit_temperature(probabilities, probabilities.argmax(axis=1)) == 1.0


def test_temperature_and_threshold_are_fitted_on_all_images() -> None:
    found = out_of_fold(0.5)
    calibration = calibrate(found, np.random.default_rng(7))
    u = np.random.default_rng(7).random((1, N))[0]
    temperature = fit_temperature(found.probabilities[0], found.labels)
    scores = adaptive_scores(temperature_scaled(found.probabilities[0], temperature), u)[np.arange(N), found.labels]
    assert calibration.temperature == temperature
    assert calibration.threshold == threshold(scores, N, 0.9)


def test_what_is_measured_is_fitted_without_the_fold_on_which_it_is_measured() -> None:
    found = out_of_fold(0.5)
    u = np.random.default_rng(7).random((1, N))[0]
    covered, sizes, before, after = np.empty(N, bool), np.empty(N), found.probabilities[0], np.empty((N, K))
    for fold in range(FOLDS):
        out = found.folds[0] == fold
        temperature = fit_temperature(before[~out], found.labels[~out])
        scaled = temperature_scaled(before, temperature)
        scores = adaptive_scores(scaled, u)[np.arange(N), found.labels]
        sets = conformal_sets(scaled, u, threshold(scores[~out], int((~out).sum()), 0.9))
        covered[out], sizes[out], after[out] = sets[out, found.labels[out]], sets[out].sum(axis=1), scaled[out]
    measured = calibrate(found, np.random.default_rng(7)).measured
    assert measured.coverage == pytest.approx(covered.mean())
    assert measured.mean_size == pytest.approx(sizes.mean())
    assert measured.coverage_of_class == pytest.approx([covered[found.labels == each].mean() for each in range(K)])
    assert measured.log_loss == pytest.approx([pooled_metrics(found.labels, each).log_loss for each in (before, after)])
    assert measured.log_loss[1] < measured.log_loss[0]
    assert measured.calibration_error[1] < measured.calibration_error[0]
    assert measured.n_images == N


def test_sets_of_several_ensembles_cover_as_promised() -> None:
    calibration = calibrate(out_of_fold(2.0, n_ensembles=3), np.random.default_rng(0))
    assert 0.9 - 3 * np.sqrt(0.09 / N) < calibration.measured.coverage < 0.97
    assert 1 < calibration.measured.mean_size < K
