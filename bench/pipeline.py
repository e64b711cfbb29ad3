"""How the stages compose: the file to read first.

    sweep -> plan (data, audit, folds, networks, trials) -> execute -> store -> time -> report

``plan`` finds everything that can be wrong with the input before a study folder exists. From then on every trial is
stored as soon as it ends. Rerun the same command to resume a run that was stopped at any point.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.analyse.control_comparison import verdict
from bench.audit.build_audit import examine
from bench.audit.sample_sheets import write_sheets
from bench.data import as_files, file_metadata
from bench.data.header_metadata import HEADER_FEATURES
from bench.environment import describe_environment, usable_cpus
from bench.errors import InterruptedRunError, InterruptedTimingError
from bench.execute import Executor, Outcome, Task
from bench.planning import TRAINING_THREADS, Plan, decode, plan
from bench.progress import Progress
from bench.records import (
    Environment,
    FailureKind,
    InputShape,
    Network,
    NetworkTrial,
    Protocol,
    Trial,
    TrialMetrics,
    TrialResult,
    TrialState,
)
from bench.report import write_report
from bench.store import Counts, Store, study_lock
from bench.study.study_data import StudyData
from bench.sweeps import Sweep
from bench.timing import FIT_PARTS, FitData, check_cpus
from bench.timing_pass import Isolated, Remarks, Schedule, in_fresh_process, measure
from bench.train.fitted_control import ControlTask, fit_control
from bench.train.tensorflow_backend.train_trial import Diverged, TrainingTask, train_trial

CONTROLS = "controls"
"""The affinity of controls that train no network: one worker loads scikit-learn, beside the others' training."""


@dataclass(frozen=True)
class RunOutcome:
    """The outcome of a finished run: its folder, the store's counts, the networks whose timing failed, the summary.

    ``summary`` has one row per network and protocol, as ``StudyData`` has it. ``halved`` has a line on each network
    that was timed with a smaller batch because its own did not fit into memory. ``verdict`` compares the networks with
    the controls in words.
    """

    folder: Path
    counts: Counts
    untimed: tuple[str, ...]
    halved: tuple[str, ...]
    summary: pd.DataFrame
    verdict: tuple[str, ...]


def run_sweep(
    sweep: Sweep,
    study_name: str | None,
    results: Path,
    make_executor: Callable[[], Executor],
    n_workers: int,
    cache_dir: Path,
    progress: Progress,
    *,
    skip_bad: bool = False,
) -> RunOutcome:
    """Plan a sweep, train what its study lacks, time its networks, and publish the report.

    Args:
        sweep: the declared grid, with its data set.
        study_name: None names the study ``<sweep>-<dataset>``.
        results: the folder of studies.
        make_executor: called first, so that workers start up while data is read.
        n_workers: stored with the results.
        cache_dir: where decoded images, and what was measured of them, are kept.
        progress: told of every stage.
        skip_bad: leave out files that cannot be used, up to a share of ``MOST_SKIPPED``.

    Raises:
        BenchError, architectures.errors.ArchitectureError: nothing has been written.
        InterruptedRunError: Ctrl-C; everything that ended is stored.
    """
    with make_executor() as executor:
        decided = plan(sweep, study_name, results, executor, cache_dir, progress, skip_bad=skip_bad)
        folder = results / decided.study.name
        images = decode(decided, cache_dir, progress)
        with study_lock(folder), Store.create_or_open(folder) as store:
            store.register(decided.registered)
            audit(decided, store, folder)
            environment = describe_environment(n_workers, TRAINING_THREADS, os.environ)
            try:
                train(decided, images, store, executor, environment, progress)
                executor.close()
                timed = time_networks(decided, store, progress, in_fresh_process)
            except KeyboardInterrupt:
                counts = store.counts()
                raise InterruptedRunError(folder, counts.done + counts.failed, len(decided.trials)) from None
            finally:
                keep_log(executor, folder)
            write_report(store, folder)
            data = StudyData.read(store)
            sentences = tuple(verdict(data.trials))
            return RunOutcome(folder, store.counts(), timed.failed, timed.halved, data.summary, sentences)


def audit(plan: Plan, store: Store, folder: Path) -> None:
    """Store the findings on the data, once per study, and write sheets of sample images into the folder."""
    if store.audit() is None:
        store.record_audit(examine(plan.inspection))
        write_sheets(plan.dataset, folder)


def train(
    plan: Plan,
    images: Mapping[InputShape, Path],
    store: Store,
    executor: Executor,
    environment: Environment,
    progress: Progress,
) -> None:
    """Run the trials that the store lacks; each result is stored the moment it exists."""
    pending = store.pending(plan.trials)
    metadata = pd.DataFrame()
    if not all(isinstance(trial, NetworkTrial) for trial in pending):
        metadata = file_metadata(plan.dataset)[list(HEADER_FEATURES)]
    tasks = [_task(plan, trial, images[trial.input_shape], metadata) for trial in pending]
    if len(pending) < len(plan.trials):
        progress.say(f"{len(plan.trials) - len(pending)} of {len(plan.trials)} trials are stored already")
    with progress.stage("training", len(tasks), sum(task.weight for task in tasks)) as stage:
        for outcome in executor.run(tasks):
            result = trial_result(pending[outcome.index], outcome)
            store.record(result, environment)
            stage.advance(tasks[outcome.index].weight, failed=result.state is TrialState.FAILED)


