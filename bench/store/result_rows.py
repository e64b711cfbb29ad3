"""Writes the rows of results of trials and of times of networks.

Every function runs inside a transaction of its caller.
"""

import json
import sqlite3
from collections import Counter
from dataclasses import asdict, astuple

import numpy as np

from bench.errors import StudyError
from bench.records import RETRIED_FAILURES, Environment, Measurement, Protocol, TimedPart, TrialResult, TrialState
from bench.store.checksums import verify
from bench.store.plan_rows import protocol_id


def insert_result(connection: sqlite3.Connection, result: TrialResult, environment: Environment) -> None:
    """See ``Store.record``."""
    row = connection.execute(
        "SELECT id, state, failure FROM trials LEFT JOIN results ON trial_id = id WHERE key = ?",
        (result.trial_key,),
    ).fetchone()
    if row is None:
        raise StudyError(
            f"a result belongs to a registered trial; this study has no trial {result.trial_key}; "
            "register the sweep's trials first"
        )
    trial_id, state, failure = row
    if state is not None and failure not in RETRIED_FAILURES:
        raise StudyError(
            f"a stored result is never revised; trial {result.trial_key} is {state} already; "
            "give another --study name to train it again"
        )
    connection.execute("DELETE FROM results WHERE trial_id = ?", (trial_id,))
    metrics = result.metrics
    connection.execute(
        "INSERT INTO results (trial_id, environment_id, state, attempts, failure, error, failed_step, train_accuracy, "
        "train_loss, val_accuracy, val_loss, train_s, chosen_epoch, inner_accuracy, inner_loss) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            trial_id,
            _environment_id(connection, environment),
            result.state,
            result.attempts,
            result.failure,
            result.error,
            result.failed_step,
            metrics and metrics.train_accuracy,
            metrics and metrics.train_loss,
            metrics and metrics.val_accuracy,
            metrics and metrics.val_loss,
            metrics and metrics.train_s,
            metrics and metrics.chosen_epoch,
            metrics and metrics.inner_accuracy,
            metrics and metrics.inner_loss,
        ),
    )
    if metrics is not None:
        connection.executemany(
            "INSERT INTO epochs (trial_id, epoch, train_loss, train_accuracy, val_loss, val_accuracy, inner_loss, "
            "inner_accuracy) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(trial_id, *astuple(epoch)) for epoch in metrics.epochs],
        )
        connection.execute(
            "INSERT INTO predictions VALUES (?, ?, ?)",
            (
                trial_id,
                metrics.test_rows.astype("<i8").tobytes(),
                metrics.probabilities.astype("<f4").tobytes(),
            ),
        )


def insert_measurement(connection: sqlite3.Connection, measurement: Measurement, environment: Environment) -> None:
    """See ``Store.record_measurement``."""
    network = connection.execute("SELECT id FROM networks WHERE key = ?", (measurement.network_key,)).fetchone()
    if network is None:
        raise StudyError(
            f"a time belongs to a registered network; this study has no network {measurement.network_key}; "
            "register the sweep's trials first"
        )
    connection.execute(
        "INSERT INTO measurements VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            network[0],
            protocol_id(connection, measurement.protocol),
            _environment_id(connection, environment),
            measurement.part,
            measurement.threads,
            measurement.batch_size,
            measurement.pass_number,
            measurement.round,
            measurement.position,
            np.array(measurement.warmup_ns, "<i8").tobytes(),
            np.array(measurement.samples_ns, "<i8").tobytes(),
            json.dumps(measurement.cpus),
            measurement.counters and json.dumps(asdict(measurement.counters), sort_keys=True),
            json.dumps(dict(measurement.figures), sort_keys=True),
        ),
    )


def last_pass(connection: sqlite3.Connection) -> int:
    """The number of the latest timing pass; 0 if there is none."""
    row: tuple[int] = connection.execute("SELECT coalesce(max(pass_number), 0) FROM measurements").fetchone()
    return row[0]


def timed_engines(connection: sqlite3.Connection, threads: int, cpu: str, n_rounds: int) -> set[tuple[str, Protocol]]:
    """See ``Store.timed_engines``."""
    rows = connection.execute(
        "SELECT networks.key, protocols.record, threads, environments.record, pass_number, count(DISTINCT round) "
        "FROM measurements JOIN networks ON networks.id = network_id JOIN protocols ON protocols.id = protocol_id "
        "JOIN environments ON environments.id = environment_id WHERE part = ? "
        "GROUP BY network_id, protocol_id, threads, environment_id, pass_number ORDER BY pass_number",
        (TimedPart.STEP,),
    )
    latest = {
        (key, protocol): (n_threads, json.loads(environment).get("cpu"), rounds >= n_rounds)
        for key, protocol, n_threads, environment, _, rounds in rows
    }
    return {
        (key, Protocol.model_validate_json(protocol))
        for (key, protocol), measured in latest.items()
        if measured == (threads, cpu, True)
    }


def failures(connection: sqlite3.Connection) -> dict[str, int]:
    """See ``Store.failures``."""
    failed = connection.execute(
        "SELECT trial_id, failure || ': ' || error FROM results WHERE state = ?", (TrialState.FAILED,)
    ).fetchall()
    verify(connection, ["results"], [owner for owner, _ in failed])
    return dict(Counter(reason for _, reason in failed).most_common())


def _environment_id(connection: sqlite3.Connection, environment: Environment) -> int:
    connection.execute(
        "INSERT INTO environments VALUES (NULL, ?, ?) ON CONFLICT (key) DO NOTHING",
        (environment.key, json.dumps(environment.values, sort_keys=True)),
    )
    row: tuple[int] = connection.execute("SELECT id FROM environments WHERE key = ?", (environment.key,)).fetchone()
    return row[0]
