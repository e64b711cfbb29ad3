"""Composes the stages. Read this file first.

    sweep -> plan (data, audit, folds, networks, trials) -> execute -> store -> time -> report

``plan`` checks the whole input before a study folder exists. After that, every trial is stored as soon as it ends.
Rerun the same command to resume a run that was stopped at any point.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from bench.analyse.analysis import analyse_study
from bench.audit.build_audit import examine
from bench.audit.sample_sheets import sheet_paths, write_sheets
from bench.data import as_files
from bench.design_pass import train_in_stages
from bench.environment import available_bytes
from bench.errors import InterruptedRunError, InterruptedTimingError
from bench.execute import Executor
from bench.files import ScratchFolder
from bench.fresh_processes import FreshProcesses
from bench.pages.answer import answer_sentences
from bench.planning import Plan, decode, plan
from bench.progress import Progress
from bench.report import write_analysis, write_report
from bench.store import Counts, Store, study_lock
from bench.study.study_data import StudyData
from bench.sweeps import Sweep
from bench.timing import FIT_PARTS, FitData
from bench.timing_pass import Isolated, Remarks, TimingSchedule, measure, time_networks
from bench.training_pass import keep_log

NOT_TIMED = (
    "step times are not taken, since the machine of this command need not be one that trained, and others may use it; "
    "for times, run bench time on a node of your own"
)


@dataclass(frozen=True)
class RunOutcome:
    """The outcome of a finished run: folder, counts of trials, networks whose timing failed, summary.

    ``summary`` is that of ``StudyData``: one row per network and protocol. ``halved`` has one line per network that was
    timed with a smaller batch because its own did not fit into memory. ``verdict`` has the sentences of the
    answer.
    """

    folder: Path
    counts: Counts
    untimed: tuple[str, ...]
    halved: tuple[str, ...]
    summary: pd.DataFrame
    verdict: tuple[str, ...]


def _today() -> date:
    return datetime.now(UTC).date()


def run_sweep(
    sweep: Sweep,
    study_name: str | None,
    results: Path,
    make_executor: Callable[[], Executor],
    cache_dir: Path,
    progress: Progress,
    *,
    skip_bad: bool = False,
    margin: float | None = None,
    with_times: bool = True,
    clock: Callable[[], float] = time.monotonic,
    today: Callable[[], date] = _today,
) -> RunOutcome:
    """Plan a sweep, train the trials that are not stored yet, time the networks, and write the report.

    Args:
        sweep: the sweep, with its data set.
        study_name: None names the study ``<sweep>-<dataset>``.
        results: the folder of studies.
        make_executor: called first, so that workers start while data is read.
        cache_dir: caches decoded images and their measurements.
        progress: reports every stage.
        skip_bad: leave out unusable files, up to a share of ``MOST_SKIPPED``.
        margin: the smallest gain in accuracy that counts; by default the stored study's, or ``MARGIN``.
        with_times: time the networks on this machine.
        clock: seconds, monotonic; read for a design with a budget.
        today: the date on which a new study begins (UTC).

    Raises:
        BenchError, architectures.errors.ArchitectureError: nothing has been written.
        InterruptedRunError: Ctrl-C; every finished trial is stored.
    """
    started = clock()
    with make_executor() as executor:
        places = (study_name, results, executor, cache_dir, progress)
        decided = plan(sweep, *places, skip_bad=skip_bad, margin=margin, today=today())
        folder = results / decided.study.name
        images = decode(decided, cache_dir, progress)
        with study_lock(folder), Store.create_or_open(folder) as store:
            store.register(decided.registered)
            before_s = float(store.trials()["train_s"].sum()) / executor.n_workers
            audit(decided, store, folder)
            try:
                decided = train_in_stages(
                    decided, images, store, executor, progress, lambda: before_s + clock() - started
                )
                executor.close()
                timed = Remarks((), ())
                if with_times:
                    with FreshProcesses(available_bytes) as isolated:
                        timed = time_networks(decided.engines(), store, progress, isolated)
                else:
                    progress.say(NOT_TIMED)
            except KeyboardInterrupt:
                counts = store.counts()
                raise InterruptedRunError(folder, counts.done + counts.failed, len(decided.trials)) from None
            finally:
                keep_log(executor, folder)
            data = StudyData.read(store)
            analysis = analyse_study(data, margin=margin)
            write_analysis(data, analysis, folder)
            sentences = tuple(answer_sentences(analysis.answer, data.study))
            return RunOutcome(folder, store.counts(), timed.failed, timed.halved, analysis.summary, sentences)


def audit(plan: Plan, store: Store, folder: Path) -> None:
    """Store the findings on the data, once per study, and write sheets of sample images if one is missing."""
    if store.audit() is None:
        store.record_audit(examine(plan.inspection))
    if not all(path.is_file() for path in sheet_paths(plan.dataset, folder)):
        write_sheets(plan.dataset, folder)


def time_sweep(
    sweep: Sweep,
    study_name: str | None,
    results: Path,
    schedule: TimingSchedule,
    executor: Executor,
    cache_dir: Path,
    progress: Progress,
    isolated: Isolated,
) -> tuple[Path, Remarks]:
    """Plan a sweep as ``run_sweep`` does, time its networks without training them, and write the report.

    Args:
        sweep: the sweep, with its data set: images are read if a part needs files or arrays.
        study_name: None names the study ``timing-<sweep>``.
        results: the folder of studies.
        schedule: the parts to time, rounds and samples.
        executor: counts parameters; closed before anything is timed.
        cache_dir: caches decoded images.
        progress: reports every stage.
        isolated: measures in fresh processes.

    Returns:
        The study's folder, and remarks about the pass.

    Raises:
        BenchError, architectures.errors.ArchitectureError: nothing has been written.
        InterruptedTimingError: Ctrl-C; every finished measurement is stored.
    """
    name = study_name or f"timing-{sweep.name}"
    decided = plan(sweep, name, results, executor, cache_dir, progress, today=_today())
    executor.close()
    needs_data = any(part in FIT_PARTS for part in schedule.parts)
    images = decode(decided, cache_dir, progress) if needs_data else {}
    folder = results / decided.study.name
    with (
        ScratchFolder() as scratch,
        study_lock(folder),
        Store.create_or_open(folder) as store,
    ):
        store.register(decided.registered)
        root, files = as_files(decided.dataset, Path(scratch)) if needs_data else (Path(), ())
        seed = decided.trials[0].seed
        is_held_out = decided.splits[seed].assignment == 0
        fit_data = {
            shape: FitData(
                path, decided.dataset.labels, np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out), root, files
            )
            for shape, path in images.items()
        }
        try:
            remarks = measure(decided.engines(), schedule, fit_data, store, progress, isolated)
        except KeyboardInterrupt:
            raise InterruptedTimingError(folder) from None
        write_report(store, folder)
        return folder, remarks
