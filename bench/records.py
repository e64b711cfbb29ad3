"""The records that pass between the stages: frozen, and validated when built.

A study stores trials; a trial is one training of a network under a protocol on one fold with one seed. What a sweep
declares is checked by pydantic; what the harness measures is a frozen dataclass that checks itself.
"""

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

NUMBERS_VERSION = 1
"""Part of every trial key. Raised by one whenever a change of the code changes what a trial's numbers are."""

AxisValue = int | float | str | bool
Hash = Annotated[str, Field(pattern=r"^[\w-]+$")]
InputShape = tuple[PositiveInt, PositiveInt, Literal[1, 3]]


class Record(BaseModel):
    """A frozen record whose fields are exactly the declared ones.

    A field that joins a released record is named in ``LATER_FIELDS``: at its default it is left out of the canonical
    JSON, so that the hashes of records that do not use it stay what they were.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    LATER_FIELDS: ClassVar[frozenset[str]] = frozenset()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields replaced, and without what was computed from the old ones."""
        copied = super().model_copy(update=update, deep=deep)
        for computed in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[computed]
        return copied

    @cached_property
    def canonical_json(self) -> str:
        """The record as JSON with sorted keys and no spaces: what its hashes are taken of."""
        fields = type(self).model_fields
        unused = {name for name in self.LATER_FIELDS if getattr(self, name) == fields[name].default}
        return _canonical(self.model_dump(mode="json", exclude=unused))


class Protocol(Record):
    """How a network is trained, and on what of its training part.

    ``learning_rate_decay`` is the per-step inverse-time decay that Keras 1 and 2 called ``decay``:
    ``learning_rate / (1 + learning_rate_decay * step)``. ``momentum`` is read by sgd only.

    The training part (all folds but the held-out one) becomes what is trained on in this order: ``inner_share`` of it
    is set aside as the inner validation part, ``n_train`` of the rest are kept (0: all; a larger number contains a
    smaller one's examples), ``label_noise`` of these get another class' label, and ``class_balance`` weighs or repeats
    them. The held-out fold is never changed. ``augment_*`` are the factors of Keras's random preprocessing layers,
    0 and ``none`` leaving the layer out: shift and zoom as shares of the image's sides, rotation in degrees.
    ``epoch_choice`` says whose weights are evaluated on the held-out fold: those of the last epoch, or of the epoch
    with the least loss on the inner validation part.
    """

    optimizer: Literal["sgd", "adam", "rmsprop"] = "adam"
    learning_rate: PositiveFloat = 0.001
    learning_rate_decay: NonNegativeFloat = 0.0
    momentum: float = Field(default=0.0, ge=0.0, lt=1.0)
    batch_size: PositiveInt = 32
    epochs: PositiveInt = 10
    loss: Literal["categorical_crossentropy"] = "categorical_crossentropy"
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    n_train: NonNegativeInt = 0
    label_noise: float = Field(default=0.0, ge=0.0, lt=1.0)
    class_balance: Literal["none", "class_weight", "oversample"] = "none"
    augment_flip: Literal["none", "horizontal", "vertical", "horizontal_and_vertical"] = "none"
    augment_shift: float = Field(default=0.0, ge=0.0, lt=1.0)
    augment_rotation_degrees: float = Field(default=0.0, ge=0.0, le=180.0)
    augment_zoom: float = Field(default=0.0, ge=0.0, lt=1.0)
    augment_contrast: float = Field(default=0.0, ge=0.0, le=1.0)
    inner_share: float = Field(default=0.0, ge=0.0, le=0.5)
    epoch_choice: Literal["last", "least_inner_loss"] = "last"

    LATER_FIELDS: ClassVar[frozenset[str]] = frozenset(
        {
            "precision",
            "n_train",
            "label_noise",
            "class_balance",
            "augment_flip",
            "augment_shift",
            "augment_rotation_degrees",
            "augment_zoom",
            "augment_contrast",
            "inner_share",
            "epoch_choice",
        }
    )

    @model_validator(mode="after")
    def _an_epoch_is_chosen_on_something(self) -> Self:
        if self.epoch_choice == "least_inner_loss" and not self.inner_share:
            raise ValueError(
                "epoch_choice least_inner_loss needs an inner validation part; received inner_share 0; "
                "set inner_share, such as 0.2"
            )
        return self


class Network(Record):
    """One architecture with its axes fixed, on one input shape.

    ``width`` is None for an architecture without that axis. ``axes`` are the builder's other keyword arguments,
    all of them, defaults included, sorted by name.
    """

    architecture: str
    width: PositiveFloat | None
    axes: tuple[tuple[str, AxisValue], ...] = ()
    input_shape: InputShape
    n_classes: int = Field(ge=2)

    @cached_property
    def key(self) -> str:
        """A stable hash, 16 hexadecimal digits."""
        return _digest(self.canonical_json)

    @property
    def builder_arguments(self) -> dict[str, AxisValue]:
        """The keyword arguments for the builder, ``width`` among them where the architecture has it."""
        arguments: dict[str, AxisValue] = dict(self.axes)
        if self.width is not None:
            arguments["width"] = self.width
        return arguments

    @property
    def label(self) -> str:
        """For progress lines and messages, such as ``paper_small x0.25 70x70x3``."""
        width = "" if self.width is None else f" x{self.width:g}"
        return f"{self.architecture}{width} {'x'.join(map(str, self.input_shape))}"


class Trial(Record):
    """One training: a network, a protocol, a fold and a seed, on one data set.

    ``data_hash`` identifies images and labels, ``split_hash`` the fold assignment that this seed made of them.
    ``control`` names the control (``bench.controls``) that the trial is of; it is None for a network. ``network`` is
    then the network that the control trains, or, of a control that trains none, one of the control's own name.
    """

    network: Network
    protocol: Protocol
    dataset: str
    data_hash: Hash
    split_hash: Hash
    n_folds: int = Field(ge=2)
    fold: NonNegativeInt
    seed: NonNegativeInt
    control: Hash | None = None

    LATER_FIELDS: ClassVar[frozenset[str]] = frozenset({"control"})

    @cached_property
    def key(self) -> str:
        """The trial key: a stable hash of everything that decides the numbers (not of the data set's name)."""
        # Put together from parts, since a sweep's trials share few networks and protocols.
        control = "" if self.control is None else f'"control":"{self.control}",'
        return _digest(
            f'{{{control}"data_hash":"{self.data_hash}","fold":{self.fold},"n_folds":{self.n_folds},'
            f'"network":{self.network.canonical_json},"numbers_version":{NUMBERS_VERSION},'
            f'"protocol":{self.protocol.canonical_json},"seed":{self.seed},"split_hash":"{self.split_hash}"}}'
        )


class Study(Record):
    """What a study is of. Stored once; the same study name with another record is refused.

    ``sweep`` is the resolved sweep as JSON-ready values (the whole TOML after overrides). ``best_accuracy`` is the
    best possible accuracy on this data set, where it is known by construction.
    """

    name: str
    sweep_name: str
    sweep: dict[str, object]
    dataset: str
    data_hash: str
    class_names: tuple[str, ...]
    class_counts: tuple[PositiveInt, ...]
    has_patients: bool
    patient_wise: bool
    best_accuracy: float | None = None


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
        return _digest(_canonical(self.values))


def _canonical(values: object) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
