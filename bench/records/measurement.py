"""``Measurement``: wall times of one part of a network, and counters of the machine."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.records.protocol import Protocol


class TimedPart(enum.StrEnum):
    """The timed part of the work. All but ``inference_*`` use the protocol's batch size."""

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
    """The same, but image files are read, decoded, resized and batched in every epoch."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Counters of a process and its machine during a measurement; None if the system does not report a value.

    ``own_cpu_s`` is this process's processor time over all its threads, ``busy_cpu_s`` that of all processes over all
    cores, ``steal_s`` the time that a hypervisor gave to other machines, ``mhz`` the mean frequency of the cores at the
    end.
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
    """Wall times of one part of one network under one protocol, in one round, taken in a separate process.

    All samples are kept in order, in nanoseconds. Those of the warm-up are kept separately, as in pyperf.

    Attributes:
        threads: intra-op threads.
        cpus: the cores that the process was bound to.
        batch_size: examples per sample; below the protocol's if that did not fit into memory.
        pass_number: counts the timing passes of a study, from 1. Figures of a later pass replace those of an earlier
            one.
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
