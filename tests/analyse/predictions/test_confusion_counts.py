import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import classification_report, precision_recall_fscore_support

from bench.analyse.predictions.confusion_counts import class_scores, confusion_counts
from bench.pages.classification import classification_text

NAMES = ("NORMAL", "COVID", "PNEUMONIA")  # not in alphabetical order


def predictions(pairs: list[tuple[int, int]]) -> pd.DataFrame:
    """A row for each (true, predicted) class."""
    true, predicted = np.array(pairs).T
    probabilities = np.where(np.eye(3)[predicted] == 1, 0.6, 0.2).astype(np.float32)
    frame = pd.DataFrame(probabilities, columns=[f"p_{name}" for name in NAMES])
    return frame.assign(label=[NAMES[label] for label in true], row=np.arange(len(pairs)))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_rows_are_true_classes_and_columns_predicted_ones_in_the_given_order(
    pairs: list[tuple[int, int]],
) -> None:
    counts = confusion_counts(predictions(pairs), NAMES)
    assert counts.shape == (3, 3)
    for true in range(3):
        for predicted in range(3):
            assert counts[true, predicted] == pairs.count((true, predicted))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_scores_per_class_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, predicted = zip(*pairs, strict=True)
    expected = precision_recall_fscore_support(true, predicted, labels=range(3), zero_division=0.0)
    assert pytest.approx(np.array(expected)) == class_scores(confusion_counts(predictions(pairs), NAMES)).to_numpy().T


def test_the_report_is_that_of_scikit_learn() -> None:
    pairs = [(0, 0)] * 8 + [(0, 1)] * 2 + [(1, 1)] * 5 + [(2, 0)] * 4
    true, predicted = zip(*pairs, strict=True)
    expected = classification_report(true, predicted, target_names=NAMES, digits=3, zero_division=0.0)
    found = classification_text(confusion_counts(predictions(pairs), NAMES), NAMES)
    assert [line.split() for line in found.splitlines()] == [line.split() for line in expected.splitlines()]


def test_an_image_that_several_seeds_predict_counts_once() -> None:
    once = predictions([(0, 0), (0, 1), (1, 1), (2, 2)])
    again = predictions([(0, 0), (0, 0), (1, 1), (2, 0)])
    counts = confusion_counts(pd.concat([once, again]), NAMES)
    assert counts.tolist() == [[1.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]
    assert class_scores(counts)["support"].tolist() == [2.0, 1.0, 1.0]
