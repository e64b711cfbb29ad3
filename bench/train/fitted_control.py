"""One trial of a control that trains no network, from its record to its metrics."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench import controls
from bench.data import Split, open_images
from bench.records import ControlTrial, Protocol, TrialMetrics
from bench.seeds import generator
from bench.train.examples import choose_examples


def fit_control(
    trial: ControlTrial, images_path: Path, split: Split, metadata: pd.DataFrame, clock: Callable[[], float]
) -> TrialMetrics:
    """Fit a control on a trial's training part and evaluate it on its held-out fold; there are no epochs.

    It uses one thread, so the numbers depend neither on the machine's load nor on the number of workers.

    Args:
        trial: a trial of a control that trains no network.
        images_path: decoded images, a file of ``bench.data.cached_images``.
        split: the split of the trial's seed.
        metadata: one row per image, the columns of ``HEADER_FEATURES``.
        clock: seconds, monotonic.

    Raises:
        ValueError: the control trains a network.
    """
    from threadpoolctl import threadpool_limits

    fit = controls.get(trial.control).fit
    if fit is None:
        raise ValueError(f"a control that trains a network is run by a backend; received {trial.control}")
    examples = choose_examples(Protocol(), split, trial.seed, trial.fold)
    data = controls.ControlData(open_images(images_path), examples.labels, metadata, trial.n_classes)
    started = clock()
    with threadpool_limits(1):
        draw = generator(trial.seed, trial.fold, f"control/{trial.control}")
        predict = fit(data, examples.train_rows, draw)
        train_accuracy, train_loss = accuracy_and_loss(
            predict(examples.train_rows), examples.labels[examples.train_rows]
        )
        probabilities = predict(examples.test_rows).astype(np.float32)
    val_accuracy, val_loss = accuracy_and_loss(probabilities, split.labels[examples.test_rows])
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
    """The share of rows whose most probable class (the first of equals) is true, and the mean nats per row."""
    accuracy = float(np.mean(probabilities.argmax(axis=1) == truth))
    return accuracy, float(-np.mean(np.log(probabilities[np.arange(len(truth)), truth].astype(np.float64))))
