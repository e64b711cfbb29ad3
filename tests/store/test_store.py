import contextlib
import re
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from bench.errors import StudyError
from bench.records import Counters, Environment, FailureKind, Protocol, TimedPart
from bench.store import STORE_NAME, Counts, Store, checksums
from tests.store.planted import ENVIRONMENT, SMALL, Planted, cost, failed, network, step_times


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create_or_open(tmp_path) as store:
        SMALL.register(store)
        yield store


def test_registering_the_same_plan_again_changes_nothing(store: Store) -> None:
    before = store.trials()
    SMALL.register(store)
    assert store.trials().equals(before)
    assert len(before) == len(SMALL.trials)


def test_another_study_is_refused_with_each_difference_by_key(store: Store) -> None:
    other = SMALL.study.model_copy(
        update={"data_hash": "f" * 16, "sweep": {**SMALL.study.sweep, "protocol": {"epochs": 5, "optimizer": "sgd"}}}
    )
    with pytest.raises(StudyError) as refusal:
        store.register(replace(SMALL.plan, study=other))
    text = str(refusal.value)
    assert 'data_hash (stored "0123456789abcdef", now "ffffffffffffffff")' in text
    assert "sweep.protocol.epochs (stored 3, now 5)" in text
    assert 'sweep.protocol.optimizer (stored nothing, now "sgd")' in text
    assert "class_names" not in text
    assert "--study" in text
    assert "\n" not in text
    assert store.study() == SMALL.study


def test_other_images_or_folds_are_refused(store: Store) -> None:
    with pytest.raises(StudyError, match="keeps its images"):
        store.register(replace(SMALL.plan, files=SMALL.files[::-1]))
    with pytest.raises(StudyError, match="keeps its images"):
        store.register(replace(SMALL.plan, patients=list("aabbccddeeff")))
    with pytest.raises(StudyError, match="folds; those stored for seed 0"):
        store.register(replace(SMALL.plan, splits={0: SMALL.splits[1]}))


def test_trials_that_another_version_would_expand_the_same_study_into_are_refused(store: Store) -> None:
    before = store.trials()
    others = [trial.model_copy(update={"split_hash": "0" * 16}) for trial in SMALL.trials]

    with pytest.raises(StudyError, match=rf"of those stored {len(others)} are not in this plan"):
        store.register(replace(SMALL.plan, trials=others))
    with pytest.raises(StudyError, match="1 are not in this plan, and of this plan 0 are not stored"):
        store.register(replace(SMALL.plan, trials=SMALL.trials[1:]))

    assert store.trials().equals(before)


def test_a_refused_registration_stores_none_of_it(store: Store) -> None:
    with pytest.raises(StudyError):
        store.register(replace(SMALL.plan, splits={7: SMALL.splits[1]}, trials=SMALL.trials[1:]))
    assert 7 not in store.folds()["seed"].unique()


def test_a_trial_is_read_back_as_the_record_that_was_registered(tmp_path: Path) -> None:
    planted = Planted(
        {network(width=0.5, dropout=0.25): cost(1000), network("gru_rows", None, units=8): cost(50)},
        protocols=(Protocol(epochs=3), Protocol(epochs=3, inner_share=0.25, learning_rate=0.1)),
        controls=("majority_class", "shuffled_labels"),
    )
    with Store.create_or_open(tmp_path) as store:
        planted.register(store)
        assert list(store.trial_records().items()) == [(trial.key, trial) for trial in planted.trials]
        assert store.trial(planted.trials[3].key) == planted.trials[3]
        with pytest.raises(StudyError, match="has no trial nonsense; take a trial_key"):
            store.trial("nonsense")


def test_a_trial_of_another_backend_is_read_back_and_named_in_the_table(tmp_path: Path) -> None:
    trials = [each.model_copy(update={"backend": "abacus"}) if each.seed else each for each in SMALL.trials]
    with Store.create_or_open(tmp_path) as store:
        store.register(replace(SMALL.plan, trials=trials))
        assert list(store.trial_records().items()) == [(trial.key, trial) for trial in trials]
        assert store.trials()["backend"].tolist() == ["tensorflow", "tensorflow", "abacus", "abacus"] * 2
        assert "numerics" not in store.trials().columns


