"""``fit``: train an engine's network on a trial's examples, epoch by epoch."""

from dataclasses import dataclass

import numpy as np

from bench.records import EpochMetrics, Protocol
from bench.seeds import derive_seed, generator
from bench.train.backend import Diverged
from bench.train.examples import Examples, epoch_rows
from bench.train.tensorflow_backend.engine import Engine
from bench.train.tensorflow_backend.evaluate import batches, loss_and_accuracy, read_metrics
from bench.train.tensorflow_backend.resident import ResidentData, constant


@dataclass(frozen=True)
class Fitted:
    """A finished training: all epochs, and the epoch whose weights the engine has."""

    epochs: tuple[EpochMetrics, ...]
    chosen: EpochMetrics


def fit(
    engine: Engine, protocol: Protocol, examples: Examples, data: ResidentData, seed: int, fold: int
) -> Fitted | Diverged:
    """Reset an engine to the initial weights of (seed, fold) and train it. It then has the weights to evaluate.

    Batches are those of Keras: each epoch is a new permutation of the training rows, and its last batch may be smaller.
    Each epoch ends with the metrics of the held-out rows and of the inner validation part.
    """
    batch_order = generator(seed, fold, "batch_order")
    repeats = generator(seed, fold, "oversample")
    engine.reset(
        derive_seed(seed, fold, "weights"),
        lambda layer: derive_seed(seed, fold, f"dropout/{layer}"),
        lambda layer: derive_seed(seed, fold, f"augmentation/{layer}"),
    )
    class_weights = None if examples.class_weights is None else constant(examples.class_weights)
    by_inner_loss = protocol.epoch_choice == "least_inner_loss"
    epochs: list[EpochMetrics] = []
    least_inner_loss, best_weights = np.inf, engine.weights()
    step = 0
    for epoch in range(1, protocol.epochs + 1):
        engine.reset_metrics()
        order = epoch_rows(protocol, examples, batch_order, repeats)
        for rows in batches(order, protocol.batch_size):
            metrics = engine.train_on_rows(data.images, data.labels, rows, class_weights)
            step += 1
            if not np.isfinite(loss := float(metrics["loss"])):
                return Diverged(step, loss)
        train_loss, train_accuracy = read_metrics(metrics, len(order))
        val_loss, val_accuracy = loss_and_accuracy(engine, data, examples.test_rows, protocol.batch_size)
        if len(examples.test_rows) and not np.isfinite(val_loss):
            return Diverged(step, val_loss)
        inner_loss = inner_accuracy = None
        if len(examples.inner_rows):
            inner_loss, inner_accuracy = loss_and_accuracy(engine, data, examples.inner_rows, protocol.batch_size)
        epochs.append(
            EpochMetrics(epoch, train_loss, train_accuracy, val_loss, val_accuracy, inner_loss, inner_accuracy)
        )
        if by_inner_loss and inner_loss is not None and inner_loss < least_inner_loss:
            least_inner_loss, best_weights, chosen = inner_loss, engine.weights(), epochs[-1]
    if by_inner_loss:
        engine.set_weights(best_weights)
    else:
        chosen = epochs[-1]
    return Fitted(tuple(epochs), chosen)
