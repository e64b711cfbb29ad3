"""An order of examples in which the first m, for every m, keep the classes' shares."""

import numpy as np
from numpy.typing import NDArray


def stratified_order(
    labels: NDArray[np.int64], rows: NDArray[np.int64], draw: np.random.Generator
) -> NDArray[np.int64]:
    """Order the rows so that the first m, for every m, keep the classes' shares to within one example per class.

    Args:
        labels: (n,) class of each image of the data set.
        rows: (m,) row numbers.
        draw: permutes each class, in the order of class numbers.

    Returns:
        (m,) the same row numbers.
    """
    place = np.empty(len(rows))
    for label in np.unique(labels[rows]):
        of_class = np.flatnonzero(labels[rows] == label)
        place[draw.permutation(of_class)] = (np.arange(len(of_class)) + 0.5) / len(of_class)
    return rows[np.argsort(place, kind="stable")]
