"""Writes and reads the rows of a plan: rounds, images, folds, and trials with their networks and protocols.

A plan may grow. Each registration that adds trials is a round. ``insert_plan`` defines what a larger plan is.
Every function runs inside a transaction of its caller.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple

import numpy as np

from bench.data.split import Split
from bench.errors import StudyError
from bench.records import (
    RETRIED_FAILURES,
    ControlTrial,
    Network,
    NetworkCost,
    NetworkTrial,
    Protocol,
    Study,
    Trial,
)
from bench.store.study_plan import StudyPlan

GROWING_KEYS = ("sweep.grid", "sweep.seeds", "looks")
"""The keys of a study's record that a larger plan may change: they only declare which trials there are."""

_FIRST_ROUND = 1
_ZERO_COST = NetworkCost(0, 0, 0, 0)
"""The cost that is stored for a ``ControlTrial``, which has no network."""


def insert_plan(connection: sqlite3.Connection, plan: StudyPlan) -> None:
    """Store a plan, its new trials as pending; the same plan again changes nothing.

    A plan is larger than the stored one if it has all stored trials and more, its study differs in ``GROWING_KEYS``
    at most, and its images and the folds of stored seeds are the stored ones. Its new trials form one more round. A
    look of the study's design may be added without trials; stored looks are never revised.

    Raises:
        StudyError: the plan is neither the stored one nor larger; nothing of it is stored. The message lists every key
            in which the studies differ, with both values.
    """
    round_number, stored_study = stored_round(connection)
    stored = {key for (key,) in connection.execute("SELECT key FROM trials")}
    planned = {trial.key for trial in plan.trials}
    differences = [] if stored_study is None else list(_study_differences(stored_study, plan.study))
    may_grow = all(path.startswith(GROWING_KEYS) for path, _, _ in differences)
    if stored_study is not None and plan.study.looks[: len(stored_study.looks)] != stored_study.looks:
        raise StudyError(
            f"a study keeps the looks of its design; {plan.study.name} has {len(stored_study.looks)}, which this plan "
            "changes; give another --study name"
        )
    only_looked = stored == planned and all(path.startswith("looks") for path, _, _ in differences)
    if differences and not (may_grow and (stored < planned or only_looked)):
        raise StudyError(_refusal(plan.study.name, differences, may_grow, len(stored - planned)))
    if not differences and stored and stored != planned:
        raise StudyError(
            f"a study keeps its trials; of those stored {len(stored - planned)} are not in this plan, and of this plan "
            f"{len(planned - stored)} are not stored: another version of this program or of an architecture wrote it; "
            "give another --study name"
        )
    _insert_images(connection, plan)
    _insert_folds(connection, plan)
    if stored_study is None or differences:
        round_number += 1
        connection.execute("INSERT INTO rounds VALUES (?, ?)", (round_number, plan.study.canonical_json))
    new = [trial for trial in plan.trials if trial.key not in stored]
    _insert_trials(connection, new, plan.costs, round_number)


def stored_round(connection: sqlite3.Connection) -> tuple[int, Study | None]:
    """The number of the latest round, and the study as that round declared it; 0 and None if none is registered."""
    row = connection.execute("SELECT number, record FROM rounds ORDER BY number DESC LIMIT 1").fetchone()
    return (_FIRST_ROUND - 1, None) if row is None else (row[0], Study.model_validate_json(row[1]))


def rounds(connection: sqlite3.Connection) -> tuple[Study, ...]:
    """See ``Store.rounds``."""
    rows = connection.execute("SELECT record FROM rounds ORDER BY number").fetchall()
    return tuple(Study.model_validate_json(record) for (record,) in rows)


def trial_records(connection: sqlite3.Connection, trial_key: str | None = None) -> dict[str, Trial]:
    """The registered trials by their stored keys, in the order of registration; only one where a key is given.

    A stored key differs from ``Trial.key`` if a version of the program with other numbers stored it.
    """
    networks = {
        id_: Network.model_validate_json(record)
        for id_, record in connection.execute("SELECT id, record FROM networks")
    }
    is_zero = " AND ".join(f"{name} = 0" for name in NetworkCost.__dataclass_fields__)
    unmade = {id_ for (id_,) in connection.execute(f"SELECT id FROM networks WHERE {is_zero}")}
    protocols = {
        id_: Protocol.model_validate_json(record)
        for id_, record in connection.execute("SELECT id, record FROM protocols")
    }
    rows = connection.execute(
        "SELECT key, network_id, protocol_id, control, backend, numerics, "
        "dataset, data_hash, split_hash, n_folds, fold, seed FROM trials WHERE ?1 IS NULL OR key = ?1 ORDER BY id",
        (trial_key,),
    )
    records: dict[str, Trial] = {}
    for key, network_id, protocol_id_, control, backend, numerics, *values in rows:
        network = networks[network_id]
        place = dict(zip(("dataset", "data_hash", "split_hash", "n_folds", "fold", "seed"), values, strict=True))
        if network_id in unmade and network.architecture == control:
            of_control = {"control": control, "input_shape": network.input_shape, "n_classes": network.n_classes}
            records[key] = ControlTrial.model_validate({**place, **of_control})
        else:
            later = {"control": control, "backend": backend, "numerics": numerics}
            used = {name: value for name, value in later.items() if value is not None}
            of_network = {"network": network, "protocol": protocols[protocol_id_]}
            records[key] = NetworkTrial.model_validate({**place, **of_network, **used})
    return records


