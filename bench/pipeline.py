"""How the stages compose: the file to read first.

    sweep -> plan (data, audit, folds, networks, trials) -> execute -> store -> time -> report

``plan`` meets everything that can be wrong with the input before a study folder exists. From then on every trial is
stored the moment it ends, so a run that stops at any point goes on where it stopped.
"""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench import controls
from bench.analyse import summarise
from bench.analyse.controls import verdict
from bench.audit.examine import examine
from bench.audit.inspect import MOST_SKIPPED, Inspection, inspect
from bench.audit.sheets import write_sheets
from bench.data import Dataset, as_files, assign_folds, cached_images, file_metadata, open_dataset, split_hash
from bench.data.metadata import HEADER_FEATURES
from bench.environment import describe_environment, usable_cpus
from bench.errors import InterruptedRunError, InterruptedTimingError, WorkerError
from bench.execute import Executor, Outcome, Task
from bench.measure import Isolated, Schedule, in_fresh_process, measure
from bench.progress import Progress
from bench.records import (
    Environment,
    FailureKind,
    InputShape,
    Network,
    NetworkCost,
    Protocol,
    Study,
    TimedPart,
    Trial,
    TrialMetrics,
    TrialResult,
    TrialState,
)
from bench.report import write_report
from bench.store import Counts, Store, check_folder, study_lock
from bench.sweeps import NetworkRequest, PlanRow, Sweep, control_trials, expand, plan_rows, requests, steps_per_epoch
from bench.timing import FIT_PARTS, FitData, TimingTask, check_cpus, measure_network
from bench.train.control import ControlTask, fit_control
from bench.train.describe import describe
from bench.train.examples import Examples, choose_examples, n_examples_per_epoch
from bench.train.trial import Diverged, TrainingTask, train_trial

CONTROLS = "controls"
"""The affinity of controls that train no network: one worker loads scikit-learn, beside the others' training."""

_NO_NETWORK = NetworkCost(0, 0, 0, 0)

TRAINING_THREADS = 1
"""Intra-op threads of a training worker. Sums of floats depend on it, so it is the same for any number of workers."""


@dataclass(frozen=True)
class Plan:
    """Everything that a study will do, decided before anything is written.

    ``inspection`` is what was measured of the images; ``groups`` (n,) numbers what no fold divides; ``assignments``
    gives, by seed, the fold in which each image is held out; ``costs`` are by network key, and 0 of a control that
    trains no network.
    """

    study: Study
    inspection: Inspection
    groups: NDArray[np.int64]
    assignments: Mapping[int, NDArray[np.int64]]
    costs: Mapping[str, NetworkCost]
    trials: tuple[Trial, ...]

    @property
    def dataset(self) -> Dataset:
        """The images, those left out that could not be used."""
        return self.inspection.dataset

    def examples(self, trial: Trial) -> Examples:
        """What a trial trains on.

        Raises:
            DataError: see ``choose_examples``.
        """
        assignment = self.assignments[trial.seed]
        return choose_examples(trial.protocol, self.dataset.labels, self.groups, assignment, trial.seed, trial.fold)

    def engines(self) -> list[tuple[Network, Protocol]]:
        """Every network under every protocol that it is trained with; those of controls are among them."""
        return list(dict.fromkeys((trial.network, trial.protocol) for trial in self.trials if trial.control is None))

    def train_steps(self, trial: Trial) -> int:
        """Optimizer steps of one trial over all its epochs; none of a control that trains no network."""
        if not trains_a_network(trial):
            return 0
        n_examples = n_examples_per_epoch(trial.protocol, self.examples(trial))
        return steps_per_epoch(n_examples, trial.protocol.batch_size) * trial.protocol.epochs

    def weight(self, trial: Trial) -> float:
        """A trial's expected share of the work: forward passes' FLOPs, with a training step as three of them."""
        examples = self.examples(trial)
        evaluated = len(examples.test_rows) + len(examples.inner_rows)
        passes = trial.protocol.epochs * (3 * n_examples_per_epoch(trial.protocol, examples) + evaluated)
        return float(passes * self.costs[trial.network.key].flops_per_example)


@dataclass(frozen=True)
class Forecast:
    """What a plan will take: a row a network and protocol, and the estimated seconds of training in all."""

    rows: tuple[PlanRow, ...]
    training_s: float


