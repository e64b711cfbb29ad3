"""Rows of what was measured: a trial's end, a network's step times.

Every function runs inside a transaction of its caller.
"""

import json
import sqlite3
from dataclasses import astuple

import numpy as np

from bench.errors import StudyError
from bench.records import RETRIED_FAILURES, Environment, Protocol, StepTimes, TrialResult
from bench.store.plan import protocol_id


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


def insert_step_times(connection: sqlite3.Connection, times: StepTimes, environment: Environment) -> None:
    """See ``Store.record_step_times``."""
    network = connection.execute("SELECT id FROM networks WHERE key = ?", (times.network_key,)).fetchone()
    if network is None:
        raise StudyError(
            f"a step time belongs to a registered network; this study has no network {times.network_key}; "
            "register the sweep's trials first"
        )
    connection.execute(
        "INSERT INTO step_times VALUES (NULL, ?, ?, ?, ?, ?, ?)",
        (
            network[0],
            protocol_id(connection, times.protocol),
            _environment_id(connection, environment),
            times.threads,
            np.array(times.warmup_ns, "<i8").tobytes(),
            np.array(times.steps_ns, "<i8").tobytes(),
        ),
    )


def timed_engines(connection: sqlite3.Connection, threads: int, cpu: str) -> set[tuple[str, Protocol]]:
    """The pairs of network key and protocol whose latest step time is from so many threads of such a CPU."""
    rows = connection.execute(
        "SELECT networks.key, protocols.record, threads, environments.record FROM step_times "
        "JOIN networks ON networks.id = network_id JOIN protocols ON protocols.id = protocol_id "
        "JOIN environments ON environments.id = environment_id ORDER BY step_times.id"
    )
    latest = {(key, protocol): (n, json.loads(environment).get("cpu")) for key, protocol, n, environment in rows}
    return {
        (key, Protocol.model_validate_json(protocol))
        for (key, protocol), measured_on in latest.items()
        if measured_on == (threads, cpu)
    }


def _environment_id(connection: sqlite3.Connection, environment: Environment) -> int:
    connection.execute(
        "INSERT INTO environments VALUES (NULL, ?, ?) ON CONFLICT (key) DO NOTHING",
        (environment.key, json.dumps(environment.values, sort_keys=True)),
    )
    row: tuple[int] = connection.execute("SELECT id FROM environments WHERE key = ?", (environment.key,)).fetchone()
    return row[0]
