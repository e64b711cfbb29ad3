"""What a study is of, declared before anything is trained and checked by pydantic; and the hashes of it."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

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
        return canonical(self.model_dump(mode="json", exclude=unused))


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
        return digest(self.canonical_json)

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
    ``backend`` names what trains it (``bench.train``) and ``numerics`` how that computes.
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
    backend: Hash = "tensorflow"
    numerics: Hash = "1"

    LATER_FIELDS: ClassVar[frozenset[str]] = frozenset({"control", "backend", "numerics"})

    @cached_property
    def key(self) -> str:
        """The trial key: a stable hash of everything that decides the numbers (not of the data set's name)."""
        # Put together from parts, since a sweep's trials share few networks and protocols.
        later = {
            name: "" if getattr(self, name) == type(self).model_fields[name].default else f'"{name}":"{value}",'
            for name, value in (("backend", self.backend), ("control", self.control), ("numerics", self.numerics))
        }
        return digest(
            f'{{{later["backend"]}{later["control"]}"data_hash":"{self.data_hash}","fold":{self.fold},'
            f'"n_folds":{self.n_folds},"network":{self.network.canonical_json},'
            f'"numbers_version":{NUMBERS_VERSION},{later["numerics"]}"protocol":{self.protocol.canonical_json},"seed":{self.seed},"split_hash":"{self.split_hash}"}}'
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


def canonical(values: object) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
