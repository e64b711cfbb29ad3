"""The scores of images: which trial decides which cell, what is scored, and which images belong together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, log_loss

from bench.analyse.estimates.image_scores import Score, image_scores
from bench.analyse.estimates.insufficient import InsufficientError
from bench.study.study_data import StudyData
from tests.analyse.planted_trials import N_IMAGES, data_of, trials

LABELS = np.where(np.arange(N_IMAGES) < N_IMAGES // 2, "covid", "normal")


def study(frame: pd.DataFrame, **columns: object) -> StudyData:
    """A study whose folds hold out the images that the planted predictions are of."""
    seeds = sorted(frame["seed"].unique())
    images = pd.concat(
        pd.DataFrame(
            {
                "row": np.arange(N_IMAGES),
                "label": LABELS,
                **columns,
                "seed": seed,
                "fold": (np.arange(N_IMAGES) + seed) % 3,
            }
        )
        for seed in seeds
    )
    return replace(data_of(frame), read_folds=lambda: images)


def test_every_done_trial_scores_the_images_that_it_held_out_and_no_other() -> None:
    frame = trials(lambda place, seed, fold: None if (place, seed, fold) == (1, 1, 2) else 0.7 + 0.05 * place)
    found = image_scores(study(frame, group=np.arange(N_IMAGES)))[Score.ACCURACY]
    assert found.scores.shape == (5, 2, N_IMAGES)
    missing = np.isnan(found.scores)
    assert missing.sum() == N_IMAGES // 3
    assert missing[1, 1, found.folds[1] == 2].all()
    assert np.nanmean(found.scores, axis=(1, 2)) == pytest.approx([0.70, 0.75, 0.80, 0.85, 0.90], abs=0.01)
    assert found.n_folds == 3


def test_networks_come_before_controls_and_can_be_chosen_by_name() -> None:
    frame = trials(lambda place, seed, fold: 0.5 + 0.1 * place, controls={"majority_class": 0.5, "thumbnail": 0.9})
    found = image_scores(study(frame))[Score.ACCURACY]
    assert list(found.names) == [0, 1, 2, 3, 4, "majority_class", "thumbnail"]
    chosen = found.of(["thumbnail", 3])
    assert list(chosen.names) == ["thumbnail", 3]
    assert np.array_equal(chosen.scores, found.scores[[6, 3]])


def test_the_mean_of_each_score_is_the_metric_of_its_name() -> None:
    whole = study(trials(lambda place, seed, fold: 0.8, n_seeds=1))
    n = N_IMAGES // 3 * 2  # fewer images of the second class
    data = replace(
        whole,
        read_folds=lambda: whole.read_folds().iloc[:n],
        read_predictions=lambda keys: whole.read_predictions(keys).query(f"row < {n}"),
    )
    predictions = data.read_predictions(data.trials[data.trials["entry"] == 0]["trial_key"].tolist())
    called = np.where(predictions["p_covid"] > 0.5, "covid", "normal")
    found = image_scores(data)
    means = {score: float(found[score].scores[0].mean()) for score in Score}
    assert means[Score.ACCURACY] == pytest.approx(np.mean(called == predictions["label"]))
    assert means[Score.BALANCED] == pytest.approx(balanced_accuracy_score(predictions["label"], called))
    assert means[Score.LOSS] == pytest.approx(log_loss(predictions["label"] == "covid", predictions["p_covid"]))
    assert found[Score.LOSS].classes is not None
    assert np.array_equal(np.asarray(found[Score.LOSS].classes), LABELS[:n] == "normal")


def test_images_of_a_patient_belong_together_though_the_folds_divide_them_and_unknown_patients_do_not() -> None:
    patients = [f"patient {row // 2}" if row < 20 else None for row in range(N_IMAGES)]
    groups = image_scores(study(trials(lambda *_: 0.8), patient=patients))[Score.ACCURACY].groups
    assert groups[:4].tolist() == [0, 0, 1, 1]
    assert len(np.unique(groups)) == 10 + N_IMAGES - 20


def test_groups_of_folds_and_patients_are_joined() -> None:
    patients = [f"patient {row // 2}" for row in range(N_IMAGES)]
    near_duplicates = np.arange(N_IMAGES)
    near_duplicates[3] = near_duplicates[0]
    groups = image_scores(study(trials(lambda *_: 0.8), patient=patients, group=near_duplicates))[Score.LOSS].groups
    assert groups[:6].tolist() == [0, 0, 0, 0, 1, 1]


def test_without_patients_and_groups_every_image_is_its_own() -> None:
    groups = image_scores(study(trials(lambda *_: 0.8)))[Score.ACCURACY].groups
    assert groups.tolist() == list(range(N_IMAGES))


def test_a_study_without_a_done_trial_has_no_scores() -> None:
    with pytest.raises(InsufficientError, match="done trial"):
        image_scores(study(trials(lambda *_: None)))
