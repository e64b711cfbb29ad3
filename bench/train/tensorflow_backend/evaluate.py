"""Evaluates an engine's current weights on some rows: loss, accuracy, outputs. Nothing is trained here."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.train.tensorflow_backend.engine import Engine
from bench.train.tensorflow_backend.resident import ResidentData


def loss_and_accuracy(
    engine: Engine, data: ResidentData, rows: NDArray[np.int64], batch_size: int
) -> tuple[float, float]:
    """The mean nats per example, as Keras reports them, and the share of rows whose most probable class is true.

    Both are NaN if there is no row.
    """
    if not len(rows):
        return math.nan, math.nan
    engine.reset_metrics()
    for batch in batches(rows, batch_size):
        metrics = engine.test_on_rows(data.images, data.labels, batch)
    return read_metrics(metrics, len(rows))


def outputs(engine: Engine, data: ResidentData, rows: NDArray[np.int64], batch_size: int) -> NDArray[np.float32]:
    """The network's outputs (len(rows), n_classes) in inference mode."""
    return np.concatenate([engine.predict_rows(data.images, data.labels, batch) for batch in batches(rows, batch_size)])


def batches(rows: NDArray[np.int64], batch_size: int) -> Iterator[NDArray[np.int32]]:
    """Rows in batches, in order; the last one may be smaller."""
    for start in range(0, len(rows), batch_size):
        yield rows[start : start + batch_size].astype(np.int32)


def read_metrics(metrics: Mapping[str, Any], n_examples: int) -> tuple[float, float]:
    """Loss and accuracy of Keras's running metrics over ``n_examples``."""
    # Keras divides in float32. The number of correct predictions is whole, so the float64 share can be recovered.
    return float(metrics["loss"]), round(float(metrics["accuracy"]) * n_examples) / n_examples
