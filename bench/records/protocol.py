"""``Protocol``: how a network is trained."""

from typing import ClassVar, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from bench.records.base import Record

MOST = 1_000_000
"""Of epochs and of examples per batch: larger numbers are typing errors that would allocate or run for ever."""


class Protocol(Record):
    """How a network is trained, and on which examples of the training part.

    ``learning_rate_decay`` is the per-step inverse-time decay that Keras 1 and 2 called ``decay``:
    ``learning_rate / (1 + learning_rate_decay * step)``. ``momentum`` is used by sgd only.

    The training part (all folds but the held-out one) is reduced to the training examples in this order:
    ``inner_share`` of it is set aside as the inner validation part, ``n_train`` of the rest are kept (0: all; a larger
    number contains the examples of a smaller one), ``label_noise`` of these get the label of another class, and
    ``class_balance`` weights or repeats them. The held-out fold is never changed. ``augment_*`` are the factors of
    Keras's random preprocessing layers, where 0 and ``none`` leave the layer out: shift and zoom as shares of the
    image's sides, rotation in degrees. ``epoch_choice`` names the epoch whose weights are evaluated on the held-out
    fold: the last one, or the one with the least loss on the inner validation part.
    """

    optimizer: Literal["sgd", "adam", "rmsprop"] = "adam"
    learning_rate: PositiveFloat = 0.001
    learning_rate_decay: NonNegativeFloat = 0.0
    momentum: float = Field(default=0.0, ge=0.0, lt=1.0)
    batch_size: PositiveInt = Field(default=32, le=MOST)
    epochs: PositiveInt = Field(default=10, le=MOST)
    loss: Literal["categorical_crossentropy"] = "categorical_crossentropy"
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    n_train: NonNegativeInt = Field(default=0, le=1000 * MOST)
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