def test_a_network_of_a_controls_name_is_not_taken_for_the_control(tmp_path: Path) -> None:
    planted = Planted({network("shuffled_labels"): cost(1000)}, controls=("shuffled_labels",))
    with Store.create_or_open(tmp_path) as store:
        planted.register(store)
        assert list(store.trial_records().values()) == planted.trials


def test_splits_are_read_back_as_they_were_registered(tmp_path: Path) -> None:
    planted = replace(SMALL, patients=tuple("aabbccddeeff"))
    with Store.create_or_open(tmp_path) as store:
        planted.register(store)
        stored = store.splits()
    assert {seed: split.hash for seed, split in stored.items()} == {
        seed: split.hash for seed, split in planted.splits.items()
    }
    assert all(np.array_equal(split.labels, planted.labels) for split in stored.values())


def test_a_plan_whose_seeds_disagree_on_labels_is_refused() -> None:
    other = replace(SMALL.splits[1], labels=SMALL.labels[::-1])
    with pytest.raises(ValueError, match="one split per seed, all of the same labels and groups; received seeds"):
        replace(SMALL.plan, splits={0: SMALL.splits[0], 1: other})


def test_pending_are_the_trials_without_result_and_those_whose_worker_died(store: Store) -> None:
    first, second, third, fourth, *others = SMALL.trials
    store.record(SMALL.result(first), ENVIRONMENT)
    store.record(failed(second, FailureKind.DIVERGED), ENVIRONMENT)
    store.record(failed(third, FailureKind.RAISED), ENVIRONMENT)
    store.record(failed(fourth, FailureKind.WORKER_DIED), ENVIRONMENT)
    assert store.pending(SMALL.trials) == [fourth, *others]
    assert store.counts() == Counts(done=1, failed=3, pending=len(others))


def test_a_later_result_replaces_one_whose_worker_died(store: Store) -> None:
    trial = SMALL.trials[0]
    store.record(failed(trial, FailureKind.LACKED_RESOURCES), ENVIRONMENT)
    store.record(SMALL.result(trial), ENVIRONMENT)
    row = store.trials().iloc[0]
    assert (row["state"], row["val_accuracy"]) == ("DONE", 5 / 6)
    assert row[["failure", "error", "failed_step"]].isna().all()
    assert len(store.epochs()) == 3


@pytest.mark.parametrize("first", ["done", FailureKind.DIVERGED, FailureKind.RAISED])
def test_any_other_stored_result_is_never_revised(store: Store, first: FailureKind | Literal["done"]) -> None:
    trial = SMALL.trials[0]
    store.record(SMALL.result(trial) if first == "done" else failed(trial, first), ENVIRONMENT)
    before = store.trials()
    with pytest.raises(StudyError, match=f"never revised; trial {trial.key}"):
        store.record(SMALL.result(trial, n_misses=3), ENVIRONMENT)
    assert store.trials().equals(before)


def test_a_result_of_a_trial_that_is_not_registered_is_refused(store: Store) -> None:
    stranger = replace(SMALL.result(SMALL.trials[0]), trial_key="f" * 16)
    with pytest.raises(StudyError, match=f"no trial {'f' * 16}"):
        store.record(stranger, ENVIRONMENT)


def test_a_result_that_cannot_be_stored_whole_is_not_stored_at_all(store: Store) -> None:
    result = SMALL.result(SMALL.trials[0])
    assert result.metrics is not None
    twice = replace(result.metrics, epochs=result.metrics.epochs[:1] * 2)
    with pytest.raises(StudyError, match="UNIQUE"):
        store.record(replace(result, metrics=twice), Environment({"cpu": "another"}))
    assert store.pending(SMALL.trials) == SMALL.trials
    assert store.environments() == {}


def test_a_metric_that_is_not_a_number_is_refused(store: Store) -> None:
    result = SMALL.result(SMALL.trials[0])
    assert result.metrics is not None
    with pytest.raises(StudyError, match="CHECK"):
        store.record(replace(result, metrics=replace(result.metrics, val_loss=float("nan"))), ENVIRONMENT)


