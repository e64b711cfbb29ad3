"""Held-out predictions against true labels, per image: confusion matrices and the scores that follow from them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def confusion_counts(predictions: pd.DataFrame, class_names: Sequence[str]) -> Floats:
    """How many images of each true class are given each class: (n_classes, n_classes), true classes in rows.

    An image that several trials predict, one per seed, counts once: each of its predictions has an equal share of it.
    The predicted class is the most probable one, the first of equals.

    Args:
        predictions: as ``Store.predictions`` gives them, of any number of trials.
        class_names: the order of rows and columns.
    """
    true = pd.Index(class_names).get_indexer(pd.Index(predictions["label"]))
    predicted = predictions[[f"p_{name}" for name in class_names]].to_numpy().argmax(axis=1)
    row = predictions["row"].to_numpy(np.int64)
    counts = np.zeros((len(class_names), len(class_names)))
    np.add.at(counts, (true, predicted), 1 / np.bincount(row)[row])
    return counts


def class_scores(counts: Floats) -> pd.DataFrame:
    """Precision, recall, F1 and support (images) of each class; 0 where a ratio has no image.

    The columns and their definitions are those of scikit-learn's ``precision_recall_fscore_support``.

    Args:
        counts: as ``confusion_counts`` gives them.
    """
    right, support, given = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    return pd.DataFrame(
        {
            "precision": _ratio(right, given),
            "recall": _ratio(right, support),
            "f1-score": _ratio(2 * right, support + given),
            "support": support,
        }
    )


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(below), where=below > 0)
