import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.predictions.metrics import pooled_metrics, reliability


def drawn(seed: int, n: int, n_classes: int, skill: float) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    true = generator.integers(0, n_classes, n)
    true[:n_classes] = np.arange(n_classes)
    logits = generator.normal(0, 1, (n, n_classes)) + skill * np.eye(n_classes)[true]
    return true, (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.filterwarnings("ignore")
@given(st.integers(0, 10**6), st.integers(12, 80), st.integers(2, 5), st.floats(0, 4))
def test_every_metric_is_scikit_learns(seed: int, n: int, n_classes: int, skill: float) -> None:
    true, p = drawn(seed, n, n_classes, skill)
    found, predicted = pooled_metrics(true, p), p.argmax(axis=1)
    as_scikit_takes_them = p.astype(float) / p.astype(float).sum(axis=1, keepdims=True)
    area = (
        sklearn_metrics.roc_auc_score(true, p[:, 1])
        if n_classes == 2
        else sklearn_metrics.roc_auc_score(true, as_scikit_takes_them, multi_class="ovr")
    )
    expected = {
        "accuracy": sklearn_metrics.accuracy_score(true, predicted),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(true, predicted),
        "macro_f1": sklearn_metrics.f1_score(true, predicted, average="macro"),
        "matthews": sklearn_metrics.matthews_corrcoef(true, predicted),
        "log_loss": sklearn_metrics.log_loss(true, as_scikit_takes_them),
        "brier": np.mean([np.sum((row - np.eye(n_classes)[name]) ** 2) for row, name in zip(p, true, strict=True)]),
        "roc_auc": area,
    }
    if n_classes == 2:
        assert found.brier == pytest.approx(2 * sklearn_metrics.brier_score_loss(true, p[:, 1]), abs=1e-6)
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, abs=1e-6)


def test_expected_calibration_error_by_hand() -> None:
    # 4 predictions at 0.95, 3 right: off by 0.2. 4 at 0.65, all right: off by 0.35.
    p = np.array([[0.95, 0.05]] * 4 + [[0.65, 0.35]] * 4)
    true = np.array([0, 0, 0, 1, 0, 0, 0, 0])
    assert pooled_metrics(true, p).expected_calibration_error == pytest.approx(0.5 * 0.2 + 0.5 * 0.35)
    bins = reliability(true, p)
    assert bins.n.tolist() == [4, 4]
    assert bins.accuracy.tolist() == [1.0, 0.75]


def test_a_missing_class_leaves_no_area_and_a_constant_prediction_no_correlation() -> None:
    p = np.array([[0.9, 0.1], [0.8, 0.2]])
    found = pooled_metrics(np.array([0, 0]), p)
    assert found.roc_auc is None
    assert found.matthews == 0.0
    assert found.balanced_accuracy == 1.0


def test_a_probability_of_zero_for_the_true_class_costs_a_finite_loss() -> None:
    assert np.isfinite(pooled_metrics(np.array([1, 0]), np.array([[1.0, 0.0], [1.0, 0.0]])).log_loss)


def test_no_prediction_has_no_metric() -> None:
    with pytest.raises(InsufficientError, match="1 prediction or more"):
        pooled_metrics(np.empty(0, int), np.empty((0, 2)))
