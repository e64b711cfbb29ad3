"""One trial from its record to its metrics. This, run in a worker, is all the training there is."""

import functools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import controls
from bench.data import open_images
from bench.data.split import Split
from bench.records import EpochMetrics, Network, NetworkTrial, Protocol, TrialMetrics
from bench.seeds import derive_seed, generator
from bench.train.examples import Examples, choose_examples, epoch_rows
from bench.train.tensorflow_backend.engine import Engine, build_augmenters, build_model, build_optimizer


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """What a worker needs for one trial, small enough to send: the images stay in the memory-mapped file.

    ``split`` has labels, groups and folds of all images.
    """

    trial: NetworkTrial
    images_path: Path
    split: Split


@dataclass(frozen=True, slots=True)
class Diverged:
    """A training whose loss stopped being finite, at this step (1-based, counted over all epochs)."""

    step: int
    loss: float


def train_trial(task: TrainingTask, clock: Callable[[], float] = time.perf_counter) -> TrialMetrics | Diverged:
    """Train and evaluate one trial of a network, or of a control that trains one.

    The compiled engine of the last (network, protocol) is kept, so a worker compiles once for a run of trials that
    share them. Batches are Keras's: each epoch a new permutation of the training rows, the last batch smaller.
    """
    trial, protocol = task.trial, task.trial.protocol
    engine = compiled_engine(trial.network, protocol)
    engine.prepare("train", "test", "predict")
    examples = choose_examples(protocol, task.split, trial.seed, trial.fold)
    images = resident_images(task.images_path)
    if trial.control is not None:
        images, examples = _controlled(trial, examples, images)
    labels = one_hot(examples.labels, trial.network.n_classes)
    batch_order = generator(trial.seed, trial.fold, "batch_order")
    repeats = generator(trial.seed, trial.fold, "oversample")

    def evaluated(rows: NDArray[np.int64]) -> tuple[float, float]:
        return _evaluate(engine, images, labels, rows, protocol.batch_size)

    started = clock()
    engine.reset(
        derive_seed(trial.seed, trial.fold, "weights"),
        lambda layer: derive_seed(trial.seed, trial.fold, f"dropout/{layer}"),
        lambda layer: derive_seed(trial.seed, trial.fold, f"augmentation/{layer}"),
    )
    class_weights = None if examples.class_weights is None else _constant(examples.class_weights)
    epochs: list[EpochMetrics] = []
    least_inner_loss, best_weights = np.inf, engine.weights()
    step = 0
    for epoch in range(1, protocol.epochs + 1):
        engine.reset_metrics()
        order = epoch_rows(protocol, examples, batch_order, repeats)
        for rows in _batches(order, protocol.batch_size):
            metrics = engine.train_on_rows(images, labels, rows, class_weights)
            step += 1
            if not np.isfinite(loss := float(metrics["loss"])):
                return Diverged(step, loss)
        train_loss, train_accuracy = _loss_and_accuracy(metrics, len(order))
        val_loss, val_accuracy = evaluated(examples.test_rows)
        if not np.isfinite(val_loss):
            return Diverged(step, val_loss)
        inner_loss, inner_accuracy = evaluated(examples.inner_rows) if len(examples.inner_rows) else (None, None)
        epochs.append(
            EpochMetrics(epoch, train_loss, train_accuracy, val_loss, val_accuracy, inner_loss, inner_accuracy)
        )
        if protocol.epoch_choice == "least_inner_loss" and inner_loss is not None and inner_loss < least_inner_loss:
            least_inner_loss, best_weights, chosen = inner_loss, engine.weights(), epochs[-1]
    if protocol.epoch_choice == "least_inner_loss":
        engine.set_weights(best_weights)
    else:
        chosen = epochs[-1]
    final_train_loss, final_train_accuracy = evaluated(examples.train_rows)
    if not np.isfinite(final_train_loss):
        return Diverged(step, final_train_loss)
    outputs = np.concatenate(
        [engine.predict_rows(images, labels, rows) for rows in _batches(examples.test_rows, protocol.batch_size)]
    )
    return TrialMetrics(
        epochs=tuple(epochs),
        train_accuracy=final_train_accuracy,
        train_loss=final_train_loss,
        val_accuracy=chosen.val_accuracy,
        val_loss=chosen.val_loss,
        train_s=clock() - started,
        test_rows=examples.test_rows,
        probabilities=as_probabilities(outputs),
        chosen_epoch=chosen.epoch,
        inner_accuracy=chosen.inner_accuracy,
        inner_loss=chosen.inner_loss,
    )


