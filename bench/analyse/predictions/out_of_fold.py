"""Out-of-fold probabilities of a network, or of ensembles of its trainings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.estimates.insufficient import require
from bench.study.study_data import StudyData


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Probabilities of images by networks that were not trained on them. An ensemble has its members' mean.

    Attributes:
        probabilities: (n_ensembles, n_images, n_classes), with rows that sum to 1.
        labels: (n_images,) class numbers.
        folds: (n_ensembles, n_images) the fold of an ensemble's first seed that holds the image out.
        n_members: trainings per ensemble.
    """

    probabilities: NDArray[np.float64]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    n_members: int


def out_of_fold(data: StudyData, entry: int, n_members: int) -> OutOfFold:
    """Average the stored held-out probabilities of a network over disjoint groups of seeds.

    Seeds that lack a fold, since a trial failed, are left out. If a study has fewer seeds than members, all of them
    form one ensemble, which then has fewer members.

    Args:
        data: the study.
        entry: the network's.
        n_members: trainings per ensemble.

    Raises:
        InsufficientError: no seed has predictions of all images.
    """
    n_images = sum(data.study.class_counts)
    done = data.done[data.done["entry"] == entry]
    images = data.read_folds()
    columns = [f"p_{name}" for name in data.study.class_names]
    by_seed: dict[int, NDArray[np.float64]] = {}
    for seed, of_seed in done.groupby("seed"):
        predictions = data.read_predictions(of_seed["trial_key"].tolist())
        if len(predictions) == n_images:
            probabilities = np.empty((n_images, len(columns)))
            probabilities[predictions["row"].to_numpy(np.int64)] = predictions[columns].to_numpy(float)
            by_seed[int(str(seed))] = probabilities
    require(bool(by_seed), "calibration needs a seed whose folds are all done; there is none")
    seeds = sorted(by_seed)
    size = min(n_members, len(seeds))
    groups = [seeds[start : start + size] for start in range(0, len(seeds) - size + 1, size)]
    of_first = images[images["seed"] == seeds[0]]
    names = {name: number for number, name in enumerate(data.study.class_names)}
    return OutOfFold(
        probabilities=np.stack([np.mean([by_seed[seed] for seed in group], axis=0) for group in groups]),
        labels=np.array([names[label] for label in of_first["label"]], np.int64),
        folds=np.stack([_folds(images, group) for group in groups]),
        n_members=size,
    )


def _folds(images: pd.DataFrame, group: Sequence[int]) -> NDArray[np.int64]:
    return images.loc[images["seed"] == group[0], "fold"].to_numpy(np.int64)