def _task(plan: Plan, trial: Trial, images: Path, metadata: pd.DataFrame) -> Task:
    split = plan.splits[trial.seed]
    if not isinstance(trial, NetworkTrial):
        return Task(fit_control, (ControlTask(trial, images, split, metadata),), affinity=CONTROLS)
    return Task(
        train_trial,
        (TrainingTask(trial, images, split),),
        affinity=_engine_key(trial.network, trial.protocol),
        weight=plan.weight(trial),
    )


def keep_log(executor: Executor, folder: Path) -> None:
    """Append what the tasks of this run wrote to standard error, if anything, to the study's ``worker.log``."""
    if text := executor.log():
        with (folder / "worker.log").open("a") as log:
            log.write(text)


def time_networks(plan: Plan, store: Store, progress: Progress, isolated: Isolated) -> Remarks:
    """Time the training step of each network that the store has no time of this machine for, nothing beside it."""
    cpus = check_cpus((), None, usable_cpus())
    schedule = Schedule(threads=(len(cpus),), cpus=cpus)
    environment = describe_environment(1, len(cpus), os.environ)
    timed = store.timed_engines(len(cpus), str(environment.values["cpu"]), schedule.n_rounds)
    missing = [pair for pair in plan.engines() if (pair[0].key, pair[1]) not in timed]
    return measure(missing, schedule, {}, store, {len(cpus): environment}, progress, isolated)


def time_sweep(
    sweep: Sweep,
    study_name: str | None,
    results: Path,
    schedule: Schedule,
    executor: Executor,
    cache_dir: Path,
    progress: Progress,
    isolated: Isolated,
) -> tuple[Path, Remarks]:
    """Plan a sweep as ``run_sweep`` does, time its networks without training them, and publish what was measured.

    Args:
        sweep: the declared grid, with its data set: images are read where a part needs files or arrays.
        study_name: None names the study ``timing-<sweep>``.
        results: the folder of studies.
        schedule: what is measured, and how often.
        executor: counts parameters; closed before anything is timed.
        cache_dir: where decoded images are kept.
        progress: told of every stage.
        isolated: measures in a fresh process.

    Returns:
        The study's folder, and what is to be said of the pass.

    Raises:
        BenchError, architectures.errors.ArchitectureError: nothing has been written.
        InterruptedTimingError: Ctrl-C; every measurement that ended is stored.
    """
    decided = plan(sweep, study_name or f"timing-{sweep.name}", results, executor, cache_dir, progress)
    executor.close()
    needs_data = any(part in FIT_PARTS for part in schedule.parts)
    images = decode(decided, cache_dir, progress) if needs_data else {}
    folder = results / decided.study.name
    environments = {threads: describe_environment(1, threads, os.environ) for threads in schedule.threads}
    with (
        tempfile.TemporaryDirectory(prefix="param-scaling-bench-") as scratch,
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
            remarks = measure(decided.engines(), schedule, fit_data, store, environments, progress, isolated)
        except KeyboardInterrupt:
            raise InterruptedTimingError(folder) from None
        write_report(store, folder)
        return folder, remarks


def _engine_key(network: Network, protocol: Protocol) -> str:
    return f"{network.key}/{protocol.model_dump_json()}"


def trial_result(trial: Trial, outcome: Outcome) -> TrialResult:
    """What is stored of a trial, from what came back of it."""

    def failed(kind: FailureKind, reason: str, step: int | None = None) -> TrialResult:
        return TrialResult(trial.key, TrialState.FAILED, outcome.attempts, failure=kind, error=reason, failed_step=step)

    if outcome.death is not None:
        return failed(FailureKind.WORKER_DIED, f"{outcome.death.reason}, in {outcome.attempts} attempts")
    if outcome.error is not None:
        reason = f"{type(outcome.error).__name__}: {' '.join(str(outcome.error).split()) or 'no message'}"
        # TensorFlow's errors do not survive pickling: they arrive as a RuntimeError that begins with their name.
        of_the_machine = isinstance(outcome.error, MemoryError | OSError) or "ResourceExhaustedError" in reason
        return failed(FailureKind.LACKED_RESOURCES if of_the_machine else FailureKind.RAISED, reason)
    if isinstance(outcome.value, Diverged):
        diverged = outcome.value
        return failed(FailureKind.DIVERGED, f"the loss became {diverged.loss} at step {diverged.step}", diverged.step)
    metrics: TrialMetrics = outcome.value
    return TrialResult(trial.key, TrialState.DONE, outcome.attempts, metrics=metrics)