def _controlled(trial: NetworkTrial, examples: Examples, images: Any) -> tuple[Any, Examples]:
    """Images and examples as the trial's control changes them; held-out rows keep their labels."""
    control = controls.get(str(trial.control))
    if control.transform is None:
        raise ValueError(f"a control that trains no network is run by fit_control; received {control.name}")
    mask = np.ones(trial.network.input_shape[:2], np.float32)
    changed = control.transform(
        controls.NetworkInputs(mask, examples.labels),
        np.union1d(examples.train_rows, examples.inner_rows),
        generator(trial.seed, trial.fold, f"control/{control.name}"),
    )
    if not np.array_equal(changed.mask, mask):
        images = images * _constant(changed.mask[..., np.newaxis])
    return images, replace(examples, labels=changed.labels)


@functools.lru_cache(maxsize=1)
def compiled_engine(network: Network, protocol: Protocol) -> Engine:
    """The engine of a network under a protocol; the one before it is dropped, so a worker holds one at a time."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    return Engine(
        lambda: build_model(network, protocol.precision),
        build_optimizer(protocol),
        protocol.loss,
        build_augmenters(protocol),
        weighted=protocol.class_balance == "class_weight",
    )


def as_probabilities(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Network outputs (n, n_classes), none negative, as rows that sum to 1; a row of zeros prefers no class.

    Softmax outputs stay what they are but for rounding; sigmoid outputs are divided by their sum. Keras's categorical
    cross-entropy (TensorFlow backend) does not do that with sigmoid outputs: it takes the logits behind them for
    softmax's, so the loss of a network with sigmoid outputs is not the log loss of these probabilities.
    """
    sums = outputs.sum(axis=1, keepdims=True)
    evenly = np.full_like(outputs, 1 / outputs.shape[1])
    probabilities: NDArray[np.float32] = np.divide(outputs, sums, out=evenly, where=sums > 0)
    return probabilities


@functools.lru_cache(maxsize=1)
def resident_images(path: Path) -> Any:
    """A tensor (n, height, width, channels) over a cached image file, without a copy.

    The file is memory-mapped and handed over through DLPack, so N workers share its pages.
    """
    import tensorflow as tf

    return tf.experimental.dlpack.from_dlpack(open_images(path).__dlpack__())


def one_hot(labels: NDArray[np.int64], n_classes: int) -> Any:
    """Class numbers (n,) to a float32 tensor (n, n_classes)."""
    import tensorflow as tf

    return tf.one_hot(labels, n_classes, dtype=tf.float32)


def _constant(values: NDArray[np.float32]) -> Any:
    import tensorflow as tf

    return tf.constant(values, tf.float32)


def _batches(rows: NDArray[np.int64], batch_size: int) -> Iterator[NDArray[np.int32]]:
    for start in range(0, len(rows), batch_size):
        yield rows[start : start + batch_size].astype(np.int32)


def _evaluate(
    engine: Engine, images: Any, labels: Any, rows: NDArray[np.int64], batch_size: int
) -> tuple[float, float]:
    engine.reset_metrics()
    for batch in _batches(rows, batch_size):
        metrics = engine.test_on_rows(images, labels, batch)
    return _loss_and_accuracy(metrics, len(rows))


def _loss_and_accuracy(metrics: Mapping[str, Any], n_examples: int) -> tuple[float, float]:
    # Keras divides in float32; the number of right answers is whole, so the float64 share can be had back.
    return float(metrics["loss"]), round(float(metrics["accuracy"]) * n_examples) / n_examples
