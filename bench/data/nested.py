"""The inner validation part of a training part: nested splits."""

import numpy as np
from numpy.typing import NDArray

from bench.errors import DataError


def inner_split(
    labels: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    train_rows: NDArray[np.int64],
    share: float,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """The rows of a training part that are set aside to choose an epoch or a learning rate on.

    Whole groups are taken, in a drawn order, class by class, until each class has its share of examples: at least one,
    and never all.

    Args:
        labels: (n,) class of each image of the data set.
        groups: (n,) what stays together, such as patients; None: nothing.
        train_rows: rows of the training part.
        share: of the training part's examples, in (0, 1).
        generator: draws.

    Returns:
        Rows, ascending.

    Raises:
        DataError: a class has too few groups to be on both sides.
    """
    of = np.arange(len(labels)) if groups is None else groups
    taken: set[int] = set()
    for label in np.unique(labels[train_rows]):
        rows = train_rows[labels[train_rows] == label]
        wanted = max(1, round(share * len(rows)))
        order = generator.permutation(np.unique(of[rows]))
        for group in order.tolist():
            n_taken = np.count_nonzero(np.isin(of[rows], list(taken)))
            if n_taken >= wanted:
                break
            taken.add(group)
    inner = train_rows[np.isin(of[train_rows], list(taken))]
    left = np.setdiff1d(train_rows, inner)
    for label in np.unique(labels[train_rows]):
        if not np.any(labels[left] == label):
            raise DataError(
                f"an inner validation part leaves every class examples to train on; class number {label} has too few "
                f"groups for a share of {share:g}; lower inner_share or add images"
            )
    return np.sort(inner)
