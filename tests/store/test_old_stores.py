"""Every released version of the store opens in this one. ``write_asset.py`` made the files."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.errors import StudyError
from bench.records import ControlTrial, NetworkTrial
from bench.store import STORE_NAME, Counts, Store, schema
from tests.store.planted import SMALL

ASSETS = Path(__file__).parent / "assets"
Copy = Callable[[str], Path]


@pytest.fixture
def folder_of_version(tmp_path: Path) -> Copy:
    def copy(name: str) -> Path:
        shutil.copy(ASSETS / name, tmp_path / STORE_NAME)
        return tmp_path

    return copy


def test_there_is_a_file_of_every_version() -> None:
    assert sorted(path.name for path in ASSETS.iterdir()) == [
        f"v{version}.sqlite" for version in range(1, schema.VERSION + 1)
    ]


def test_version_1_reads_as_it_was_written(folder_of_version: Copy) -> None:
    with Store.open_existing(folder_of_version("v1.sqlite")) as store:
        assert store.counts() == Counts(done=4, failed=2, pending=2)
        assert store.study().class_names == ("NORMAL", "PNEUMONIA")
        trials = store.trials()
        assert trials["architecture"].tolist() == ["paper_small"] * 4 + ["gru_rows"] * 4
        assert trials["width"].isna().tolist() == [False] * 4 + [True] * 4
        assert trials["axis_dropout"].dropna().tolist() == [0.25] * 4
        assert trials["state"].tolist() == ["DONE", "DONE", "FAILED", "PENDING"] * 2
        assert trials["val_accuracy"].dropna().tolist() == [5 / 6, 4 / 6] * 2
        assert trials["failed_step"].dropna().tolist() == [7, 7]
        assert store.epochs().groupby("trial_key")["epoch"].apply(list).tolist() == [[1, 2, 3]] * 4
        predictions = store.predictions(trials["trial_key"][:1])
        assert predictions["file"].tolist() == [f"NORMAL/{row:02d}.png" for row in (0, 2, 4, 6)] + [
            "PNEUMONIA/08.png",
            "PNEUMONIA/10.png",
        ]
        assert predictions["p_NORMAL"].tolist() == [0.25, 0.75, 0.75, 0.75, 0.25, 0.25]
        steps = store.step_times()
        assert steps.loc[~steps["is_warmup"], "step_ns"].tolist() == [4_000_000, 5_000_000, 6_000_000, 9_000_000] * 2
        assert store.folds().columns.tolist() == ["file", "label", "patient", "seed", "fold", "split_hash"]
        assert [each.values["cpu"] for each in store.environments().values()] == ["an abacus"]


def test_version_1_has_networks_only_and_no_inner_validation_part(folder_of_version: Copy) -> None:
    with Store.open_existing(folder_of_version("v1.sqlite")) as store:
        trials = store.trials()
        assert set(trials["kind"]) == {"network"}
        assert trials[["inner_accuracy", "inner_loss", "chosen_epoch"]].isna().all(axis=None)
        assert set(trials["protocol_label_noise"]) == {0.0}
        assert store.epochs()[["inner_loss", "inner_accuracy"]].isna().all(axis=None)


def test_version_4_reads_as_it_was_written(folder_of_version: Copy) -> None:
    with Store.open_existing(folder_of_version("v4.sqlite")) as store:
        trials = store.trials()
        names = ["paper_small", "gru_rows", "majority_class", "shuffled_labels"]
        assert trials["architecture"].tolist() == [name for name in names for _ in range(4)]
        assert trials["kind"].tolist() == ["network"] * 8 + ["control"] * 8
        assert trials["n_params"].tolist() == [1000] * 4 + [4000] * 4 + [0] * 4 + [1000] * 4
        assert store.counts() == Counts(done=8, failed=4, pending=4)


@pytest.mark.parametrize("version", range(1, schema.VERSION + 1))
def test_a_store_of_every_version_gives_its_trials_as_records(folder_of_version: Copy, version: int) -> None:
    with Store.open_existing(folder_of_version(f"v{version}.sqlite")) as store:
        records, trials = store.trial_records(), store.trials().set_index("trial_key")
    assert list(records) == trials.index.tolist()
    for key, trial in records.items():
        if isinstance(trial, NetworkTrial):
            assert trial.key == key
            assert trial.network.key == trials.loc[key, "network_key"]
    n = {4: 4, 5: 6, 6: 6}.get(version, 0)
    fitted = [trial.control for trial in records.values() if isinstance(trial, ControlTrial)]
    assert fitted == ["majority_class"] * n
    trained_for_a_control = [t for t in records.values() if isinstance(t, NetworkTrial) and t.control is not None]
    assert [trial.control for trial in trained_for_a_control] == ["shuffled_labels"] * n


def test_version_5_reads_as_it_was_written(folder_of_version: Copy) -> None:
    with Store.open_existing(folder_of_version("v5.sqlite")) as store:
        trials = store.trials()
        assert all(trial.key == key for key, trial in store.trial_records().items())
        assert store.study().sweep["seeds"] == [0, 1, 2]
    assert trials["plan_round"].tolist() == [1] * 16 + [2] * 8
    assert trials["seed"].tolist() == [0, 0, 1, 1] * 4 + [2, 2] * 4
    assert trials["state"].value_counts().to_dict() == {"DONE": 8, "FAILED": 4, "PENDING": 12}
    assert trials.loc[trials["architecture"] == "majority_class", "n_params"].tolist() == [0] * 6


def test_a_store_of_one_round_gives_the_columns_that_it_always_had(folder_of_version: Copy) -> None:
    with Store.open_existing(folder_of_version("v4.sqlite")) as store:
        assert "plan_round" not in store.trials().columns
        assert store.trials().columns[-1] == "environment_key"


def test_a_store_of_a_newer_version_is_refused_and_left_alone(folder_of_version: Copy) -> None:
    folder = folder_of_version("v1.sqlite")
    with sqlite3.connect(folder / STORE_NAME) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    before = (folder / STORE_NAME).read_bytes()
    with pytest.raises(
        StudyError, match=rf"up to version {schema.VERSION}; .* has version {schema.VERSION + 1}; install"
    ):
        Store.open_existing(folder)
    assert (folder / STORE_NAME).read_bytes() == before


def test_an_older_store_is_migrated_with_its_rows_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SMALL.write(tmp_path)
    migration = "ALTER TABLE results ADD COLUMN note TEXT; UPDATE results SET note = 'migrated'"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, migration))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with Store.open_existing(folder) as store:
        assert store.counts() == Counts(done=8, failed=0, pending=0)
    with sqlite3.connect(folder / STORE_NAME) as connection:
        assert connection.execute("SELECT DISTINCT note FROM results").fetchall() == [("migrated",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    connection.close()


def test_a_migration_that_fails_leaves_the_old_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SMALL.write(tmp_path)
    before = (folder / STORE_NAME).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "DROP TABLE epochs; SELECT nonsense"))
        patch.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(StudyError, match="nonsense"):
            Store.open_existing(folder)
    assert (folder / STORE_NAME).read_bytes() == before
    with Store.open_existing(folder) as store:
        assert len(store.epochs()) == 8 * 3


def test_stored_arrays_are_little_endian(folder_of_version: Copy) -> None:
    with sqlite3.connect(folder_of_version("v1.sqlite") / STORE_NAME) as connection:
        (blob,) = connection.execute("SELECT test_rows FROM predictions LIMIT 1").fetchone()
    connection.close()
    assert blob == b"".join(row.to_bytes(8, "little") for row in np.arange(0, 12, 2).tolist())
