"""Wall times of training steps: the harness' compiled step on resident tensors, loss fetched each step."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.records import Network, Protocol, StepTimes
from bench.train.trial import compiled_engine, one_hot

N_WARMUP_STEPS = 5
N_TIMED_STEPS = 30


@dataclass(frozen=True, slots=True)
class TimingTask:
    """What a timing worker needs: the times of a step do not depend on what the images show, so none are sent."""

    network: Network
    protocol: Protocol
    threads: int
    n_warmup: int = N_WARMUP_STEPS
    n_timed: int = N_TIMED_STEPS


def time_steps(task: TimingTask, clock_ns: Callable[[], int] = time.perf_counter_ns) -> StepTimes:
    """Time training steps at the protocol's batch size, one full batch after another.

    Each sample is the wall time from handing the batch's row numbers over to holding the loss as a Python float. The
    garbage collector is off. The first ``n_warmup`` samples are kept apart.

    Args:
        task: what to time; ``task.threads`` states what the process was configured with.
        clock_ns: a monotonic clock in nanoseconds.
    """
    engine = compiled_engine(task.network, task.protocol)
    engine.reset(weights_seed=0, dropout_seed=lambda layer: layer)
    n = task.protocol.batch_size
    images, labels = _arbitrary_batch(task.network, n)
    rows = np.arange(n, dtype=np.int32)
    samples = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(task.n_warmup + task.n_timed):
            started = clock_ns()
            float(engine.train_on_rows(images, labels, rows)["loss"])
            samples.append(clock_ns() - started)
    finally:
        gc.enable()
    return StepTimes(
        network_key=task.network.key,
        protocol=task.protocol,
        threads=task.threads,
        warmup_ns=tuple(samples[: task.n_warmup]),
        steps_ns=tuple(samples[task.n_warmup :]),
    )


def _arbitrary_batch(network: Network, n: int) -> tuple[object, object]:
    import tensorflow as tf

    pixels = np.random.Generator(np.random.PCG64(0)).random((n, *network.input_shape), dtype=np.float32)
    return tf.constant(pixels), one_hot(np.arange(n) % network.n_classes, network.n_classes)
