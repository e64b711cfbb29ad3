"""How well a random forest separates the classes by file metadata, without a pixel."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.audit.audit_records import Separation
from bench.data import assign_folds
from bench.errors import DataError
from bench.seeds import derive_seed, generator

if TYPE_CHECKING:
    import pandas as pd

N_TREES = 100
MOST_FOLDS = 5
MOST_IMAGES = 10_000
"""Larger sets are sampled: at this number the interval is narrow already."""

_N_RESAMPLES = 2000
_FEWEST_FOLDS = 2


def separation(features: "pd.DataFrame", labels: NDArray[np.int64], groups: NDArray[np.int64]) -> Separation | None:
    """The accuracy of a random forest on these columns in stratified, group-wise cross-validation.

    Text columns become indicators. Constant columns are dropped. If no column is left, the accuracy is that of always
    predicting the largest class.

    Args:
        features: one row per image.
        labels: (n,) classes.
        groups: (n,) numbers of groups that no fold divides.

    Returns:
        None if the groups of a class cannot be divided into two folds.
    """
    n = len(labels)
    rows = np.sort(generator(0, 0, "audit_sample").permutation(n)[:MOST_IMAGES]) if n > MOST_IMAGES else np.arange(n)
    labels, groups = labels[rows], groups[rows]
    table = features.iloc[rows]
    names = tuple(str(name) for name in features.columns)
    varying = table.loc[:, table.nunique() > 1]
    majority = float(np.bincount(labels).max() / len(labels))
    folds = _folds(labels, groups)
    if folds is None:
        return None
    n_folds = int(folds.max()) + 1
    if varying.shape[1] == 0:
        right = labels == np.bincount(labels).argmax()
    else:
        right = _predicted(varying, labels, folds) == labels
    low, high = _interval(right, groups)
    return Separation(
        features=names,
        n_images=len(rows),
        n_folds=n_folds,
        accuracy=float(right.mean()),
        low=low,
        high=high,
        majority=majority,
    )


def _folds(labels: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.int64] | None:
    for n_folds in range(MOST_FOLDS, _FEWEST_FOLDS - 1, -1):
        try:
            return assign_folds(labels, n_folds, 0, groups)
        except DataError:
            continue
    return None


def _predicted(table: "pd.DataFrame", labels: NDArray[np.int64], folds: NDArray[np.int64]) -> NDArray[np.int64]:
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier

    columns = pd.get_dummies(table).to_numpy(dtype=np.float64)
    predicted = np.empty_like(labels)
    for fold in range(int(folds.max()) + 1):
        held_out = folds == fold
        forest = RandomForestClassifier(N_TREES, random_state=derive_seed(0, fold, "audit_forest"))
        predicted[held_out] = forest.fit(columns[~held_out], labels[~held_out]).predict(columns[held_out])
    return predicted


def _interval(right: NDArray[np.bool_], groups: NDArray[np.int64]) -> tuple[float, float]:
    """The 95 % bootstrap interval of the accuracy, resampling groups (Efron and Tibshirani 1993, ch. 13)."""
    _, numbers = np.unique(groups, return_inverse=True)
    sizes, hits = np.bincount(numbers), np.bincount(numbers, weights=right)
    draw = generator(0, 0, "audit_interval")
    shares = np.empty(_N_RESAMPLES)
    for index in range(_N_RESAMPLES):
        drawn = draw.integers(0, len(sizes), len(sizes))
        shares[index] = hits[drawn].sum() / sizes[drawn].sum()
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)