def test_trials_have_a_column_for_each_axis_and_protocol_field(tmp_path: Path) -> None:
    planted = Planted(
        {network(width=0.5, units=3, dropout=0.5): cost(1000), network("gru_rows", None, cell="lstm"): cost(2000)},
        protocols=(Protocol(epochs=3), Protocol(epochs=3, optimizer="sgd", learning_rate=0.1)),
        seeds=(4,),
    )
    with Store.open_existing(planted.write(tmp_path)) as store:
        trials = store.trials()
    assert trials["axis_units"].tolist()[:4] == [3] * 4
    assert all(type(value) is int for value in trials["axis_units"][:4])
    assert trials["axis_units"][4:].isna().all()
    assert trials["axis_cell"].tolist()[4:] == ["lstm"] * 4
    assert trials["protocol_optimizer"].tolist() == ["adam", "adam", "sgd", "sgd"] * 2
    assert trials["protocol_learning_rate"].tolist() == [0.001, 0.001, 0.1, 0.1] * 2
    assert set(trials["input_shape"]) == {"70x70x3"}
    assert trials["flops_per_example"].tolist() == [28_000] * 4 + [56_000] * 4
    assert trials["trial_key"].tolist() == [trial.key for trial in planted.trials]
    assert (trials["seed"] == 4).all()
    assert trials["fold"].tolist() == [0, 1] * 4


def test_predictions_name_the_held_out_images_with_their_true_class(tmp_path: Path) -> None:
    with Store.open_existing(SMALL.write(tmp_path)) as store:
        trial = SMALL.trials[1]
        predictions = store.predictions([trial.key])
        assert len(store.predictions([])) == 0
    assert predictions["row"].tolist() == SMALL.test_rows(trial).tolist()
    assert predictions["file"].tolist() == [SMALL.files[row] for row in predictions["row"]]
    assert predictions["label"].tolist() == [file.split("/")[0] for file in predictions["file"]]
    assert (predictions["trial_key"] == trial.key).all()


def test_folds_are_read_as_they_were_registered(store: Store) -> None:
    folds = store.folds()
    assert folds.columns.tolist() == ["file", "label", "group", "seed", "fold", "split_hash"]
    for seed in SMALL.seeds:
        rows = folds[folds["seed"] == seed]
        assert rows["file"].tolist() == list(SMALL.files)
        assert rows["fold"].tolist() == SMALL.assignment(seed).tolist()
        assert set(rows["split_hash"]) == {trial.split_hash for trial in SMALL.trials if trial.seed == seed}


def test_a_step_time_of_other_threads_another_cpu_or_a_stopped_pass_does_not_stand_for_this_machine(
    store: Store,
) -> None:
    (first, *_), protocol = SMALL.networks, SMALL.protocols[0]
    store.record_measurement(step_times(first, protocol, (5,), threads=2), ENVIRONMENT)

    assert store.timed_engines(2, "an abacus", n_rounds=1) == {(first.key, protocol)}
    assert store.timed_engines(1, "an abacus", n_rounds=1) == set()
    assert store.timed_engines(2, "a slide rule", n_rounds=1) == set()
    assert store.timed_engines(2, "an abacus", n_rounds=2) == set()


def test_every_measurement_is_kept_in_order_with_all_that_went_with_it(store: Store) -> None:
    (first, *_), protocol = SMALL.networks, SMALL.protocols[0]
    counters = Counters(wall_s=1.5, own_cpu_s=2.5, involuntary_switches=3, n_cores=2, busy_cpu_s=2.75, mhz=None)
    taken = [
        step_times(first, protocol, (1, 2**62), warmup_ns=(9, 8), counters=counters, figures={"trace_s": 0.5}),
        step_times(first, protocol, (5,), warmup_ns=(), round=1, position=7, threads=1, cpus=(1,), batch_size=16),
        step_times(first, protocol, (6,), pass_number=2, part=TimedPart.DISK),
    ]
    assert store.last_pass() == 0
    for each in taken:
        store.record_measurement(each, ENVIRONMENT)

    stored = store.measurements()
    assert store.last_pass() == 2
    for name in ("part", "threads", "cpus", "batch_size", "pass_number", "round", "position"):
        assert stored[name].tolist() == [getattr(each, name) for each in taken]
    assert [ns.tolist() for ns in stored["samples_ns"]] == [[1, 2**62], [5], [6]]
    assert [ns.tolist() for ns in stored["warmup_ns"]] == [[9, 8], [], [50_000_000]]
    assert stored["counter_busy_cpu_s"][0] == 2.75
    assert stored[["counter_mhz", "counter_steal_s"]].isna().all(axis=None)
    assert stored["counter_wall_s"].isna().tolist() == [False, True, True]
    assert stored["figure_trace_s"].tolist()[0] == 0.5
    assert stored["figure_trace_s"].isna().tolist() == [False, True, True]


