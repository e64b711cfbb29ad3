"""A plan may grow: a larger one adds a round of trials, any other one is refused."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import StudyError
from bench.records import NetworkTrial
from bench.store import Counts, Store, StudyPlan
from tests.store.planted import ENVIRONMENT, SMALL, cost, network

GRID = [{"architecture": "paper_small", "width": [0.5, 1.0]}]
LARGER_GRID = [{"architecture": "paper_small", "width": [0.5, 1.0, 2.0]}]


def with_sweep(plan: StudyPlan, **changes: object) -> StudyPlan:
    return replace(plan, study=plan.study.model_copy(update={"sweep": {**plan.study.sweep, **changes}}))


FIRST = with_sweep(SMALL.plan, grid=GRID)
MORE_SEEDS = with_sweep(replace(SMALL, seeds=(0, 1, 2)).plan, grid=GRID)
MORE_SIZES = with_sweep(
    replace(SMALL, networks={**SMALL.networks, network(width=2.0): cost(16_000)}).plan, grid=LARGER_GRID
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create_or_open(tmp_path) as store:
        store.register(FIRST)
        for trial in FIRST.trials:
            store.record(SMALL.result(trial), ENVIRONMENT)
        yield store


@pytest.mark.parametrize("larger", [MORE_SEEDS, MORE_SIZES], ids=["seeds", "sizes"])
def test_a_larger_plan_keeps_every_result_and_adds_its_new_trials_as_a_round(store: Store, larger: StudyPlan) -> None:
    before = store.trials()
    store.register(larger)
    after = store.trials()
    assert after.iloc[: len(before)].drop(columns="plan_round").equals(before)
    assert after["plan_round"].tolist() == [1] * len(before) + [2] * 4
    assert store.counts() == Counts(done=len(before), failed=0, pending=4)
    assert [trial.key for trial in store.pending(larger.trials)] == after["trial_key"][len(before) :].tolist()
    assert set(store.trial_records()) == {trial.key for trial in larger.trials}
    assert store.study() == larger.study
    assert set(store.folds()["seed"]) == set(larger.splits)


def test_a_plan_can_grow_again_and_each_round_is_numbered(store: Store) -> None:
    store.register(MORE_SEEDS)
    both = replace(SMALL, networks={**SMALL.networks, network(width=2.0): cost(16_000)}, seeds=(0, 1, 2))
    store.register(with_sweep(both.plan, grid=LARGER_GRID))
    assert store.trials()["plan_round"].tolist() == [1] * 8 + [2] * 4 + [3] * 6


def test_the_same_plan_again_changes_nothing_and_adds_no_round(store: Store) -> None:
    store.register(MORE_SEEDS)
    before = store.trials()
    store.register(MORE_SEEDS)
    assert store.trials().equals(before)


def test_a_study_of_one_round_has_no_column_of_rounds(store: Store) -> None:
    store.register(FIRST)
    assert "plan_round" not in store.trials().columns


def test_a_smaller_plan_is_refused_with_the_keys_that_differ(store: Store) -> None:
    store.register(MORE_SEEDS)
    with pytest.raises(StudyError) as refusal:
        store.register(FIRST)
    assert str(refusal.value) == (
        "a study may grow but keeps its trials, of which this sweep leaves out 4; widths-lungs differs in "
        "sweep.seeds (stored [0, 1, 2], now [0, 1]); give another --study name, or run the stored sweep"
    )
    assert store.study() == MORE_SEEDS.study


def test_other_seeds_that_leave_stored_ones_out_are_refused(store: Store) -> None:
    before = store.trials()
    with pytest.raises(StudyError, match=r"leaves out 4; .* sweep.seeds\[0\] \(stored 0, now 2\)"):
        store.register(with_sweep(replace(SMALL, seeds=(2, 1)).plan, grid=GRID))
    assert store.trials().equals(before)


def test_a_sweep_that_only_reads_otherwise_is_refused(store: Store) -> None:
    with pytest.raises(StudyError, match=r"a study keeps its sweep until it adds trials; .* differs in sweep.grid"):
        store.register(with_sweep(FIRST, grid=[*GRID, *GRID]))


@pytest.mark.parametrize("changed", [{"protocol": {"epochs": 4}}, {"report": {"confusion": True}}, {"folds": 3}])
def test_a_plan_that_grows_and_changes_anything_else_is_refused_and_nothing_of_it_is_stored(
    store: Store, changed: dict[str, object]
) -> None:
    before = store.trials()
    with pytest.raises(StudyError, match=f"a study keeps its sweep and its data; .* sweep.{next(iter(changed))}"):
        store.register(with_sweep(MORE_SEEDS, **changed))
    assert store.trials().equals(before)
    assert store.study() == FIRST.study


def test_a_larger_plan_of_other_images_or_folds_is_refused_and_nothing_of_it_is_stored(store: Store) -> None:
    before = store.trials()
    with pytest.raises(StudyError, match="keeps its images"):
        store.register(replace(MORE_SEEDS, files=MORE_SEEDS.files[::-1]))
    with pytest.raises(StudyError, match="folds; those stored for seed 0"):
        store.register(replace(MORE_SEEDS, splits={**MORE_SEEDS.splits, 0: SMALL.splits[1]}))
    assert store.trials().equals(before)
    assert store.study() == FIRST.study


def test_more_trials_of_an_unchanged_sweep_are_of_another_version_and_refused(store: Store) -> None:
    with pytest.raises(StudyError, match="0 are not in this plan, and of this plan 4 are not stored"):
        store.register(replace(MORE_SIZES, study=FIRST.study))


def test_a_network_that_a_first_round_trained_keeps_its_row_when_later_rounds_train_it_too(store: Store) -> None:
    store.register(MORE_SEEDS)
    networks = {trial.network for trial in store.trial_records().values() if isinstance(trial, NetworkTrial)}
    assert networks == set(SMALL.networks)
    assert store.trials().groupby("architecture")["n_params"].unique().map(list).tolist() == [[1000, 4000]]
