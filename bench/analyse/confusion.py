"""Held-out predictions against true labels, by scikit-learn. Imports it, so import this module where it is needed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import classification_report, confusion_matrix


def predicted_labels(predictions: pd.DataFrame, class_names: Sequence[str]) -> NDArray[np.object_]:
    """The name of the most probable class, a row of ``Store.predictions`` each; the first of equals."""
    probabilities = predictions[[f"p_{name}" for name in class_names]].to_numpy()
    labels: NDArray[np.object_] = np.array(class_names, dtype=object)[probabilities.argmax(axis=1)]
    return labels


def confusion_counts(predictions: pd.DataFrame, class_names: Sequence[str]) -> NDArray[np.int64]:
    """How often each class was taken for each: (n_classes, n_classes), true classes in rows.

    Args:
        predictions: as ``Store.predictions`` gives them, of any number of trials.
        class_names: the order of rows and columns.
    """
    predicted = predicted_labels(predictions, class_names)
    counts: NDArray[np.int64] = confusion_matrix(predictions["label"].to_numpy(object), predicted, labels=class_names)
    return counts


def classification_text(predictions: pd.DataFrame, class_names: Sequence[str]) -> str:
    """scikit-learn's classification report: precision, recall, F1 and support of each class.

    Args:
        predictions: as ``Store.predictions`` gives them, of any number of trials.
        class_names: the order of the rows.
    """
    text: str = classification_report(
        predictions["label"].to_numpy(object),
        predicted_labels(predictions, class_names),
        labels=class_names,
        digits=3,
        zero_division=0.0,
    )
    return text
