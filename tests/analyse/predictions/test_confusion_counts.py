import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from bench.analyse.predictions.confusion_counts import classification_text, confusion_counts

NAMES = ("NORMAL", "COVID", "PNEUMONIA")  # not in alphabetical order


def predictions(pairs: list[tuple[int, int]]) -> pd.DataFrame:
    """A row for each (true, predicted) class."""
    true, predicted = np.array(pairs).T
    probabilities = np.where(np.eye(3)[predicted] == 1, 0.6, 0.2).astype(np.float32)
    frame = pd.DataFrame(probabilities, columns=[f"p_{name}" for name in NAMES])
    return frame.assign(label=[NAMES[label] for label in true])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_rows_are_true_classes_and_columns_predicted_ones_in_the_given_order(
    pairs: list[tuple[int, int]],
) -> None:
    counts = confusion_counts(predictions(pairs), NAMES)
    assert counts.shape == (3, 3)
    for true in range(3):
        for predicted in range(3):
            assert counts[true, predicted] == pairs.count((true, predicted))


def test_the_report_has_a_row_a_class_with_its_recall_and_support() -> None:
    pairs = [(0, 0)] * 8 + [(0, 1)] * 2 + [(1, 1)] * 5 + [(2, 0)] * 4
    rows = {
        line.split()[0]: line.split() for line in classification_text(predictions(pairs), NAMES).splitlines() if line
    }
    assert rows["NORMAL"] == ["NORMAL", "0.667", "0.800", "0.727", "10"]
    assert rows["COVID"] == ["COVID", "0.714", "1.000", "0.833", "5"]
    assert rows["PNEUMONIA"] == ["PNEUMONIA", "0.000", "0.000", "0.000", "4"]
    assert rows["accuracy"] == ["accuracy", "0.684", "19"]
