"""Scores of held-out predictions by network or control, seed and image: the data of the two-level estimator."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.analyse.estimates.insufficient import require
from bench.data.groups import bind
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
        classes: (n_images,) numbers of the true classes; None: they are not told apart.
    """

    names: Sequence[Name]
    scores: NDArray[np.float64]
    folds: NDArray[np.int64]
    groups: NDArray[np.int64]
    n_folds: int
    classes: NDArray[np.int64] | None = None

    def of(self, names: Sequence[Name]) -> "ImageScores":
        """The scores of these networks and controls, in this order."""
        place = {name: index for index, name in enumerate(self.names)}
        return replace(self, names=tuple(names), scores=self.scores[[place[name] for name in names]])


def image_scores(data: StudyData) -> dict[Score, ImageScores]:
    """The scores of every network and control with a done trial; reads the study's predictions.

    Networks come first, in the order of entries, then controls in the order of registration. The score of balanced
    accuracy weights a correct image by n / (n_classes * images of its class), so that its mean over all images is the
    mean of the classes' accuracies. Images of one patient belong together even if the folds divide them.

    Raises:
        InsufficientError: no trial is done.
    """
    done = data.trials[data.trials["state"] == "DONE"]
    require(len(done) > 0, "scores of images need a done trial; there is none")
    called: list[Name] = [
        architecture if control else int(entry)
        for architecture, control, entry in zip(done["architecture"], is_control(done), done["entry"], strict=True)
    ]
    names: tuple[Name, ...] = (
        *sorted({name for name in called if isinstance(name, int)}),
        *dict.fromkeys(name for name in called if isinstance(name, str)),
    )
    images = data.read_folds()
    seeds = np.unique(images["seed"].to_numpy(np.int64))
    of_first = images[images["seed"] == seeds[0]]
    folds = images["fold"].to_numpy(np.int64).reshape(len(seeds), len(of_first))
    true_names = pd.Index(data.study.class_names)
    classes = true_names.get_indexer(pd.Index(of_first["label"])).astype(np.int64)
    weight = len(classes) / (len(true_names) * np.bincount(classes, minlength=len(true_names)))
    columns = [f"p_{name}" for name in data.study.class_names]
    scores = {score: np.full((len(names), *folds.shape), np.nan) for score in Score}
    for place, name in enumerate(names):
        rows = done[[each == name for each in called]].set_index("trial_key")
        predictions = data.read_predictions(rows.index.tolist())
        image = predictions["row"].to_numpy(np.int64)
        seed = np.searchsorted(seeds, rows["seed"].loc[predictions["trial_key"]].to_numpy(np.int64))
        probabilities = predictions[columns].to_numpy(float)
        right = (probabilities.argmax(axis=1) == classes[image]).astype(float)
        of_true = probabilities[np.arange(len(image)), classes[image]]
        scores[Score.ACCURACY][place, seed, image] = right
        scores[Score.BALANCED][place, seed, image] = right * weight[classes[image]]
        scores[Score.LOSS][place, seed, image] = -np.log(np.maximum(of_true, _LEAST_PROBABILITY))
    n_folds = int(data.trials["n_folds"].max())
    groups = image_groups(of_first)
    return {score: ImageScores(names, scores[score], folds, groups, n_folds, classes) for score in Score}


def image_groups(images: pd.DataFrame) -> NDArray[np.int64]:
    """Numbers of images of one patient or of one group that no fold divides."""
    of_folds = images["group"].to_numpy(np.int64) if "group" in images else np.arange(len(images))
    first = np.unique(of_folds, return_index=True)[1][np.unique(of_folds, return_inverse=True)[1]]
    unknown = [f"unknown, row {row}" for row in range(len(images))]
    patients = images["patient"].fillna(pd.Series(unknown, images.index)) if "patient" in images else unknown
    return bind(len(images), list(patients), list(enumerate(first.tolist())))
