"""Trials in blocks. In one block, a (seed, fold), every network is trained on the same images in the same order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.predictions.held_out import HeldOut, pool
from bench.study.study_data import StudyData

Matrix = NDArray[np.float64]
LEAST_BLOCKS = 3
"""The fewest blocks, or timing rounds, that get an interval: with two, Student's t has one degree of freedom."""


@dataclass(frozen=True)
class TrialBlocks:
    """The done trials of a study's networks by block, prepared once for every statistic.

    Attributes:
        accuracy: held-out accuracy, one row per (seed, fold), one column per entry; NaN where that trial is not done.
        loss: held-out loss in nats per example, of the same shape.
        held_out: the pooled held-out predictions, by entry; empty where the study has none.
        ratio: n_test / n_train.
        n_images: of the data set.
    """

    accuracy: pd.DataFrame
    loss: pd.DataFrame
    held_out: Mapping[int, HeldOut]
    ratio: float
    n_images: int

    @classmethod
    def of(cls, data: StudyData) -> Self:
        """Prepare the blocks of a study; reads its predictions."""
        done, n_images = data.done, sum(data.study.class_counts)
        return cls(
            accuracy=block_matrix(done, "val_accuracy"),
            loss=block_matrix(done, "val_loss"),
            held_out={
                int(str(entry)): pool(
                    data.read_predictions(rows.index.tolist()), rows["seed"], data.study.class_names, n_images
                )
                for entry, rows in done.set_index("trial_key").groupby("entry")
                if data.has_predictions
            },
            ratio=test_train_ratio(int(data.trials["n_folds"].max())),
            n_images=n_images,
        )

    @property
    def right(self) -> Mapping[int, pd.DataFrame]:
        """By entry, which held-out predictions are correct: see ``HeldOut``."""
        return {entry: each.right for entry, each in self.held_out.items()}


def block_matrix(done: pd.DataFrame, column: str) -> pd.DataFrame:
    """One row per (seed, fold), one column per entry; NaN where that trial is not done.

    Args:
        done: done trials, with the column ``entry``.
        column: what the cells hold.
    """
    return done.set_index(["seed", "fold", "entry"])[column].unstack("entry").sort_index()


def complete_blocks(matrix: pd.DataFrame, entries: list[int]) -> Matrix:
    """The blocks in which all these entries are done: (n_blocks, n_entries)."""
    return matrix.reindex(columns=entries).dropna().to_numpy(float)


def test_train_ratio(n_folds: int) -> float:
    """n_test / n_train of k-fold cross-validation, on average over folds: 1 / (k - 1).

    The ratio stays the same if a protocol trains on a part of the training folds only (``n_train``, ``inner_share``).
    The correction assumes that the results of two trials correlate by a test set's share of all images, which is 1 / k
    in both cases (Nadeau and Bengio 2003, section 3). Parts of training folds share fewer images than whole ones, so
    the intervals are conservative: ``docs/statistics.md`` has the coverage. With one fold, as in a table of results on
    one test set, nothing is said of other images, and the ratio is 0.
    """
    return 0.0 if n_folds == 1 else 1.0 / (n_folds - 1)
