"""Rows of what a study will do: the study itself, its trials with their networks and protocols, its folds.

Every function runs inside a transaction of its caller.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from bench.errors import StudyError
from bench.records import RETRIED_FAILURES, NetworkCost, Protocol, Study, Trial


def insert_study(connection: sqlite3.Connection, study: Study) -> None:
    """Store what the study is of.

    Raises:
        StudyError: another record is stored; the message has every key that differs, with both values.
    """
    stored = connection.execute("SELECT record FROM study").fetchone()
    if stored is None:
        connection.execute("INSERT INTO study VALUES (1, ?)", (study.canonical_json,))
        return
    before = Study.model_validate_json(stored[0]).model_dump(mode="json")
    differences = [
        f"{path} (stored {_excerpt(old)}, now {_excerpt(new)})"
        for path, old, new in _differences(before, json.loads(study.canonical_json))
    ]
    if differences:
        raise StudyError(
            f"a study keeps its sweep and its data; {study.name} differs in {', '.join(differences)}; "
            "give another --study name, or run the stored sweep"
        )


def insert_images(
    connection: sqlite3.Connection,
    files: Sequence[str],
    labels: NDArray[np.int64],
    patients: Sequence[str] | None,
    groups: NDArray[np.int64],
) -> None:
    """Store the images, once for all seeds.

    Raises:
        StudyError: other images are stored.
    """
    patients_or_none = [None] * len(files) if patients is None else patients
    images = list(zip(range(len(files)), files, labels.tolist(), patients_or_none, groups.tolist(), strict=True))
    stored = connection.execute("SELECT row, file, label, patient, group_number FROM images ORDER BY row").fetchall()
    if not stored:
        connection.executemany("INSERT INTO images VALUES (?, ?, ?, ?, ?)", images)
    elif stored != images:
        raise StudyError(
            "a study keeps its images; the stored list of files, labels, patients and groups is another one; "
            "give another --study name"
        )


def insert_folds(connection: sqlite3.Connection, seed: int, assignment: NDArray[np.int64]) -> None:
    """Store the fold in which a seed holds each image out.

    Raises:
        StudyError: other folds are stored for this seed.
    """
    blob = assignment.astype("<i4").tobytes()
    stored = connection.execute("SELECT assignment FROM folds WHERE seed = ?", (seed,)).fetchone()
    if stored is None:
        connection.execute("INSERT INTO folds VALUES (?, ?)", (seed, blob))
    elif stored[0] != blob:
        raise StudyError(f"a study keeps its folds; those stored for seed {seed} are others; give another --study name")


def insert_trials(connection: sqlite3.Connection, trials: Sequence[Trial], costs: Mapping[str, NetworkCost]) -> None:
    """Store all trials of a study as pending.

    Raises:
        StudyError: the study has other trials: one record expands into others in another version of this program, or
            where a builder's defaults or the registered architectures have changed.
    """
    stored = {key for (key,) in connection.execute("SELECT key FROM trials")}
    planned = {trial.key for trial in trials}
    if stored and stored != planned:
        raise StudyError(
            f"a study keeps its trials; of those stored {len(stored - planned)} are not in this plan, and of this plan "
            f"{len(planned - stored)} are not stored: another version of this program or of an architecture wrote it; "
            "give another --study name"
        )
    if stored:
        return
    networks = {trial.network.key: trial.network for trial in trials}
    connection.executemany(
        "INSERT INTO networks VALUES (NULL, ?, ?, ?, ?, ?, ?)",
        ((key, network.canonical_json, *astuple(costs[key])) for key, network in networks.items()),
    )
    network_ids: dict[str, int] = dict(connection.execute("SELECT key, id FROM networks"))
    protocol_ids = {p: protocol_id(connection, p) for p in dict.fromkeys(trial.protocol for trial in trials)}
    connection.executemany(
        "INSERT INTO trials (key, network_id, protocol_id, dataset, data_hash, split_hash, n_folds, fold, seed, "
        "control) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                trial.key,
                network_ids[trial.network.key],
                protocol_ids[trial.protocol],
                trial.dataset,
                trial.data_hash,
                trial.split_hash,
                trial.n_folds,
                trial.fold,
                trial.seed,
                trial.control,
            )
            for trial in trials
        ),
    )


def settled_keys(connection: sqlite3.Connection) -> set[str]:
    """The keys of trials that are not to be run again: those with a result, but for failures of the machine."""
    rows = connection.execute("SELECT key, failure FROM trials JOIN results ON trial_id = id")
    return {key for key, failure in rows if failure not in RETRIED_FAILURES}


def protocol_id(connection: sqlite3.Connection, protocol: Protocol) -> int:
    """The row of a protocol, made where there is none."""
    record = (protocol.canonical_json,)
    connection.execute("INSERT INTO protocols VALUES (NULL, ?) ON CONFLICT (record) DO NOTHING", record)
    row: tuple[int] = connection.execute("SELECT id FROM protocols WHERE record = ?", record).fetchone()
    return row[0]


_ABSENT = object()


def _differences(old: object, new: object, path: str = "") -> Iterator[tuple[str, object, object]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _differences(old.get(key, _ABSENT), new.get(key, _ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, f"{path}[{index}]")
    elif old != new:
        yield path, old, new


def _excerpt(value: object) -> str:
    text = "nothing" if value is _ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
