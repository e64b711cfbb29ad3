"""Recurrent networks, which read an image as a sequence."""

from typing import TYPE_CHECKING

from architectures.axes import OutputActivation, Width, scaled
from architectures.registry import register

if TYPE_CHECKING:
    import keras


@register(
    source="Cho et al. 2014, Learning Phrase Representations using RNN Encoder-Decoder, section 2.3; keras.layers.GRU",
    min_input=(1, 1),
)
def gru_rows(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    width: Width = 1.0,
    output_activation: OutputActivation = "softmax",
) -> "keras.Model":
    """A GRU of 128 units that reads the image row by row from the top. Its last state is classified."""
    import keras
    from keras import layers

    height, row_length, channels = input_shape
    (units,) = scaled(width, {"gru": 128})
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Reshape((height, row_length * channels), name="rows"),
            layers.GRU(units, name="gru"),
            layers.Dense(n_classes, activation=output_activation, name="classes"),
        ],
        name="gru_rows",
    )
