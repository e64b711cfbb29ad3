"""Scores of held-out predictions by network or control, seed and image: the data of the two-level estimator."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.study.study_data import StudyData, is_control

Name = int | str
"""Of what was scored: a network's entry, or a control's name."""
_LEAST_PROBABILITY = 1e-7


class Score(enum.StrEnum):
    """What is scored per image. The mean over images is the metric of that name."""

    ACCURACY = "accuracy"
    LOSS = "loss"
    BALANCED = "balanced accuracy"


@dataclass(frozen=True, eq=False)
class ImageScores:
    """Scores of held-out predictions.

    Attributes:
        names: of the rows of ``scores``.
        scores: (n_names, n_seeds, n_images); NaN where no done trial with that seed held the image out.
        folds: (n_seeds, n_images) the fold in which a seed holds an image out, 0-based.
        groups: (n_images,) numbers of images that belong together, such as those of one patient.
        n_folds: k.
    """

    names: Sequence[Name]
    scores: NDArray[np.float64]
    folds: NDArray[np.int64]
    groups: NDArray[np.int64]
    n_folds: int

    def of(self, names: Sequence[Name]) -> "ImageScores":
        """The scores of these networks and controls, in this order."""
        place = {name: index for index, name in enumerate(self.names)}
        rows = self.scores[[place[name] for name in names]]
        return ImageScores(tuple(names), rows, self.folds, self.groups, self.n_folds)


def image_scores(data: StudyData) -> dict[Score, ImageScores]:
    """The scores of every network and control with a done trial; reads the study's predictions.

    Networks come first, in the order of entries, then controls in the order of registration. The score of balanced
    accuracy weights a correct image by n / (n_classes * images of its class), so that its mean over all images is the
    mean of the classes' accuracies.
    """
    done = data.trials[data.trials["state"] == "DONE"]
    named = done["entry"].astype(object).where(~is_control(done), done["architecture"])
    trials = done.assign(name=[name if isinstance(name, str) else int(name) for name in named])
    networks = sorted(name for name in trials["name"].unique() if isinstance(name, int))
    names: tuple[Name, ...] = (*networks, *(name for name in trials["name"].unique() if isinstance(name, str)))
    images = data.read_folds()
    seeds = np.unique(images["seed"].to_numpy(np.int64))
    n_images = sum(data.study.class_counts)
    of_first = images[images["seed"] == seeds[0]]
    groups = of_first["group"].to_numpy(np.int64) if "group" in of_first else np.arange(n_images)
    folds = images["fold"].to_numpy(np.int64).reshape(len(seeds), n_images)
    weight = n_images / (len(data.study.class_counts) * np.array(data.study.class_counts, float))
    columns = [f"p_{name}" for name in data.study.class_names]
    scores = {score: np.full((len(names), len(seeds), n_images), np.nan) for score in Score}
    for place, name in enumerate(names):
        rows = trials[trials["name"] == name].set_index("trial_key")
        predictions = data.read_predictions(rows.index.tolist())
        true = pd.Index(data.study.class_names).get_indexer(pd.Index(predictions["label"]))
        probabilities = predictions[columns].to_numpy(float)
        seed = np.searchsorted(seeds, rows["seed"].loc[predictions["trial_key"]].to_numpy(np.int64))
        cells = (place, seed, predictions["row"].to_numpy(np.int64))
        right = (probabilities.argmax(axis=1) == true).astype(float)
        scores[Score.ACCURACY][cells] = right
        scores[Score.BALANCED][cells] = right * weight[true]
        of_true = probabilities[np.arange(len(true)), true]
        scores[Score.LOSS][cells] = -np.log(np.maximum(of_true, _LEAST_PROBABILITY))
    return {score: ImageScores(names, scores[score], folds, groups, _n_folds(data)) for score in Score}


def _n_folds(data: StudyData) -> int:
    return int(data.trials["n_folds"].max())
