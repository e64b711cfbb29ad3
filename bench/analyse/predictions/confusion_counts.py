"""Held-out predictions against true labels. The module loads scikit-learn, so import it inside functions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import classification_report, confusion_matrix


def confusion_counts(predictions: pd.DataFrame, class_names: Sequence[str]) -> NDArray[np.int64]:
    """How often each class was predicted for each true class: (n_classes, n_classes), true classes in rows.

    The predicted class of an image is its most probable class, the first of equals.

    Args:
        predictions: as ``Store.predictions`` gives them, of any number of trials.
        class_names: the order of rows and columns.
    """
    true, predicted = _classes(predictions, class_names)
    counts: NDArray[np.int64] = confusion_matrix(true, predicted, labels=range(len(class_names)))
    return counts


def classification_text(predictions: pd.DataFrame, class_names: Sequence[str]) -> str:
    """scikit-learn's classification report: precision, recall, F1 and support of each class.

    Args:
        predictions: as ``Store.predictions`` gives them, of any number of trials.
        class_names: the order of the rows.
    """
    true, predicted = _classes(predictions, class_names)
    text: str = classification_report(
        true, predicted, labels=range(len(class_names)), target_names=class_names, digits=3, zero_division=0.0
    )
    return text


def _classes(predictions: pd.DataFrame, class_names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the true and of the predicted classes: each (n_images,)."""
    true = pd.Index(class_names).get_indexer(pd.Index(predictions["label"]))
    probabilities = predictions[[f"p_{name}" for name in class_names]].to_numpy()
    return true.astype(np.int64), probabilities.argmax(axis=1)
