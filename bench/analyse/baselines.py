"""What a classifier reaches that knows how many images a class has, and looks at none."""

from collections.abc import Sequence

import numpy as np


def majority_share(class_counts: Sequence[int]) -> float:
    """The accuracy of always naming the largest class."""
    return max(class_counts) / sum(class_counts)


def class_counts_loss(class_counts: Sequence[int]) -> float:
    """The cross-entropy, in nats an example, of always predicting the classes' shares: their entropy."""
    shares = np.array(class_counts) / sum(class_counts)
    return float(-np.sum(shares * np.log(shares)))
