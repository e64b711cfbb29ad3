"""``Store``: one study's results in one SQLite file, one transaction per result, read as records and as DataFrames."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

from bench.audit.audit_records import Audit
from bench.data.split import Split
from bench.errors import StudyError
from bench.records import Environment, Measurement, Protocol, Study, Trial, TrialResult, TrialState
from bench.store import plan_rows, read_frames, result_rows
from bench.store.database import Database
from bench.store.study_folder import make_folder
from bench.store.study_plan import StudyPlan

STORE_NAME = "study.sqlite"
_OF_TRIALS = ("trials", "networks", "protocols")


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of registered trials in each state."""

    done: int
    failed: int
    pending: int

    @property
    def total(self) -> int:
        """All registered trials."""
        return self.done + self.failed + self.pending


class Store:
    """The store of one study, and a context manager that closes it.

    One process writes at a time (``study_lock`` ensures it); any number of processes read. A stored result is never
    changed, except that a later result replaces a failure of the machine. Every method raises ``StudyError`` if SQLite
    fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def create_or_open(cls, folder: Path) -> Self:
        """Open the store of a study's folder; create it if there is none.

        Raises:
            StudyError: the folder cannot hold a study, or its file is not a store or was written by a newer version.
                Nothing is written.
        """
        make_folder(folder)
        return cls(Database(folder / STORE_NAME))

    @classmethod
    def open_existing(cls, folder: Path) -> Self:
        """Open the store of a folder in which a study was run.

        Raises:
            StudyError: there is no store, or the file is not a store or was written by a newer version.
        """
        try:
            has_store = (folder / STORE_NAME).is_file()
        except OSError as error:
            raise StudyError(
                f"a study's folder must be readable; {folder}: {error.strerror}; change its permissions"
            ) from error
        if not has_store:
            raise StudyError(
                f"a study's folder holds {STORE_NAME}; {folder} does not; name a folder that a run has written"
            )
        return cls(Database(folder / STORE_NAME))

    def copy_to(self, folder: Path) -> None:
        """Write one consistent copy of the store, with the write-ahead log merged, into an existing folder.

        Raises:
            StudyError: the folder has a store already, or the copy cannot be written.
        """
        with self._database.reading() as connection:
            connection.execute("VACUUM INTO ?", (str(folder / STORE_NAME),))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def register(self, plan: StudyPlan) -> None:
        """Store a plan, its trials as pending, in one transaction; the same plan again changes nothing.

        A larger plan adds its new trials as one more round: see ``plan_rows.insert_plan``.

        Raises:
            StudyError: the plan is neither the stored one nor larger: the study differs (the message lists every key
                with both values), or its images, folds or trials differ. Nothing of it is stored.
        """
        with self._database.writing() as connection:
            plan_rows.insert_plan(connection, plan)

    def trial_records(self) -> dict[str, Trial]:
        """The registered trials by their stored keys, in the order of registration.

        A stored key differs from ``Trial.key`` if a version with other numbers stored it.
        """
        with self._database.reading(*_OF_TRIALS) as connection:
            return plan_rows.trial_records(connection)

    def trial(self, trial_key: str) -> Trial:
        """The trial with a stored key.

        Raises:
            StudyError: there is none.
        """
        with self._database.reading(*_OF_TRIALS) as connection:
            found = plan_rows.trial_records(connection, trial_key)
        if not found:
            raise StudyError(
                f"a trial is named by its key; {self._database.path} has no trial {trial_key}; take a trial_key of its "
                "trials.csv"
            )
        return found[trial_key]

    def splits(self) -> dict[int, Split]:
        """By seed, labels, groups and folds of every image.

        Stores of the first two versions have no groups: each image is a group of its own.
        """
        with self._database.reading("images", "folds") as connection:
            return plan_rows.splits(connection)

    def pending(self, trials: Sequence[Trial]) -> list[Trial]:
        """The trials that still have to run, in their order: without a result, or failed because of the machine."""
        with self._database.reading() as connection:
            settled = plan_rows.settled_keys(connection)
        return [trial for trial in trials if trial.key not in settled]

    def record(self, result: TrialResult, environment: Environment) -> None:
        """Store the result of a trial. When this returns, the result is on the disk.

        Raises:
            StudyError: the trial is not registered, or has a result that may not be replaced.
        """
        with self._database.writing() as connection:
            result_rows.insert_result(connection, result, environment)

    def record_measurement(self, measurement: Measurement, environment: Environment) -> None:
        """Store one more measurement of a network's times; older ones are kept.

        Raises:
            StudyError: no trial of the network is registered.
        """
        with self._database.writing() as connection:
            result_rows.insert_measurement(connection, measurement, environment)

    def last_pass(self) -> int:
        """The number of the latest timing pass; 0 if nothing has been timed."""
        with self._database.reading() as connection:
            return result_rows.last_pass(connection)

    def timed_engines(self, threads: int, cpu: str, n_rounds: int) -> set[tuple[str, Protocol]]:
        """The pairs of network key and protocol with step times that need not be measured again.

        Args:
            threads: the required number of intra-op threads.
            cpu: the required processor, by name.
            n_rounds: the required number of rounds; a stopped pass has fewer, and does not count.
        """
        with self._database.reading() as connection:
            return result_rows.timed_engines(connection, threads, cpu, n_rounds)

    def study(self) -> Study:
        """The study's record.

        Raises:
            StudyError: no study is registered, since the run was stopped before.
        """
        with self._database.reading("rounds") as connection:
            _, study = plan_rows.stored_round(connection)
        if study is None:
            raise StudyError(
                f"a study must have been planned; {self._database.path} is still empty; run its sweep again"
            )
        return study

    def rounds(self) -> tuple[Study, ...]:
        """The study's record as each round of its plan declared it; empty before the first."""
        with self._database.reading() as connection:
            return plan_rows.rounds(connection)

    def record_audit(self, audit: Audit) -> None:
        """Store the findings on the data. They replace those of an earlier run."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO audit VALUES (1, ?)", (audit.canonical_json,))

    def audit(self) -> Audit | None:
        """The findings on the data; None if they were not audited."""
        with self._database.reading("audit") as connection:
            stored = connection.execute("SELECT record FROM audit").fetchone()
        return None if stored is None else Audit.model_validate_json(stored[0])

    def counts(self) -> Counts:
        """The numbers of trials that are done, failed and pending."""
        with self._database.reading() as connection:
            n: dict[str | None, int] = dict(
                connection.execute(
                    "SELECT state, count(*) FROM results GROUP BY state "
                    "UNION ALL SELECT NULL, (SELECT count(*) FROM trials) - (SELECT count(*) FROM results)"
                )
            )
        return Counts(n.get(TrialState.DONE, 0), n.get(TrialState.FAILED, 0), n.get(None, 0))

    def failures(self) -> dict[str, int]:
        """The number of failed trials by kind and reason, the most frequent first."""
        with self._database.reading() as connection:
            return result_rows.failures(connection)

    def environments(self) -> dict[str, Environment]:
        """The environments of the results, by environment key, in the order of first use."""
        with self._database.reading("environments") as connection:
            rows = connection.execute("SELECT key, record FROM environments ORDER BY id").fetchall()
        return {key: Environment(json.loads(record)) for key, record in rows}

    def trials(self) -> pd.DataFrame:
        """One row per registered trial: see ``columns.TRIALS``."""
        with self._database.reading(*_OF_TRIALS, "results", "environments") as connection:
            return read_frames.trials(connection)

    def epochs(self) -> pd.DataFrame:
        """One row per epoch of a done trial: see ``columns.EPOCHS``."""
        with self._database.reading("epochs") as connection:
            return read_frames.epochs(connection)

    def predictions(self, trial_keys: Collection[str]) -> pd.DataFrame:
        """One row per held-out image of those of these trials that are done: see ``columns.PREDICTIONS``."""
        class_names = self.study().class_names
        with self._database.reading() as connection:
            return read_frames.predictions(connection, trial_keys, class_names)

    def step_times(self) -> pd.DataFrame:
        """One row per timed training step: see ``columns.STEP_TIMES``."""
        with self._database.reading("measurements") as connection:
            return read_frames.step_times(connection)

    def measurements(self) -> pd.DataFrame:
        """One row per measurement of any part of a network: see ``columns.MEASUREMENTS``."""
        with self._database.reading("measurements") as connection:
            return read_frames.measurements(connection)

    def folds(self) -> pd.DataFrame:
        """One row per image and seed: see ``columns.FOLDS``."""
        class_names = self.study().class_names
        with self._database.reading("images", "folds") as connection:
            return read_frames.folds(connection, class_names)
