"""The tables of every version of the store, and the migrations between versions.

``MIGRATIONS[v]`` migrates a file from version v to v + 1; version 0 is an empty file. SQLite keeps the version in the
file's ``user_version`` and the mark of this program in ``application_id``. A released migration is never edited: each
change of the tables is a new migration.
"""

import contextlib
import functools
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from bench.errors import StudyError
from bench.store import checksums

APPLICATION_ID = 0x50534231
"""``PSB1``, in the bytes 68 to 71 of the file."""

_VERSION_1 = """
CREATE TABLE study (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    record TEXT NOT NULL
);
CREATE TABLE images (
    row INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    label INTEGER NOT NULL,
    patient TEXT
);
CREATE TABLE folds (
    seed INTEGER PRIMARY KEY,
    assignment BLOB NOT NULL
);
CREATE TABLE networks (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL,
    n_params INTEGER NOT NULL,
    n_trainable_params INTEGER NOT NULL,
    flops_per_example INTEGER NOT NULL,
    activation_bytes_per_example INTEGER NOT NULL
);
CREATE TABLE protocols (
    id INTEGER PRIMARY KEY,
    record TEXT NOT NULL UNIQUE
);
CREATE TABLE environments (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL
);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    network_id INTEGER NOT NULL REFERENCES networks,
    protocol_id INTEGER NOT NULL REFERENCES protocols,
    dataset TEXT NOT NULL,
    data_hash TEXT NOT NULL,
    split_hash TEXT NOT NULL,
    n_folds INTEGER NOT NULL,
    fold INTEGER NOT NULL,
    seed INTEGER NOT NULL
);
CREATE TABLE results (
    trial_id INTEGER PRIMARY KEY REFERENCES trials,
    environment_id INTEGER NOT NULL REFERENCES environments,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    failure TEXT,
    error TEXT,
    failed_step INTEGER,
    train_accuracy,
    train_loss,
    val_accuracy,
    val_loss,
    train_s,
    CHECK ((state = 'DONE') = (failure IS NULL)),
    CHECK (state <> 'DONE' OR (train_accuracy IS NOT NULL AND train_loss IS NOT NULL AND
                               val_accuracy IS NOT NULL AND val_loss IS NOT NULL AND train_s IS NOT NULL))
);
CREATE TABLE epochs (
    trial_id INTEGER NOT NULL REFERENCES results ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    train_loss NOT NULL,
    train_accuracy NOT NULL,
    val_loss NOT NULL,
    val_accuracy NOT NULL,
    PRIMARY KEY (trial_id, epoch)
) WITHOUT ROWID;
CREATE TABLE predictions (
    trial_id INTEGER PRIMARY KEY REFERENCES results ON DELETE CASCADE,
    test_rows BLOB NOT NULL,
    probabilities BLOB NOT NULL
);
CREATE TABLE step_times (
    id INTEGER PRIMARY KEY,
    network_id INTEGER NOT NULL REFERENCES networks,
    protocol_id INTEGER NOT NULL REFERENCES protocols,
    environment_id INTEGER NOT NULL REFERENCES environments,
    threads INTEGER NOT NULL,
    warmup_ns BLOB NOT NULL,
    steps_ns BLOB NOT NULL
)
"""

_VERSION_2 = """
CREATE TABLE measurements (
    id INTEGER PRIMARY KEY,
    network_id INTEGER NOT NULL REFERENCES networks,
    protocol_id INTEGER NOT NULL REFERENCES protocols,
    environment_id INTEGER NOT NULL REFERENCES environments,
    part TEXT NOT NULL,
    threads INTEGER NOT NULL,
    batch_size INTEGER NOT NULL,
    pass_number INTEGER NOT NULL,
    round INTEGER NOT NULL,
    position INTEGER NOT NULL,
    warmup_ns BLOB NOT NULL,
    samples_ns BLOB NOT NULL,
    cpus TEXT NOT NULL,
    counters TEXT,
    figures TEXT NOT NULL
);
INSERT INTO measurements
    SELECT step_times.id, network_id, protocol_id, environment_id, 'step', threads,
        json_extract(record, '$.batch_size'), step_times.id, 0, 0, warmup_ns, steps_ns, '[]', NULL, '{}'
    FROM step_times JOIN protocols ON protocols.id = protocol_id;
DROP TABLE step_times
"""