@dataclass(frozen=True)
class RunOutcome:
    """What a finished run leaves: its folder, the store's counts, the networks whose timing failed, the summary.

    ``verdict`` says in words what the networks are worth beside the controls.
    """

    folder: Path
    counts: Counts
    untimed: tuple[str, ...]
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
            register(decided, store)
            audit(decided, store, folder)
            environment = describe_environment(n_workers, TRAINING_THREADS, os.environ)
            try:
                train(decided, images, store, executor, environment, progress)
                executor.close()
                untimed = time_networks(decided, store, progress, in_fresh_process)
            except KeyboardInterrupt:
                counts = store.counts()
                raise InterruptedRunError(folder, counts.done + counts.failed, len(decided.trials)) from None
            finally:
                keep_log(executor, folder)
            write_report(store, folder)
            trials = store.trials()
            summary = summarise(trials, store.step_times())
            return RunOutcome(folder, store.counts(), untimed, summary, tuple(verdict(trials)))


def plan(
    sweep: Sweep,
    study_name: str | None,
    results: Path,
    executor: Executor,
    cache_dir: Path,
    progress: Progress,
    *,
    skip_bad: bool = False,
) -> Plan:
    """Decide every trial of a sweep; writes nothing but the cache. Arguments as ``run_sweep`` has them.

    Raises:
        DataError: the data set or the folds do not hold.
        StudyError: the study's folder cannot be one.
        architectures.errors.ArchitectureError: a network cannot be built as asked.
    """
    opened = open_dataset(sweep.data.source, images=sweep.data.images, skip_bad=skip_bad)
    name = study_name or f"{sweep.name}-{opened.name}"
    check_folder(results / name)
    inspection = inspect(opened, cache_dir, progress, MOST_SKIPPED if skip_bad else 0.0)
    dataset = inspection.dataset
    groups = inspection.groups(patient_wise=sweep.patient_wise, bind_duplicates=sweep.bind_duplicates)
    drawn_by = {seed: seed if sweep.split_seed is None else sweep.split_seed for seed in sweep.seeds}
    assignments = {
        seed: assign_folds(dataset.labels, sweep.folds, drawn_by[seed], groups, dataset.class_names)
        for seed in sweep.seeds
    }
    asked = requests(sweep, len(dataset.class_names))
    described = _describe_all(asked, executor, progress)
    networks = expand(
        sweep,
        {request: network for request, (network, _) in described.items()},
        dataset.name,
        dataset.data_hash,
        {seed: split_hash(assignment, groups) for seed, assignment in assignments.items()},
    )
    costs = {network.key: cost for network, cost in described.values()}
    beside = control_trials(sweep, networks, {key: cost.n_params for key, cost in costs.items()})
    costs |= {trial.network.key: _NO_NETWORK for trial in beside if not trains_a_network(trial)}
    study = Study(
        name=name,
        sweep_name=sweep.name,
        sweep=sweep.stored(),
        dataset=dataset.name,
        data_hash=dataset.data_hash,
        class_names=dataset.class_names,
        class_counts=tuple(np.bincount(dataset.labels).tolist()),
        has_patients=dataset.patients is not None,
        patient_wise=dataset.patients is not None and sweep.patient_wise,
        best_accuracy=dataset.best_accuracy,
    )
    decided = Plan(study, inspection, groups, assignments, costs, (*networks, *beside))
    for trial in decided.trials:
        decided.examples(trial)  # refuses what cannot be trained on, before anything is written
    return decided


def decode(plan: Plan, cache_dir: Path, progress: Progress) -> Mapping[InputShape, Path]:
    """The cached image file of each input shape in the plan; images that are not cached yet are decoded."""
    shapes = sorted({trial.network.input_shape for trial in plan.trials})
    paths = {}
    for shape in shapes:
        title = f"decoding to {'x'.join(map(str, shape))}"
        with progress.stage(title, len(plan.dataset.labels)) as stage:
            paths[shape] = cached_images(plan.dataset, shape, cache_dir, lambda _n_decoded: stage.advance())
    return paths


