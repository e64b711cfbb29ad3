"""What the harness measures: results of trials, times, and the environment that they come from."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.records.declared import Protocol, canonical, digest


@dataclass(frozen=True, slots=True)
class NetworkCost:
    """What a network is, counted: exact integers.

    ``flops_per_example`` counts forward floating-point operations as TensorFlow's profiler does;
    ``activation_bytes_per_example`` is the float32 output of every layer.
    """

    n_params: int
    n_trainable_params: int
    flops_per_example: int
    activation_bytes_per_example: int


class TrialState(enum.StrEnum):
    """How a trial ended. A trial without a stored result is pending."""

    DONE = "DONE"
    FAILED = "FAILED"


class FailureKind(enum.StrEnum):
    """Why a trial is FAILED."""

    DIVERGED = "diverged"
    """A loss was NaN or infinite; the same trial diverges again."""
    RAISED = "raised"
    """The training raised an exception; the same trial raises again."""
    LACKED_RESOURCES = "lacked_resources"
    """The machine refused memory or a file; the same command tries the trial again."""
    WORKER_DIED = "worker_died"
    """The process died (killed, out of memory) twice; the same command tries the trial again."""


RETRIED_FAILURES = (FailureKind.LACKED_RESOURCES, FailureKind.WORKER_DIED)
"""Failures of the machine and not of the trial: the only results that a later one replaces."""


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """One epoch. ``train_*`` are Keras's running means over its steps, with dropout on; ``val_*`` follow the epoch.

    ``inner_*`` are of the inner validation part, None where there is none. Losses are mean nats an example (with the
    regularisation loss, as Keras reports it); accuracies lie in [0, 1].
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    inner_loss: float | None = None
    inner_accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class TrialMetrics:
    """What a finished training measured. A control that trains no network has no ``epochs``.

    All but ``epochs`` are of the weights that the protocol chooses (of ``chosen_epoch``, 1-based), in inference mode.
    ``train_*`` are on the examples trained on, with the labels trained on, so they compare with ``val_*`` like with
    like; ``inner_*`` are on the inner validation part, None where there is none. ``test_rows`` (n_test,) are the
    held-out images' row numbers in the data set, ascending; ``probabilities`` (n_test, n_classes) float32 their class
    probabilities, rows summing to 1. ``train_s`` is the wall time of the whole trial in its worker, compilation left
    out.
    """

    epochs: tuple[EpochMetrics, ...]
    train_accuracy: float
    train_loss: float
    val_accuracy: float
    val_loss: float
    train_s: float
    test_rows: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    chosen_epoch: int | None = None
    inner_accuracy: float | None = None
    inner_loss: float | None = None

    def __post_init__(self) -> None:
        if self.probabilities.shape[0] != self.test_rows.shape[0]:
            raise ValueError(
                f"probabilities need one row a held-out image; received {self.probabilities.shape[0]} rows "
                f"for {self.test_rows.shape[0]} images"
            )


@dataclass(frozen=True, slots=True)
class TrialResult:
    """A trial's end: metrics where DONE; where FAILED the kind of failure, the reason and, if it diverged, the step."""

    trial_key: str
    state: TrialState
    attempts: int
    metrics: TrialMetrics | None = None
    failure: FailureKind | None = None
    error: str | None = None
    failed_step: int | None = None

    def __post_init__(self) -> None:
        done = self.state is TrialState.DONE
        if done != (self.metrics is not None) or done == (self.failure is not None):
            raise ValueError(
                "a DONE result carries metrics and no failure, a FAILED one a failure and no metrics; "
                f"received {self.state} with metrics={self.metrics is not None}, failure={self.failure}"
            )


class TimedPart(enum.StrEnum):
    """What a time is of. All but ``inference_*`` are at the protocol's batch size."""

    STEP = "step"
    """A training step of the harness: batch gathered from resident tensors, forward, backward, optimizer."""
    FORWARD = "forward"
    """The step's forward pass alone, in training mode, up to the loss."""
    FORWARD_BACKWARD = "forward_backward"
    """Forward pass and gradients, without the optimizer."""
    VALIDATION = "validation"
    """A test step: forward pass in inference mode, loss and metrics."""
    INFERENCE_1 = "inference_1"
    """Class probabilities of 1 image."""
    INFERENCE_32 = "inference_32"
    """Class probabilities of 32 images."""
    KERAS = "keras"
    """A step of ``model.fit`` on arrays in memory, averaged over an epoch."""
    DISK = "disk"
    """The same, where image files are read, decoded, resized and batched in every epoch."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What a process and its machine did while a measurement was taken; None where the system does not tell.

    ``own_cpu_s`` is this process' processor time over all its threads, ``busy_cpu_s`` all processes' over all cores,
    ``steal_s`` what a hypervisor kept from the machine. ``mhz`` is the mean frequency of the cores at the end.
    """

    wall_s: float
    own_cpu_s: float
    involuntary_switches: int
    n_cores: int
    busy_cpu_s: float | None = None
    steal_s: float | None = None
    mhz: float | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """Wall times of one part of one network under one protocol, of one round, taken in a process of its own.

    All samples are kept, in order, in nanoseconds; those of the warm-up apart, as pyperf does.

    Attributes:
        threads: intra-op threads.
        cpus: the cores that the process was bound to.
        batch_size: examples in each sample; below the protocol's where that did not fit into memory.
        pass_number: counts the timing passes of a study, from 1; a later pass supersedes an earlier one's figures.
        round: 0-based; every part of every network is measured once in each round.
        position: 0-based place in the order in which the pass measured.
        figures: further single numbers, by name with the unit in it, such as ``trace_s``.
    """

    network_key: str
    protocol: Protocol
    part: TimedPart
    threads: int
    cpus: tuple[int, ...]
    batch_size: int
    pass_number: int
    round: int
    position: int
    warmup_ns: tuple[int, ...]
    samples_ns: tuple[int, ...]
    counters: Counters | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Environment:
    """The machine and the software a result came from: JSON-ready values, sorted by key when stored."""

    values: dict[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A stable hash, 16 hexadecimal digits."""
        return digest(canonical(self.values))
