"""Scores of ensembles of a network's stored trainings, for the two-level estimator."""

from functools import partial

import numpy as np

from bench.analyse.estimates.image_scores import ImageScores, image_groups
from bench.analyse.estimates.insufficient import NotComputed, attempt
from bench.analyse.estimates.two_level import ContrastEstimate, two_level
from bench.analyse.predictions.out_of_fold import OutOfFold
from bench.study.study_data import StudyData


def expected_accuracy(data: StudyData, found: OutOfFold) -> ContrastEstimate | NotComputed:
    """The accuracy of ensembles on images that their members were not trained on, with its interval.

    Args:
        data: the study.
        found: the ensembles' out-of-fold probabilities.
    """
    images = data.read_folds()
    of_first = images[images["seed"] == images["seed"].iloc[0]]
    right = (found.probabilities.argmax(axis=2) == found.labels).astype(float)
    n_folds = int(data.trials["n_folds"].max())
    scores = ImageScores(("ensemble",), right[np.newaxis], found.folds, image_groups(of_first), n_folds, found.labels)
    return attempt(partial(_proportion, scores))


def _proportion(scores: ImageScores) -> ContrastEstimate:
    return two_level(scores, []).proportion(0)