def test_steps_are_the_samples_of_the_training_step_alone(store: Store) -> None:
    (first, *_), protocol = SMALL.networks, SMALL.protocols[0]
    store.record_measurement(step_times(first, protocol, (1, 2), warmup_ns=(9, 8)), ENVIRONMENT)
    store.record_measurement(step_times(first, protocol, (7,), part=TimedPart.FORWARD), ENVIRONMENT)
    store.record_measurement(step_times(first, protocol, (5,), warmup_ns=(), round=1, threads=1), ENVIRONMENT)

    steps = store.step_times()
    assert steps["step_ns"].tolist() == [9, 8, 1, 2, 5]
    assert steps["is_warmup"].tolist() == [True, True, False, False, False]
    assert steps["step"].tolist() == [0, 1, 0, 1, 0]
    assert steps["threads"].tolist() == [2, 2, 2, 2, 1]
    assert steps["round"].tolist() == [0, 0, 0, 0, 1]


def test_a_time_of_a_network_that_is_not_registered_is_refused(store: Store) -> None:
    with pytest.raises(StudyError, match="no network"):
        store.record_measurement(step_times(network("unknown"), Protocol(), (1,)), ENVIRONMENT)


def test_a_report_can_read_while_a_run_writes(tmp_path: Path, store: Store) -> None:
    with Store.open_existing(tmp_path) as reader, store._database.writing() as connection:
        connection.execute("DELETE FROM folds")
        assert len(reader.folds()) == 24


def test_thousands_of_trials_are_told_apart(tmp_path: Path) -> None:
    planted = Planted(
        {network(width=1 + index / 100): cost(1000 + index) for index in range(50)}, seeds=range(20), n_folds=6
    )
    with Store.create_or_open(tmp_path) as store:
        planted.register(store)
        assert store.counts().pending == len(store.pending(planted.trials)) == 6000
        assert store.trials()["trial_key"].is_unique


def test_a_folder_without_a_store_is_refused_and_left_empty(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=rf"holds {STORE_NAME}"):
        Store.open_existing(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_store_whose_run_stopped_before_its_plan_was_stored_says_so(tmp_path: Path) -> None:
    (tmp_path / STORE_NAME).touch()
    with Store.open_existing(tmp_path) as store, pytest.raises(StudyError, match="run its sweep again"):
        store.study()


def test_another_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / STORE_NAME) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    connection.close()
    before = (tmp_path / STORE_NAME).read_bytes()
    with pytest.raises(StudyError, match="another SQLite file"):
        Store.create_or_open(tmp_path)
    assert (tmp_path / STORE_NAME).read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / STORE_NAME).write_text("dear diary, " * 100)
    with pytest.raises(StudyError, match=r"not a database \(SQLITE_NOTADB\); it is not a store; move it away"):
        Store.open_existing(tmp_path)


def test_a_damaged_store_gives_one_line_with_the_fix(tmp_path: Path) -> None:
    path = SMALL.write(tmp_path) / STORE_NAME
    content = bytearray(path.read_bytes())
    content[4096:] = np.random.default_rng(0).bytes(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StudyError, match="restore it from a copy") as refusal, Store.open_existing(tmp_path) as store:
        store.trials()
    assert "\n" not in str(refusal.value)


def test_a_full_disk_gives_one_line_and_keeps_what_is_stored(store: Store) -> None:
    first, second = SMALL.trials[:2]
    store.record(SMALL.result(first), ENVIRONMENT)
    with store._database.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    huge = replace(failed(second), error="x" * 100_000)
    with pytest.raises(StudyError, match="free some disk space and run the same command again"):
        store.record(huge, ENVIRONMENT)
    assert store.counts() == Counts(done=1, failed=0, pending=len(SMALL.trials) - 1)


