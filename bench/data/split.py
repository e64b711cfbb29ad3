"""``Split``: the images that each fold holds out, and the groups that no fold divides."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench.data.folds import split_hash


@dataclass(frozen=True, eq=False)
class Split:
    """One assignment of a data set's images to folds.

    Attributes:
        labels: (n,) class numbers.
        groups: (n,) numbers of the groups that no fold divides: patients, bound near duplicates.
        assignment: (n,) the fold, 0-based, in which each image is held out.
    """

    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    assignment: NDArray[np.int64]

    def __post_init__(self) -> None:
        if not self.labels.shape == self.groups.shape == self.assignment.shape:
            raise ValueError(
                f"a split has one label, group and fold per image; received {self.labels.shape}, {self.groups.shape} "
                f"and {self.assignment.shape}"
            )

    @cached_property
    def hash(self) -> str:
        """A stable hash of assignment and groups: part of every trial key."""
        return split_hash(self.assignment, self.groups)
