import numpy as np
import pytest

from bench.predict.conformal import adaptive_scores, conformal_sets, threshold


def test_a_score_is_the_probability_of_more_probable_classes_and_a_share_of_its_own() -> None:
    scores = adaptive_scores(np.array([[0.2, 0.5, 0.3]]), np.array([0.5]))
    np.testing.assert_allclose(scores, [[0.9, 0.25, 0.65]])


def test_of_equal_probabilities_the_first_class_counts_as_more_probable() -> None:
    np.testing.assert_allclose(adaptive_scores(np.array([[0.5, 0.5]]), np.array([0.0])), [[0.0, 0.5]])


@pytest.mark.parametrize(("n", "expected"), [(9, 8), (19, 17), (99, 89)])
def test_the_threshold_is_the_order_statistic_of_split_conformal_prediction(n: int, expected: int) -> None:
    scores = np.arange(n) / n
    assert threshold(scores, n, 0.9) == scores[expected]


def test_too_few_pictures_admit_every_class() -> None:
    assert threshold(np.array([0.1, 0.2]), 2, 0.9) == 1.0
    assert conformal_sets(np.array([[0.99, 0.01]]), np.array([0.999]), 1.0).all()


def test_several_scores_per_picture_are_corrected_for_the_number_of_pictures() -> None:
    scores = np.repeat(np.arange(19) / 19, 3)
    assert threshold(scores, 19, 0.9) == threshold(np.arange(19) / 19, 19, 0.9)


def test_sets_hold_the_most_probable_class_and_cover_as_promised() -> None:
    draw = np.random.default_rng(0)
    p = draw.dirichlet(np.full(4, 0.7), 20_000)
    true = (p.cumsum(axis=1) < draw.random((20_000, 1))).sum(axis=1)
    u = draw.random(20_000)
    calibrated, tested = np.arange(500), np.arange(500, 20_000)
    scores = adaptive_scores(p, u)
    limit = threshold(scores[calibrated, true[calibrated]], 500, 0.9)
    exact = scores[tested, true[tested]] <= limit
    assert exact.mean() == pytest.approx(0.9, abs=0.035)  # the coverage given 500 pictures has the sd 0.013
    sets = conformal_sets(p[tested], u[tested], limit)
    assert sets[np.arange(len(tested)), p[tested].argmax(axis=1)].all()
    assert sets[np.arange(len(tested)), true[tested]].mean() >= exact.mean()


def test_threshold_and_sets_are_those_of_mapie() -> None:
    from mapie.classification import SplitConformalClassifier
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.utils import check_random_state

    digits, labels = load_digits(return_X_y=True)
    regression = LogisticRegression(C=0.001, max_iter=200).fit(digits[:300], labels[:300])
    fitted, tested = digits[300:700], digits[700:1000]
    theirs = SplitConformalClassifier(
        estimator=regression, confidence_level=0.9, conformity_score="aps", prefit=True, random_state=5
    ).conformalize(fitted, labels[300:700])
    _, sets = theirs.predict_set(tested, conformity_score_params={"include_last_label": True})

    u = 1 - check_random_state(5).uniform(size=400)  # MAPIE subtracts the share that we add
    scores = adaptive_scores(regression.predict_proba(fitted), u)[np.arange(400), labels[300:700]]
    # With u = 0 a set has every class before which the probabilities do not exceed the threshold: the last label too.
    ours = conformal_sets(regression.predict_proba(tested), np.zeros(300), threshold(scores, 400, 0.9))
    np.testing.assert_array_equal(ours, sets[:, :, 0])
    assert 1 < ours.sum(axis=1).mean() < 9