def splits(connection: sqlite3.Connection) -> dict[int, Split]:
    """See ``Store.splits``."""
    images = connection.execute("SELECT label, coalesce(group_number, row) FROM images ORDER BY row").fetchall()
    labels, groups = np.array(images, np.int64).reshape(-1, 2).T
    assignments = connection.execute("SELECT seed, assignment FROM folds ORDER BY seed").fetchall()
    return {seed: Split(labels, groups, np.frombuffer(blob, "<i4").astype(np.int64)) for seed, blob in assignments}


def settled_keys(connection: sqlite3.Connection) -> set[str]:
    """The keys of trials that are not run again: those with a result, except failures of the machine."""
    rows = connection.execute("SELECT key, failure FROM trials JOIN results ON trial_id = id")
    return {key for key, failure in rows if failure not in RETRIED_FAILURES}


def protocol_id(connection: sqlite3.Connection, protocol: Protocol) -> int:
    """The row id of a protocol, inserted if it is missing."""
    record = (protocol.canonical_json,)
    connection.execute("INSERT INTO protocols VALUES (NULL, ?) ON CONFLICT (record) DO NOTHING", record)
    row: tuple[int] = connection.execute("SELECT id FROM protocols WHERE record = ?", record).fetchone()
    return row[0]


def _insert_images(connection: sqlite3.Connection, plan: StudyPlan) -> None:
    patients = [None] * len(plan.files) if plan.patients is None else plan.patients
    columns = (plan.files, plan.images.labels.tolist(), patients, plan.images.groups.tolist())
    images = list(zip(range(len(plan.files)), *columns, strict=True))
    stored = connection.execute("SELECT row, file, label, patient, group_number FROM images ORDER BY row").fetchall()
    if not stored:
        connection.executemany("INSERT INTO images VALUES (?, ?, ?, ?, ?)", images)
    elif stored != images:
        raise StudyError(
            "a study keeps its images; the stored list of files, labels, patients and groups is different; "
            "give another --study name"
        )


def _insert_folds(connection: sqlite3.Connection, plan: StudyPlan) -> None:
    stored = dict(connection.execute("SELECT seed, assignment FROM folds"))
    for seed, split in plan.splits.items():
        blob = split.assignment.astype("<i4").tobytes()
        if stored.get(seed, blob) != blob:
            raise StudyError(
                f"a study keeps its folds; those stored for seed {seed} are different; give another --study name"
            )
        if seed not in stored:
            connection.execute("INSERT INTO folds VALUES (?, ?)", (seed, blob))


def _insert_trials(
    connection: sqlite3.Connection, trials: Sequence[Trial], costs: Mapping[str, NetworkCost], round_number: int
) -> None:
    networks: dict[str, tuple[Network, NetworkCost]] = {}
    for trial in trials:
        network, _ = _stored_as(trial)
        networks[network.key] = network, costs[network.key] if isinstance(trial, NetworkTrial) else _ZERO_COST
    connection.executemany(
        "INSERT INTO networks VALUES (NULL, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
        ((key, network.canonical_json, *astuple(cost)) for key, (network, cost) in networks.items()),
    )
    network_ids: dict[str, int] = dict(connection.execute("SELECT key, id FROM networks"))
    protocols = dict.fromkeys(_stored_as(trial)[1] for trial in trials)
    protocol_ids = {protocol: protocol_id(connection, protocol) for protocol in protocols}
    connection.executemany(
        "INSERT INTO trials (key, network_id, protocol_id, dataset, data_hash, split_hash, n_folds, fold, seed, "
        "plan_round, control, backend, numerics) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                trial.key,
                network_ids[network.key],
                protocol_ids[protocol],
                *trial.place.values(),
                round_number,
                trial.later.get("control"),
                trial.later.get("backend"),
                trial.later.get("numerics"),
            )
            for trial in trials
            for network, protocol in (_stored_as(trial),)
        ),
    )


def _stored_as(trial: Trial) -> tuple[Network, Protocol]:
    """The network and the protocol in a trial's row: of a control that trains none, those that its key hashes."""
    if isinstance(trial, NetworkTrial):
        return trial.network, trial.protocol
    return trial.network_in_key, Protocol()


_ABSENT = object()


def _study_differences(stored: Study, planned: Study) -> Iterator[tuple[str, object, object]]:
    return _differences(json.loads(stored.canonical_json), json.loads(planned.canonical_json))


def _differences(old: object, new: object, path: str = "") -> Iterator[tuple[str, object, object]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _differences(old.get(key, _ABSENT), new.get(key, _ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, f"{path}[{index}]")
    elif old != new:
        yield path, old, new


def _refusal(name: str, differences: Sequence[tuple[str, object, object]], may_grow: bool, n_left_out: int) -> str:
    listed = ", ".join(f"{path} (stored {_excerpt(old)}, now {_excerpt(new)})" for path, old, new in differences)
    if not may_grow:
        rule = "a study keeps its sweep and its data"
    elif n_left_out:
        rule = f"a study may grow but keeps its trials, of which this sweep leaves out {n_left_out}"
    else:
        rule = "a study keeps its sweep until it adds trials"
    return f"{rule}; {name} differs in {listed}; give another --study name, or run the stored sweep"


def _excerpt(value: object) -> str:
    text = "nothing" if value is _ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
