"""Reads the stored rows as DataFrames; ``columns.py`` declares their columns."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from bench.records import Counters, Network, NetworkTrial, Protocol, TimedPart
from bench.store import columns
from bench.store.checksums import verify
from bench.store.columns import CONTROL, NETWORK, PENDING


def trials(connection: sqlite3.Connection) -> pd.DataFrame:
    """One row per registered trial, in the order of registration: see ``columns.TRIALS``.

    The frame has the columns ``plan_round``, ``backend`` and ``numerics`` only if a trial is not at the default, so the
    tables of other studies keep their columns.
    """
    rows = _frame(
        connection,
        "SELECT trials.key AS trial_key, network_id, protocol_id, dataset, data_hash, split_hash, n_folds, fold, seed, "
        f"coalesce(state, '{PENDING}') AS state, attempts, train_accuracy, train_loss, val_accuracy, val_loss, "
        "inner_accuracy, inner_loss, chosen_epoch, train_s, failure, error, failed_step, "
        "environments.key AS environment_key, plan_round, backend, numerics, control FROM trials "
        "LEFT JOIN results ON trial_id = trials.id LEFT JOIN environments ON environments.id = environment_id "
        "ORDER BY trials.id",
    )
    defaults = {"plan_round": 1, **{name: NetworkTrial.model_fields[name].default for name in ("backend", "numerics")}}
    rows = rows.assign(**{name: rows[name].fillna(default) for name, default in defaults.items()})
    rows = rows.drop(columns=[name for name, default in defaults.items() if (rows[name] == default).all()])
    control = rows.pop("control")
    networks = _networks(connection).loc[rows.pop("network_id")].reset_index(drop=True)
    protocols = _protocols(connection).loc[rows.pop("protocol_id")].reset_index(drop=True)
    networks["architecture"] = control.fillna(networks["architecture"])
    head = rows[["trial_key"]].assign(kind=np.where(control.isna(), NETWORK, CONTROL))
    return columns.TRIALS.build(pd.concat([head, networks, protocols, rows.drop(columns="trial_key")], axis=1))


def epochs(connection: sqlite3.Connection) -> pd.DataFrame:
    """One row per epoch of a done trial: see ``columns.EPOCHS``."""
    rows = _frame(
        connection,
        "SELECT trial_id, epoch, train_loss, train_accuracy, val_loss, val_accuracy, inner_loss, inner_accuracy "
        "FROM epochs ORDER BY trial_id, epoch",
    )
    keys = _frame(connection, "SELECT id, key FROM trials").set_index("id")["key"]
    rows.insert(0, "trial_key", keys.loc[rows.pop("trial_id")].to_numpy())
    return columns.EPOCHS.build(rows)


def predictions(
    connection: sqlite3.Connection, trial_keys: Collection[str], class_names: Sequence[str]
) -> pd.DataFrame:
    """One row per held-out image of each of these trials that is done: see ``columns.PREDICTIONS``."""
    stored = connection.execute(
        "SELECT id, key, test_rows, probabilities FROM trials JOIN results ON results.trial_id = id "
        "LEFT JOIN predictions ON predictions.trial_id = id "
        "WHERE state = 'DONE' AND key IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(trial_keys)),),
    ).fetchall()
    verify(connection, ["predictions"], [owner for owner, *_ in stored])
    test_rows = [np.frombuffer(blob, "<i8") for _, _, blob, _ in stored]
    row = np.concatenate([*test_rows, np.empty(0, np.int64)])
    probabilities = np.frombuffer(b"".join(blob for *_, blob in stored), "<f4").reshape(len(row), len(class_names))
    images = _images(connection, class_names).loc[row]
    of_class = {f"{columns.PROBABILITY_PREFIX}{name}": probabilities[:, at] for at, name in enumerate(class_names)}
    return columns.PREDICTIONS.build(
        pd.DataFrame(
            {
                "trial_key": np.repeat(
                    np.array([key for _, key, *_ in stored], object), [len(rows) for rows in test_rows]
                ),
                "row": row,
                "file": images["file"].to_numpy(),
                "label": images["label"].to_numpy(),
                **of_class,
            }
        )
    )


def measurements(connection: sqlite3.Connection) -> pd.DataFrame:
    """One row per measurement, in the order of storing: see ``columns.MEASUREMENTS``."""
    rows = _frame(
        connection,
        "SELECT networks.key AS network_key, protocol_id, part, threads, cpus, batch_size, pass_number, round, "
        "position, environments.key AS environment_key, warmup_ns, samples_ns, "
        "coalesce(counters, '{}') AS counters, figures FROM measurements "
        "JOIN networks ON networks.id = network_id JOIN environments ON environments.id = environment_id "
        "ORDER BY measurements.id",
    )
    protocol = _protocols(connection).loc[rows.pop("protocol_id")].reset_index(drop=True)
    counters = pd.DataFrame(
        [json.loads(text) for text in rows.pop("counters")],
        index=rows.index,
        columns=[field.name for field in fields(Counters)],
        dtype=np.float64,
    )
    figures = pd.DataFrame([json.loads(text) for text in rows.pop("figures")], index=rows.index, dtype=np.float64)
    parts = [
        rows[["network_key"]],
        protocol,
        rows.drop(columns="network_key").assign(
            cpus=_objects([tuple(json.loads(text)) for text in rows["cpus"]]),
            warmup_ns=_objects([np.frombuffer(blob, "<i8") for blob in rows["warmup_ns"]]),
            samples_ns=_objects([np.frombuffer(blob, "<i8") for blob in rows["samples_ns"]]),
        ),
        counters.add_prefix(columns.COUNTER_PREFIX),
        figures.add_prefix(columns.FIGURE_PREFIX),
    ]
    return columns.MEASUREMENTS.build(pd.concat(parts, axis=1))


def step_times(connection: sqlite3.Connection) -> pd.DataFrame:
    """One row per timed training step, warm-up included, of every measurement: see ``columns.STEP_TIMES``."""
    measured = measurements(connection)
    kept = ["threads", "batch_size", "environment_key", "pass_number", "round", "warmup_ns", "samples_ns"]
    described = ["network_key", *columns.protocol_columns(measured), *kept]
    steps = measured.loc[measured["part"] == TimedPart.STEP, described]
    samples = [
        (index, is_warmup, step, ns)
        for index, *parts in steps[["warmup_ns", "samples_ns"]].itertuples()
        for is_warmup, part in zip((True, False), parts, strict=True)
        for step, ns in enumerate(part.tolist())
    ]
    rows = pd.DataFrame(samples, columns=["measured", "is_warmup", "step", "step_ns"]).astype({"is_warmup": bool})
    steps = steps.drop(columns=["warmup_ns", "samples_ns"]).loc[rows.pop("measured")].reset_index(drop=True)
    return columns.STEP_TIMES.build(pd.concat([steps, rows], axis=1))


def folds(connection: sqlite3.Connection, class_names: Sequence[str]) -> pd.DataFrame:
    """One row per image and seed: see ``columns.FOLDS``."""
    images = _images(connection, class_names)
    images = images.drop(columns=[name for name in ("patient", "group") if images[name].isna().all()])
    split_hashes = dict(connection.execute("SELECT DISTINCT seed, split_hash FROM trials"))
    assignments = connection.execute("SELECT seed, assignment FROM folds ORDER BY seed").fetchall()
    by_seed = [
        images.assign(seed=seed, fold=np.frombuffer(blob, "<i4"), split_hash=split_hashes.get(seed))
        for seed, blob in assignments
    ]
    none = images.assign(seed=0, fold=0, split_hash="").head(0)
    return columns.FOLDS.build(pd.concat(by_seed or [none], ignore_index=True))


def _images(connection: sqlite3.Connection, class_names: Sequence[str]) -> pd.DataFrame:
    images = _frame(connection, 'SELECT row, file, label, patient, group_number AS "group" FROM images ORDER BY row')
    images = images.set_index("row")
    images["label"] = np.array(class_names, object)[images["label"].to_numpy(np.int64)]
    return images


def _networks(connection: sqlite3.Connection) -> pd.DataFrame:
    """By the table's id. Axes are objects, so integers stay integers if some architectures lack the axis."""
    counts = _frame(
        connection,
        "SELECT id, record, key AS network_key, n_params, n_trainable_params, flops_per_example, "
        "activation_bytes_per_example FROM networks ORDER BY id",
    )
    networks = [Network.model_validate_json(record) for record in counts.pop("record")]
    axes = pd.DataFrame([dict(network.axes) for network in networks], index=counts.index, dtype=object)
    fields = pd.DataFrame(
        {
            "architecture": [network.architecture for network in networks],
            "width": np.array([network.width for network in networks], dtype=np.float64),
        }
    )
    shape = pd.DataFrame(
        {
            "input_shape": ["x".join(map(str, network.input_shape)) for network in networks],
            "n_classes": [network.n_classes for network in networks],
        }
    )
    return pd.concat([fields, axes.add_prefix(columns.AXIS_PREFIX), shape, counts], axis=1).set_index("id")


def _protocols(connection: sqlite3.Connection) -> pd.DataFrame:
    rows = connection.execute("SELECT id, record FROM protocols ORDER BY id").fetchall()
    records = [Protocol.model_validate_json(record).model_dump() for _, record in rows]
    fields_of_a_protocol = list(Protocol.model_fields)
    frame = pd.DataFrame(records, index=[id_ for id_, _ in rows], columns=fields_of_a_protocol)
    return frame.add_prefix(columns.PROTOCOL_PREFIX)


def _objects(values: Sequence[object]) -> "pd.Series[Any]":
    """A column whose cells are sequences; pandas would otherwise expand them."""
    return pd.Series(values, dtype=object)


def _frame(connection: sqlite3.Connection, query: str) -> pd.DataFrame:
    cursor = connection.execute(query)
    return pd.DataFrame.from_records(cursor.fetchall(), columns=[column[0] for column in cursor.description])
