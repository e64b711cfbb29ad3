from pathlib import Path

import numpy as np
import pytest

from bench.analyse.ensembles import Cost, ensembles_against_networks, expected_accuracy
from bench.analyse.estimates.insufficient import InsufficientError, NotComputed
from bench.analyse.predictions.out_of_fold import out_of_fold
from bench.records import NetworkTrial
from bench.store import Store
from bench.study.families import network_labels
from bench.study.study_data import StudyData
from tests import exportable_study
from tests.exportable_study import LARGE, SMALL, write_study
from tests.store.planted import ENVIRONMENT, step_times

SEEDS = (0, 1, 2, 3)


def read(store: Store) -> tuple[StudyData, dict[int, str]]:
    data = StudyData.read(store)
    return data, network_labels(data.summary)


def test_an_ensemble_meets_the_network_of_its_parameters(tmp_path: Path) -> None:
    with Store.open_existing(write_study(tmp_path / "study", seeds=SEEDS)) as store:
        data, labels = read(store)
        (duel,) = ensembles_against_networks(data, labels)
        ensembles = out_of_fold(data, 0, 2)
        summary = data.summary.set_index("entry")
    right = ensembles.probabilities.argmax(axis=2) == ensembles.labels
    assert (duel.small, duel.n_members, duel.large) == (SMALL, 2, LARGE)
    assert (duel.cost, duel.of_ensemble, duel.of_large) == (Cost.PARAMETERS, 2000, 2000)
    assert duel.accuracy == pytest.approx(right.mean())
    assert duel.large_accuracy == pytest.approx(summary["val_accuracy_mean"][1])
    assert duel.lead.value == pytest.approx(duel.accuracy - duel.large_accuracy)
    assert duel.lead.low < duel.lead.value < duel.lead.high


def test_the_lead_of_a_much_better_ensemble_is_above_zero(tmp_path: Path) -> None:
    """Errors of the planted members are independent, so two of accuracy 0.9 are far better than one of 0.4."""
    with Store.open_existing(write_study(tmp_path / "study", seeds=SEEDS, accuracies=(0.9, 0.4))) as store:
        (duel,) = ensembles_against_networks(*read(store))
    assert duel.lead.low > 0.2


@pytest.mark.parametrize(
    ("seeds", "shared", "reason"),
    [
        ((0,), True, "an ensemble needs 2 seeds or more; the study has 1"),
        ((0, 1), False, "must be trained on the same folds, .* --set split_seed=0"),
    ],
)
def test_a_study_without_members_says_why(tmp_path: Path, seeds: tuple[int, ...], shared: bool, reason: str) -> None:
    study = write_study(tmp_path / "study", seeds=seeds, shared_folds=shared)
    with Store.open_existing(study) as store, pytest.raises(InsufficientError, match=reason):
        ensembles_against_networks(*read(store))


def test_times_are_equal_where_every_network_is_timed(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", seeds=SEEDS)
    with Store.open_existing(folder) as store:
        trial = next(iter(store.trial_records().values()))
        assert isinstance(trial, NetworkTrial)
        for width, ms in ((0.125, 2), (0.25, 6)):
            timed = step_times(exportable_study.network(width), trial.protocol, [ms * 1_000_000] * 4)
            store.record_measurement(timed, ENVIRONMENT)
        duels = ensembles_against_networks(*read(store))
    by_cost = {each.cost: each for each in duels}
    assert by_cost.keys() == {Cost.PARAMETERS, Cost.STEP_MS}
    timed_duel = by_cost[Cost.STEP_MS]
    assert (timed_duel.n_members, timed_duel.of_ensemble, timed_duel.of_large) == (3, 6.0, 6.0)


def test_the_expected_accuracy_of_an_ensemble_is_out_of_fold(tmp_path: Path) -> None:
    with Store.open_existing(write_study(tmp_path / "study", seeds=SEEDS)) as store:
        data, _ = read(store)
        found = out_of_fold(data, 0, 4)
        accuracy = expected_accuracy(data, found)
    assert not isinstance(accuracy, NotComputed)
    right = found.probabilities.argmax(axis=2) == found.labels
    assert accuracy.value == pytest.approx(np.mean(right))
    assert 0 <= accuracy.low < accuracy.value < accuracy.high <= 1