def forecast(plan: Plan, executor: Executor, n_workers: int) -> Forecast:
    """What a plan will take, measured on one network and scaled by FLOPs to the others.

    A few training steps of the network in the middle of the plan (by FLOPs) are timed in a worker. Small networks
    need more time for a FLOP than large ones and start-up is left out, so expect the truth within a factor of two.
    """
    by_flops = sorted(
        filter(trains_a_network, plan.trials), key=lambda trial: plan.costs[trial.network.key].flops_per_example
    )
    probe = by_flops[len(by_flops) // 2]
    task = TimingTask(
        network=probe.network,
        protocol=probe.protocol,
        parts=(TimedPart.STEP,),
        threads=TRAINING_THREADS,
        cpus=(),
        batch_size=probe.protocol.batch_size,
        n_samples=3,
    )
    (outcome,) = executor.run([Task(measure_network, (task,))])
    if outcome.error is not None:
        raise outcome.error
    if outcome.death is not None:
        raise WorkerError(f"{probe.network.label} must fit into memory to be timed; {outcome.death.reason}")
    step_s = float(np.median(outcome.value[0].samples_ns)) / 1e9
    step_weight = 3 * probe.protocol.batch_size * plan.costs[probe.network.key].flops_per_example
    training_s = sum(map(plan.weight, plan.trials)) / step_weight * step_s / min(n_workers, len(plan.trials))
    rows = plan_rows(plan.trials, {key: cost.n_params for key, cost in plan.costs.items()}, plan.train_steps)
    return Forecast(rows, training_s)


def register(plan: Plan, store: Store) -> None:
    """Write the plan into the store; the same plan again changes nothing.

    Raises:
        StudyError: the store holds another study.
    """
    store.register(
        plan.study,
        plan.trials,
        plan.costs,
        plan.dataset.files,
        plan.dataset.labels,
        plan.dataset.patients,
        plan.groups,
        plan.assignments,
    )


def audit(plan: Plan, store: Store, folder: Path) -> None:
    """Store what is to be said of the data, once a study, and lay a sheet of samples beside it."""
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
    if not all(map(trains_a_network, pending)):
        metadata = file_metadata(plan.dataset)[list(HEADER_FEATURES)]
    tasks = [_task(plan, trial, images[trial.network.input_shape], metadata) for trial in pending]
    if len(pending) < len(plan.trials):
        progress.say(f"{len(plan.trials) - len(pending)} of {len(plan.trials)} trials are stored already")
    with progress.stage("training", len(tasks), sum(task.weight for task in tasks)) as stage:
        for outcome in executor.run(tasks):
            result = trial_result(pending[outcome.index], outcome)
            store.record(result, environment)
            stage.advance(tasks[outcome.index].weight, failed=result.state is TrialState.FAILED)


def _task(plan: Plan, trial: Trial, images: Path, metadata: pd.DataFrame) -> Task:
    labels, assignment = plan.dataset.labels, plan.assignments[trial.seed]
    if not trains_a_network(trial):
        return Task(fit_control, (ControlTask(trial, images, labels, assignment, metadata),), affinity=CONTROLS)
    return Task(
        train_trial,
        (TrainingTask(trial, images, labels, assignment, plan.groups),),
        affinity=_engine_key(trial.network, trial.protocol),
        weight=plan.weight(trial),
    )


def trains_a_network(trial: Trial) -> bool:
    """Whether a trial goes through the training engine: all but those of a control that is fitted without a network."""
    return trial.control is None or controls.get(trial.control).transform is not None


def keep_log(executor: Executor, folder: Path) -> None:
    """Append what the tasks of this run wrote to standard error, if anything, to the study's ``worker.log``."""
    if text := executor.log():
        with (folder / "worker.log").open("a") as log:
            log.write(text)


def time_networks(plan: Plan, store: Store, progress: Progress, isolated: Isolated) -> tuple[str, ...]:
    """Time the training step of each network that the store has no time of this machine for, with nothing else running.

    Returns:
        A line on each measurement that failed, and on each batch that had to be halved.
    """
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
) -> tuple[Path, tuple[str, ...]]:
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
        The study's folder, and a line on each measurement that failed and on each batch that was halved.

    Raises:
        BenchError, architectures.errors.ArchitectureError: nothing has been written.
        InterruptedRunError: Ctrl-C; every measurement that ended is stored.
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
        register(decided, store)
        root, files = as_files(decided.dataset, Path(scratch)) if needs_data else (Path(), ())
        seed = decided.trials[0].seed
        is_held_out = decided.assignments[seed] == 0
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


def _describe_all(
    asked: Sequence[NetworkRequest], executor: Executor, progress: Progress
) -> dict[NetworkRequest, tuple[Network, NetworkCost]]:
    described = {}
    with progress.stage("counting parameters", len(asked)) as stage:
        for outcome in executor.run([Task(describe, (request,)) for request in asked]):
            if outcome.error is not None:
                raise outcome.error
            if outcome.death is not None:
                request = asked[outcome.index]
                raise WorkerError(f"{request.architecture} must fit into memory to be counted; {outcome.death.reason}")
            described[asked[outcome.index]] = outcome.value
            stage.advance()
    return {request: described[request] for request in asked}


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
