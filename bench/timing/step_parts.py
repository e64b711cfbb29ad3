"""The parts of a network that are timed on the harness's engine, each as a call without arguments."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.records import Network, TimedPart
from bench.train.tensorflow_backend.engine import Engine
from bench.train.tensorflow_backend.resident import one_hot

Call = Callable[[], object]

INFERENCE_BATCH = {TimedPart.INFERENCE_1: 1, TimedPart.INFERENCE_32: 32}


def part_call(part: TimedPart, engine: Engine, network: Network, batch_size: int) -> Call:
    """The timed call of a part. Each call fetches its result, a loss or probabilities.

    Args:
        part: one of ``RESIDENT_PARTS``.
        engine: an engine after ``reset``.
        network: the network of the engine.
        batch_size: examples per call; the two inference parts have fixed numbers.
    """
    n = INFERENCE_BATCH.get(part, batch_size)
    images, labels = arbitrary_batch(network, n)
    rows = np.arange(n, dtype=np.int32)
    if part is TimedPart.STEP:
        return lambda: float(engine.train_on_rows(images, labels, rows)["loss"])
    if part is TimedPart.VALIDATION:
        return lambda: float(engine.test_on_rows(images, labels, rows)["loss"])
    if part in INFERENCE_BATCH:
        return lambda: engine.predict_rows(images, labels, rows)
    compiled = engine.trace(_forward(engine) if part is TimedPart.FORWARD else _forward_backward(engine))
    import tensorflow as tf

    return lambda: float(compiled(images, labels, tf.constant(rows))[0])


def _forward(engine: Engine) -> Callable[[Any], Any]:
    def forward(batch: Any) -> Any:
        images, labels = batch
        return [engine.model.compute_loss(images, labels, engine.model(images, training=True), training=True)]

    return forward


def _forward_backward(engine: Engine) -> Callable[[Any], Any]:
    import tensorflow as tf

    def forward_backward(batch: Any) -> Any:
        with tf.GradientTape() as tape:
            (loss,) = _forward(engine)(batch)
        # Gradients that are not returned would be pruned from the graph.
        return [loss, *tape.gradient(loss, engine.model.trainable_weights)]

    return forward_backward


def arbitrary_batch(network: Network, n: int) -> tuple[Any, Any]:
    """Images and one-hot labels as resident tensors; times do not depend on their content."""
    import tensorflow as tf

    pixels = np.random.Generator(np.random.PCG64(0)).random((n, *network.input_shape), dtype=np.float32)
    return tf.constant(pixels), one_hot(np.arange(n) % network.n_classes, network.n_classes)
