from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.analyse.estimates.insufficient import InsufficientError
from bench.analyse.predictions.out_of_fold import out_of_fold
from bench.records import FailureKind, NetworkTrial, TrialResult, TrialState
from bench.store import Store
from bench.study.study_data import StudyData
from tests.exportable_study import N_IMAGES, write_study
from tests.store.planted import SMALL


def stored(store: Store, width: float, seed: int) -> NDArray[np.float64]:
    """The held-out probabilities of one network and seed, read trial by trial."""
    found = np.full((N_IMAGES, 10), np.nan)
    for key, trial in store.trial_records().items():
        if isinstance(trial, NetworkTrial) and (trial.network.width, trial.seed) == (width, seed):
            rows = store.predictions([key])
            found[rows["row"]] = rows.filter(like="p_").to_numpy(float)
    return found


def test_an_ensemble_is_the_mean_of_disjoint_groups_of_seeds(tmp_path: Path) -> None:
    with Store.open_existing(write_study(tmp_path / "study", seeds=(0, 1, 2, 3, 4))) as store:
        found = out_of_fold(StudyData.read(store), 0, 2)
        assert found.probabilities.shape == (2, N_IMAGES, 10)
        assert found.n_members == 2
        for place, (one, other) in enumerate([(0, 1), (2, 3)]):
            mean = (stored(store, 0.125, one) + stored(store, 0.125, other)) / 2
            np.testing.assert_allclose(found.probabilities[place], mean)
        labels = store.splits()[0].labels
        np.testing.assert_array_equal(found.labels, labels)
        np.testing.assert_array_equal(found.folds, np.tile(store.splits()[0].assignment, (2, 1)))


def test_fewer_seeds_than_members_form_one_smaller_ensemble(tmp_path: Path) -> None:
    with Store.open_existing(write_study(tmp_path / "study", seeds=(0, 1))) as store:
        found = out_of_fold(StudyData.read(store), 1, 5)
    assert (len(found.probabilities), found.n_members) == (1, 2)


def test_a_seed_without_one_of_its_folds_is_left_out(tmp_path: Path) -> None:
    def result(trial: object) -> TrialResult | None:
        assert isinstance(trial, NetworkTrial)
        if (trial.seed, trial.fold) == (0, 1):
            return TrialResult(trial.key, TrialState.FAILED, 1, failure=FailureKind.RAISED, error="nan")
        return SMALL.result(trial)

    with Store.open_existing(SMALL.write(tmp_path / "study", result)) as store:
        data = StudyData.read(store)
        assert len(out_of_fold(data, 0, 1).probabilities) == 1


def test_no_complete_seed_is_a_reason(tmp_path: Path) -> None:
    def result(trial: object) -> TrialResult | None:
        assert isinstance(trial, NetworkTrial)
        return None if trial.fold == 0 else SMALL.result(trial)

    with Store.open_existing(SMALL.write(tmp_path / "study", result)) as store:
        data = StudyData.read(store)
        with pytest.raises(InsufficientError, match="a seed whose folds are all done; there is none"):
            out_of_fold(data, 0, 1)