def test_a_limit_of_file_sizes_is_named_and_keeps_what_is_stored(store: Store, tmp_path: Path) -> None:
    first, second = SMALL.trials[:2]
    store.record(SMALL.result(first), ENVIRONMENT)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "study.sqlite-wal").stat().st_size, limits[1]))
    try:
        with pytest.raises(StudyError, match=r"raise the limit of file sizes \(ulimit -f\)"):
            store.record(replace(failed(second), error="x" * 100_000), ENVIRONMENT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert store.counts() == Counts(done=1, failed=0, pending=len(SMALL.trials) - 1)


def test_a_store_that_another_program_holds_is_waited_for_and_then_named(store: Store, tmp_path: Path) -> None:
    store._database._connection.execute("PRAGMA busy_timeout = 10")
    with contextlib.closing(sqlite3.connect(tmp_path / STORE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StudyError, match=r"not free within 10 s: wait for the process.* without locks, use "):
            store.record(SMALL.result(SMALL.trials[0]), ENVIRONMENT)


@pytest.mark.parametrize("fate", ["deleted", "moved", "replaced"])
def test_a_result_is_refused_once_the_store_is_no_longer_in_its_place(tmp_path: Path, fate: str) -> None:
    folder = tmp_path / "study"
    with Store.create_or_open(folder) as store:
        SMALL.register(store)
        if fate == "deleted":
            (folder / STORE_NAME).unlink()
        else:
            folder.rename(tmp_path / "elsewhere")
        if fate == "replaced":
            Store.create_or_open(folder).__exit__(None, None, None)
        trial = SMALL.trials[0]
        with pytest.raises(StudyError, match=r"must stay in its place; .* was deleted, moved or replaced") as refused:
            store.record(failed(trial), ENVIRONMENT)
        with pytest.raises(StudyError, match="must stay in its place"):
            store.counts()
    assert "\n" not in str(refused.value)


def test_a_store_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    SMALL.write(tmp_path / "mine")
    target = next((tmp_path / "mine").rglob(STORE_NAME))
    before = target.read_bytes()
    (tmp_path / STORE_NAME).symlink_to(target)
    with pytest.raises(StudyError, match=r"study\.sqlite is a regular file; .* is not; remove it$"):
        Store.open_existing(tmp_path)
    assert target.read_bytes() == before


@pytest.mark.parametrize("record", ["", "{", '{"name": 1}', "[" * 100_000, "\x00"])
def test_an_invalid_study_record_is_one_line_even_if_its_checksum_matches(tmp_path: Path, record: str) -> None:
    folder = SMALL.write(tmp_path)
    with sqlite3.connect(folder / STORE_NAME) as connection:
        connection.execute("UPDATE rounds SET record = ?", (record,))
        checksums.seal_all(connection)
    connection.close()
    with Store.open_existing(folder) as store, pytest.raises(StudyError, match="must hold valid records") as refused:
        store.study()
    assert "\n" not in str(refused.value)
    assert "restore it from a copy" in str(refused.value)


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT "


@pytest.mark.parametrize(
    "change",
    [
        f"DROP TABLE epochs; CREATE VIEW epochs AS {ENDLESS} x AS trial_id, x AS epoch FROM n",
        f"DROP TABLE audit; CREATE VIEW audit AS {ENDLESS} x AS id, x AS record FROM n",
        f"CREATE TRIGGER t AFTER INSERT ON results BEGIN INSERT INTO images {ENDLESS} x, x, x, x, x FROM n; END",
        "DROP TABLE images; CREATE VIRTUAL TABLE images USING fts5(row, file, label, patient, group_number)",
        "ALTER TABLE networks ADD COLUMN more INTEGER GENERATED ALWAYS AS (n_params * n_params) VIRTUAL",
        "DROP TABLE measurements",
        "CREATE TABLE notes (text)",
    ],
)
@pytest.mark.parametrize("version", [4, 6])
def test_a_store_with_other_tables_than_its_own_is_refused_before_any_is_read(
    tmp_path: Path, change: str, version: int
) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(Path(__file__).parent / "assets" / f"v{version}.sqlite", folder / STORE_NAME)
    with contextlib.closing(sqlite3.connect(folder / STORE_NAME)) as connection:
        connection.executescript(change)
    with pytest.raises(StudyError, match=r"holds the tables that this program made; .*: ") as refused:
        Store.open_existing(folder)
    assert re.split(r"\W+", change)[2] in str(refused.value) or "networks" in str(refused.value)
    assert "\n" not in str(refused.value)
