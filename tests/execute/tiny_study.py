"""A study of twelve trials of 12 images that a worker trains in a fraction of a second each, without TensorFlow."""

import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from bench.environment import describe_environment
from bench.execute import Executor, InlineExecutor
from bench.execute.clusters import RunningCluster
from bench.execute.executor_registry import dask_executor
from bench.files import write_with_checksum
from bench.named_factories import NamedFactories
from bench.records import Environment, InputShape, NetworkTrial, Protocol, TrialMetrics
from bench.store import Store, study_lock
from bench.train import worker_tasks
from bench.train.backend import Backend, Cohort, Diverged
from bench.train.training_data import TrainingData
from bench.training_pass import run_trials
from tests.store.planted import Planted, cost, network
from tests.train.logistic_backend import LogisticBackend

SHAPE: InputShape = (4, 4, 3)
STUDY = Planted(
    {network(width=width, side=4): cost(round(1000 * width)) for width in (1.0, 2.0)},
    protocols=(Protocol(epochs=2, batch_size=4),),
    seeds=(0, 1, 2),
)
TRIAL_S = 0.25
"""Seconds per trial, unless the variable ``BENCH_TEST_TRIAL_S`` has another number."""


class Slow(LogisticBackend):
    """Takes ``TRIAL_S`` per trial. With ``BENCH_TEST_MARKS``, it leaves a file with its process there first."""

    name = "tensorflow"
    trials_at_once = 1

    def train(self, cohort: Cohort, clock: Callable[[], float]) -> Iterator[TrialMetrics | Diverged]:
        if marks := os.environ.get("BENCH_TEST_MARKS"):
            Path(marks, f"{cohort.trials[0].key}-{time.monotonic_ns()}").write_text(str(os.getpid()))
        time.sleep(float(os.environ.get("BENCH_TEST_TRIAL_S", TRIAL_S)))
        yield from super().train(cohort, clock)


def tensorflow() -> Backend:
    """Multinomial logistic regression, under the name that the trials have."""
    return Slow()


def prepare(*, workers: int) -> Environment:
    """What ``prepare_worker`` does, with the small backend."""
    backends: NamedFactories[Callable[[], Backend]] = NamedFactories("backend")
    backends.register(tensorflow)
    vars(worker_tasks)["BACKENDS"] = backends
    return describe_environment(Slow(), workers, 1, os.environ)


def write_images(folder: Path) -> Path:
    """The images, as the cache keeps them."""
    path = folder / "images.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        images = np.random.default_rng(0).random((12, *SHAPE), dtype=np.float32)
        array = io.BytesIO()
        np.lib.format.write_array(array, images + STUDY.labels[:, None, None, None].astype(np.float32) / 4)
        write_with_checksum(path, [array.getvalue()])
    return path


def train_study(folder: Path, make_executor: Callable[[], Executor], images: Path) -> None:
    """Train the trials that have no result yet, as the training pass does."""
    data = TrainingData(STUDY.splits, pd.DataFrame())
    with study_lock(folder), Store.create_or_open(folder) as store, make_executor() as executor:
        STUDY.register(store)
        trials = [trial for trial in store.pending(STUDY.trials) if isinstance(trial, NetworkTrial)]
        for _, result, environment in run_trials(trials, {SHAPE: images}, data, executor, lambda _: 1.0):
            store.record(result, environment)
            print(result.trial_key, flush=True)


def stored(folder: Path) -> list[pd.DataFrame]:
    """All that training wrote, but for times and the environment."""
    with Store.open_existing(folder) as store:
        trials = store.trials().drop(columns=["train_s", "environment_key", "attempts"])
        return [trials, store.epochs(), store.predictions(trials["trial_key"])]


def undisturbed(folder: Path, images: Path) -> list[pd.DataFrame]:
    """What the study stores when nothing interferes, in this process."""
    own = vars(worker_tasks)["BACKENDS"]
    try:
        train_study(folder, lambda: InlineExecutor(lambda: prepare(workers=1)), images)
    finally:
        vars(worker_tasks)["BACKENDS"] = own
    return stored(folder)


def main() -> None:
    """Train the study in the folder of the first argument on the cluster of the second."""
    folder, address = Path(sys.argv[1]), sys.argv[2]
    train_study(folder, lambda: dask_executor(RunningCluster(address), prepare), write_images(folder))
