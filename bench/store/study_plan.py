"""``StudyPlan``: everything that a study registers before its first trial runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.data.split import Split
from bench.records import NetworkCost, Study, Trial


@dataclass(frozen=True, eq=False)
class StudyPlan:
    """The trials of a study, and the images and folds that they use.

    Attributes:
        study: the study's record.
        trials: all of its trials, with distinct keys.
        costs: by network key, the cost of each network that is trained.
        files: n names of images.
        patients: n names, or None if they are unknown.
        splits: by seed, labels, groups and folds of the n images. Seeds share labels and groups.
    """

    study: Study
    trials: Sequence[Trial]
    costs: Mapping[str, NetworkCost]
    files: Sequence[str]
    patients: Sequence[str] | None
    splits: Mapping[int, Split]

    def __post_init__(self) -> None:
        first = next(iter(self.splits.values()), None)
        if first is None or not all(
            np.array_equal(split.labels, first.labels) and np.array_equal(split.groups, first.groups)
            for split in self.splits.values()
        ):
            raise ValueError(
                f"a plan has one split per seed, all of the same labels and groups; received seeds "
                f"{sorted(self.splits)}; pass a split of the data set for each seed"
            )

    @property
    def images(self) -> Split:
        """A split whose labels and groups are those of the images; its folds are one seed's."""
        return next(iter(self.splits.values()))
