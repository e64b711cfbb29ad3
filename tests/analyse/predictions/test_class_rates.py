import numpy as np
import pytest
from sklearn.metrics import recall_score, roc_auc_score, roc_curve

from bench.analyse.estimates.intervals import wilson_interval
from bench.analyse.predictions.class_rates import class_rates, roc

DRAW = np.random.default_rng(3)
TRUE = np.repeat(np.arange(3), [40, 30, 20]).astype(np.int64)
SCORES = DRAW.dirichlet([1.0, 1.0, 1.0], 90) + 0.4 * np.eye(3)[TRUE]
PROBABILITIES = SCORES / SCORES.sum(axis=1, keepdims=True)


def test_sensitivity_is_recall_and_specificity_the_recall_of_all_other_classes() -> None:
    rates = class_rates(TRUE, PROBABILITIES, ["a", "b", "c"], [40, 30, 20])
    predicted = PROBABILITIES.argmax(axis=1)
    for number, each in enumerate(rates):
        assert each.sensitivity.value == pytest.approx(recall_score(number == TRUE, predicted == number))
        assert each.specificity.value == pytest.approx(recall_score(number != TRUE, predicted != number))


def test_an_image_with_several_predictions_counts_once() -> None:
    twice = class_rates(np.tile(TRUE, 2), np.tile(PROBABILITIES, (2, 1)), ["a", "b", "c"], [40, 30, 20])
    once = class_rates(TRUE, PROBABILITIES, ["a", "b", "c"], [40, 30, 20])
    assert twice == once
    assert once[0].sensitivity == wilson_interval(once[0].sensitivity.value, 40)


def test_a_class_without_a_prediction_has_no_rate() -> None:
    (_, second) = class_rates(np.zeros(4, np.int64), np.tile([0.9, 0.1], (4, 1)), ["a", "b"], [4, 2])
    assert np.isnan(second.sensitivity.value)
    assert second.specificity.value == 1.0


def test_the_curve_of_two_classes_is_that_of_scikit_learn() -> None:
    true, second = (TRUE > 0).astype(np.int64), PROBABILITIES[:, 1:].sum(axis=1)
    curve = roc(true, np.column_stack([1 - second, second]))
    false_positive, true_positive, _ = roc_curve(true, second, drop_intermediate=False)
    at_distinct = np.interp(curve.false_positive, false_positive, true_positive)
    assert np.abs(curve.true_positive - at_distinct).max() < 0.05
    assert np.trapezoid(curve.true_positive, curve.false_positive) == pytest.approx(
        roc_auc_score(true, second), abs=0.01
    )


def test_the_curve_of_several_classes_is_the_mean_of_each_against_the_rest() -> None:
    curve = roc(TRUE, PROBABILITIES)
    area = roc_auc_score(TRUE, PROBABILITIES, multi_class="ovr", average="macro")
    assert np.trapezoid(curve.true_positive, curve.false_positive) == pytest.approx(area, abs=0.01)


def test_without_both_kinds_of_images_there_is_no_curve() -> None:
    assert np.isnan(roc(np.zeros(4, np.int64), np.tile([0.9, 0.1], (4, 1))).true_positive).all()
