"""A study that may only be read is read by every command that only reads."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from bench.errors import StudyError
from bench.store import STORE_NAME, Store
from tests.store.planted import ENVIRONMENT, SMALL, failed


@pytest.fixture
def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study's folder on a file system that is mounted to be read only; permissions do not stop a superuser."""
    folder = SMALL.write(tmp_path)
    really = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: really(path, mode) and not mode & os.W_OK)
    return folder


def test_a_read_only_store_gives_its_trials_and_stays_as_it_is(read_only: Path) -> None:
    before = {path.name: path.read_bytes() for path in read_only.iterdir()}
    with Store.open_existing(read_only) as store:
        assert len(store.trials()) == len(SMALL.trials)
        assert len(store.epochs()) > 0
    assert {path.name: path.read_bytes() for path in read_only.iterdir()} == before


def test_a_read_only_store_of_an_older_version_is_read(read_only: Path) -> None:
    asset = Path(__file__).parent / "assets" / "v1.sqlite"
    shutil.copy(asset, read_only / STORE_NAME)
    with Store.open_existing(read_only) as store:
        assert store.counts().total == 8
    assert (read_only / STORE_NAME).read_bytes() == asset.read_bytes()


def test_a_write_to_a_read_only_store_is_one_line(read_only: Path) -> None:
    with (
        Store.open_existing(read_only) as store,
        pytest.raises(StudyError, match=r"must be writable; .*study\.sqlite is not; make the file") as refused,
    ):
        store.record(failed(SMALL.trials[0]), ENVIRONMENT)
    assert "\n" not in str(refused.value)


def test_results_in_the_log_of_a_read_only_store_are_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = SMALL.write(tmp_path)
    writer = sqlite3.connect(folder / STORE_NAME)
    writer.execute("UPDATE results SET train_s = 1")
    writer.commit()
    assert (folder / f"{STORE_NAME}-wal").stat().st_size > 0
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    with pytest.raises(StudyError, match=r"-wal holds results and .* is not writable; copy the folder"):
        Store.open_existing(folder)
    writer.close()