_VERSION_3 = """
ALTER TABLE images ADD COLUMN group_number INTEGER;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    record TEXT NOT NULL
)
"""

_VERSION_4 = """
ALTER TABLE trials ADD COLUMN control TEXT;
ALTER TABLE results ADD COLUMN chosen_epoch INTEGER;
ALTER TABLE results ADD COLUMN inner_accuracy;
ALTER TABLE results ADD COLUMN inner_loss;
ALTER TABLE epochs ADD COLUMN inner_loss;
ALTER TABLE epochs ADD COLUMN inner_accuracy
"""

_VERSION_5 = """
CREATE TABLE rounds (
    number INTEGER PRIMARY KEY,
    record TEXT NOT NULL
);
INSERT INTO rounds SELECT id, record FROM study;
DROP TABLE study;
ALTER TABLE trials ADD COLUMN plan_round INTEGER NOT NULL DEFAULT 1;
ALTER TABLE trials ADD COLUMN backend TEXT;
ALTER TABLE trials ADD COLUMN numerics TEXT
"""

_VERSION_6 = """
CREATE TABLE checksums (
    name TEXT NOT NULL,
    owner INTEGER NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (name, owner)
) WITHOUT ROWID
"""
# Measured floats have no declared type: in a REAL column SQLite would store -0.0 as the integer 0, losing a bit.
# record, cpus, counters and figures are JSON; blobs are little-endian: int32 assignment, int64 test_rows and *_ns,
# float32 probabilities in rows of n_classes. Predictions have their own table, so reading results skips their pages.
# trials.control is NULL for a network; inner_* are NULL where a protocol has no inner validation part. A control that
# trains no network has a row in networks of its own name and of zero cost, which its key hashes.
# rounds.record is the study as each round declared it; the last one is current. trials.plan_round is the round that
# added a trial. trials.backend and numerics are NULL if a trial has the defaults of ``NetworkTrial``.

# checksums.total is kept by the triggers of ``checksums.py``.

MIGRATIONS: tuple[str, ...] = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5, _VERSION_6)
VERSION = len(MIGRATIONS)
_FIRST_WITH_CHECKSUMS = 6


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables in an empty file, or migrate an older one, in one transaction.

    Args:
        connection: in autocommit mode (``isolation_level=None``).
        path: for messages.

    Raises:
        StudyError: the file is not a store, a newer version wrote it, or a row of an older one was changed.
    """
    if _pragma(connection, "application_id") == APPLICATION_ID and _pragma(connection, "user_version") == VERSION:
        _require_own_tables(connection, path, VERSION)
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _pragma(connection, "user_version")
        is_empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        if not is_empty and _pragma(connection, "application_id") != APPLICATION_ID:
            raise StudyError(
                f"a study's store must be one that this program wrote; {path} is another SQLite file; "
                "move it away or choose another --study"
            )
        if found > VERSION:
            raise StudyError(
                f"this version reads stores up to version {VERSION}; {path} has version {found}; "
                "install the newer release that wrote it"
            )
        _require_own_tables(connection, path, found)
        if found >= _FIRST_WITH_CHECKSUMS:
            checksums.verify(connection, checksums.OWNERS)
        _migrate(connection, found, VERSION)
        checksums.seal_all(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _require_own_tables(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Refuse a file with other tables than a version has: a view, a trigger or a virtual table may never end."""
    found, expected = _declarations(connection), _tables_of(version)
    different = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if different:
        raise StudyError(
            f"a study's store holds the tables that this program made; {path} has others, or a view or trigger in "
            f"their place: {', '.join(different)}; restore it from a copy, or remove it and run again"
        )


@functools.cache
def _tables_of(version: int) -> Mapping[str, str]:
    """By name, the declarations of the tables of a version."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _migrate(connection, 0, version)
        return _declarations(connection)


def _declarations(connection: sqlite3.Connection) -> dict[str, str]:
    # SQLite's own tables and indices have no declaration, or a name that no other object can have.
    rows = connection.execute(
        "SELECT name, type || ' ' || sql FROM sqlite_master WHERE substr(name, 1, 7) <> 'sqlite_'"
    )
    return dict(rows.fetchall())


def _migrate(connection: sqlite3.Connection, found: int, wanted: int) -> None:
    for migration in MIGRATIONS[found:wanted]:
        for statement in migration.split(";"):
            connection.execute(statement)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
