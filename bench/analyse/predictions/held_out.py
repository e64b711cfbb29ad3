"""Held-out predictions of one network, pooled over folds and seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class HeldOut:
    """Pooled held-out predictions.

    ``true`` (n,) holds class numbers, ``probabilities`` (n, n_classes), ``right`` (n_seeds, n_images) one row per seed.
    ``right`` is 1 if the most probable class is the true one, 0 if it is not, and NaN if no done trial held the image
    out.
    """

    true: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    right: pd.DataFrame

    @property
    def n_images(self) -> int:
        """Distinct images with a held-out prediction."""
        return int(self.right.notna().any(axis=0).sum())

    @property
    def pooled_accuracy(self) -> float:
        """The accuracy over all predictions. An image counts once per done trial that held it out."""
        return float(np.nanmean(self.right.to_numpy(), dtype=np.float64))


def pool(predictions: pd.DataFrame, seed_of: pd.Series, class_names: Sequence[str], n_images: int) -> HeldOut:
    """Pool the predictions of a network's trials.

    Args:
        predictions: as ``Store.predictions`` gives them.
        seed_of: each trial's seed, by trial key.
        class_names: in the order of the columns.
        n_images: of the data set.
    """
    true = pd.Index(class_names).get_indexer(pd.Index(predictions["label"])).astype(np.int64)
    probabilities = predictions[[f"p_{name}" for name in class_names]].to_numpy(np.float32)
    seeds, row = np.unique(seed_of.loc[predictions["trial_key"]].to_numpy(np.int64), return_inverse=True)
    right = np.full((len(seeds), n_images), np.nan, np.float32)
    right[row, predictions["row"].to_numpy(np.int64)] = probabilities.argmax(axis=1) == true
    return HeldOut(true, probabilities, pd.DataFrame(right, index=seeds))
