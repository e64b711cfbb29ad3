"""One trial of a control that trains no network, from its record to its metrics."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench import controls
from bench.data import open_images
from bench.data.split import Split
from bench.records import ControlTrial, Protocol, TrialMetrics
from bench.seeds import generator
from bench.train.examples import choose_examples


@dataclass(frozen=True, slots=True)
class ControlTask:
    """What a worker needs for one trial of a control.

    ``images_path`` and ``split`` as ``TrainingTask`` has them; ``metadata`` has one row per image.
    """

    trial: ControlTrial
    images_path: Path
    split: Split
    metadata: pd.DataFrame


def fit_control(task: ControlTask, clock: Callable[[], float] = time.perf_counter) -> TrialMetrics:
    """Fit a control on a trial's training part and evaluate it on its held-out fold; there are no epochs.

    One thread, so that the numbers do not depend on the machine's load or on how many workers there are.
    """
    from threadpoolctl import threadpool_limits

    trial = task.trial
    fit = controls.get(trial.control).fit
    if fit is None:
        raise ValueError(f"a control that trains a network is run by train_trial; received {trial.control}")
    examples = choose_examples(Protocol(), task.split, trial.seed, trial.fold)
    data = controls.ControlData(open_images(task.images_path), examples.labels, task.metadata, trial.n_classes)
    started = clock()
    with threadpool_limits(1):
        draw = generator(trial.seed, trial.fold, f"control/{trial.control}")
        predict = fit(data, examples.train_rows, draw)
        train_accuracy, train_loss = accuracy_and_loss(
            predict(examples.train_rows), examples.labels[examples.train_rows]
        )
        probabilities = predict(examples.test_rows).astype(np.float32)
    val_accuracy, val_loss = accuracy_and_loss(probabilities, task.split.labels[examples.test_rows])
    return TrialMetrics(
        epochs=(),
        train_accuracy=train_accuracy,
        train_loss=train_loss,
        val_accuracy=val_accuracy,
        val_loss=val_loss,
        train_s=clock() - started,
        test_rows=examples.test_rows,
        probabilities=probabilities,
    )


def accuracy_and_loss(probabilities: NDArray[np.floating], truth: NDArray[np.int64]) -> tuple[float, float]:
    """The share of rows whose most probable class (the first of equals) is true, and the mean nats a row."""
    accuracy = float(np.mean(probabilities.argmax(axis=1) == truth))
    return accuracy, float(-np.mean(np.log(probabilities[np.arange(len(truth)), truth].astype(np.float64))))
