"""Trains the trials of a plan as tasks of an executor. Each result is stored as soon as it exists."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from bench.data import file_metadata
from bench.data.header_metadata import HEADER_FEATURES
from bench.environment import prepare_worker
from bench.execute import EXECUTORS, Executor, Outcome, Task, is_out_of_memory
from bench.execute.clusters import Cluster
from bench.execute.executor_registry import dask_executor
from bench.files import ScratchFolder, refuse_link, writable
from bench.planning import Plan
from bench.progress import Progress
from bench.records import Environment, FailureKind, InputShape, NetworkTrial, Trial, TrialResult, TrialState
from bench.store import Store
from bench.train.backend import TRAINING_THREADS, Diverged
from bench.train.backend_registry import BACKENDS, DEFAULT_BACKEND
from bench.train.training_data import TrainingData, save_training_data
from bench.train.worker_tasks import TrainedTrial, fit_controls, train_networks

CONTROLS = "controls"
"""The affinity of controls that train no network: one worker imports scikit-learn while the others train."""


def training_executor(name: str, n_workers: int, backend: str = DEFAULT_BACKEND) -> Executor:
    """The executor of that name, with workers that train with a backend and report their environment.

    Raises:
        UnknownNameError: no executor or backend has the name.
    """
    preload = BACKENDS.get(backend)().preload
    return EXECUTORS.get(name)(n_workers, partial(prepare_worker, backend, TRAINING_THREADS), preload)


def cluster_executor(cluster: Cluster, backend: str = DEFAULT_BACKEND) -> Executor:
    """The executor of a Dask cluster; see ``training_executor``.

    Raises:
        WorkerError: the cluster does not start or does not answer.
    """
    return dask_executor(cluster, partial(prepare_worker, backend, TRAINING_THREADS))


def train(plan: Plan, images: Mapping[InputShape, Path], store: Store, executor: Executor, progress: Progress) -> None:
    """Run the trials without a stored result; each result is stored as soon as it exists.

    Args:
        plan: its trials are registered in the store.
        images: the cached image file of each input shape.
        store: takes the results.
        executor: made by ``training_executor``.
        progress: reports the stage.
    """
    pending = store.pending(plan.trials)
    metadata = pd.DataFrame()
    if not all(isinstance(trial, NetworkTrial) for trial in pending):
        metadata = file_metadata(plan.dataset)[list(HEADER_FEATURES)]
    weights = {trial.key: plan.weight(trial) for trial in pending}
    with progress.stage("training", len(pending), sum(weights.values())) as stage:
        data = TrainingData(plan.splits, metadata)
        for trial, result, environment in run_trials(pending, images, data, executor, lambda trial: weights[trial.key]):
            store.record(result, environment)
            stage.advance(weights[trial.key], failed=result.state is TrialState.FAILED)


def run_trials(
    trials: Sequence[Trial],
    images: Mapping[InputShape, Path],
    data: TrainingData,
    executor: Executor,
    weight: Callable[[Trial], float],
) -> Iterator[tuple[Trial, TrialResult, Environment]]:
    """Run trials; yield each with its result and its worker's environment when it ends, in any order.

    Args:
        trials: each once.
        images: the cached image file of each input shape.
        data: the data that they share; written once, and each task contains its path.
        executor: made by ``training_executor``.
        weight: a trial's expected share of the work.
    """
    with ScratchFolder() as scratch:
        data_path = save_training_data(data, Path(scratch))
        cohorts = form_cohorts(trials)
        tasks = [
            _task(cohort, data_path, images[cohort[0].input_shape], sum(map(weight, cohort))) for cohort in cohorts
        ]
        for outcome in executor.run(tasks):
            cohort = cohorts[outcome.index]
            for trial, trained in zip(cohort, outcome.value or (None,) * len(cohort), strict=True):
                yield trial, trial_result(trial, outcome, trained), outcome.prepared


def form_cohorts(trials: Sequence[Trial]) -> list[tuple[Trial, ...]]:
    """Divide trials into groups, one per task, of one network and protocol, as many as a backend trains at once.

    Groups and the trials within them keep the order of the trials. A control that trains no network has its own group.
    """
    cohorts: list[list[Trial]] = []
    open_cohorts: dict[str, list[Trial]] = {}
    for trial in trials:
        at_once = BACKENDS.get(trial.backend)().trials_at_once if isinstance(trial, NetworkTrial) else 1
        cohort = open_cohorts.get(_affinity(trial))
        if cohort is None or len(cohort) >= at_once:
            cohort = open_cohorts[_affinity(trial)] = []
            cohorts.append(cohort)
        cohort.append(trial)
    return [tuple(cohort) for cohort in cohorts]


def _task(cohort: tuple[Trial, ...], data_path: Path, images_path: Path, weight: float) -> Task:
    function = train_networks if isinstance(cohort[0], NetworkTrial) else fit_controls
    files = (data_path, images_path)
    return Task(function, (*files, cohort), affinity=_affinity(cohort[0]), weight=weight, files=files)


def _affinity(trial: Trial) -> str:
    if not isinstance(trial, NetworkTrial):
        return CONTROLS
    return f"{trial.backend}/{trial.network.key}/{trial.protocol.model_dump_json()}"


def trial_result(trial: Trial, outcome: Outcome, trained: TrainedTrial | None) -> TrialResult:
    """The result of a trial, as it is stored.

    Args:
        trial: the trial.
        outcome: the outcome of its task.
        trained: the result of its training; None if the task failed.
    """

    def failed(kind: FailureKind, reason: str, step: int | None = None) -> TrialResult:
        return TrialResult(trial.key, TrialState.FAILED, outcome.attempts, failure=kind, error=reason, failed_step=step)

    if outcome.death is not None:
        return failed(FailureKind.WORKER_DIED, f"{outcome.death.reason}, in {outcome.attempts} attempts")
    if outcome.error is not None or trained is None:
        reason = f"{type(outcome.error).__name__}: {' '.join(str(outcome.error).split()) or 'no message'}"
        of_the_machine = isinstance(outcome.error, OSError) or is_out_of_memory(outcome.error)
        return failed(FailureKind.LACKED_RESOURCES if of_the_machine else FailureKind.RAISED, reason)
    if isinstance(trained, Diverged):
        return failed(FailureKind.DIVERGED, f"the loss became {trained.loss} at step {trained.step}", trained.step)
    return TrialResult(trial.key, TrialState.DONE, outcome.attempts, metrics=trained)


def keep_log(executor: Executor, folder: Path) -> None:
    """Append the standard error of the tasks of this run to the study's ``worker.log``, unless it is empty.

    Raises:
        StudyError: the folder cannot be written to, or ``worker.log`` is not a regular file.
    """
    path = folder / "worker.log"
    refuse_link(path)
    if text := executor.log():
        with writable(folder), path.open("a") as log:
            log.write(text)
