"""The paper's two networks, and a variant of each with global average pooling.

Bakti and Firdaus, Klasifikasi File Gambar Hasil X-Ray Paru-Paru Dengan Arsitektur Convolution Neural Network.

Convolutions are unpadded, as the published parameter counts imply. ``width`` multiplies the channels of every
convolution and the units of every hidden dense layer, with halves rounded up. The output layer does not change. In the
published networks nearly all parameters are in the dense layer after Flatten, so their number grows with the area of
the input. The variants pool each feature map to its mean instead, so theirs grows with width only.
"""

from typing import TYPE_CHECKING

from architectures.axes import DropoutRate, OutputActivation, Width, scaled
from architectures.registry import register

if TYPE_CHECKING:
    import keras

_PAPER = "Bakti and Firdaus, Klasifikasi File Gambar Hasil X-Ray Paru-Paru Dengan Arsitektur Convolution Neural Network"


@register(source=f"{_PAPER}, figure 17; dropout rates are not printed there", min_input=(10, 10))
def paper_small(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    width: Width = 1.0,
    dropout_conv: DropoutRate = 0.25,
    dropout_dense: DropoutRate = 0.5,
    output_activation: OutputActivation = "softmax",
) -> "keras.Model":
    """The smaller network: 1,059,106 parameters at 70x70x3 and 2 classes."""
    from keras import layers

    rates = (dropout_conv, dropout_dense)
    return _small(
        "paper_small", layers.Flatten(name="flatten"), input_shape, n_classes, width, rates, output_activation
    )


@register(source=f"{_PAPER}, figure 17, with global average pooling in place of Flatten", min_input=(10, 10))
def paper_small_gap(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    width: Width = 1.0,
    dropout_conv: DropoutRate = 0.25,
    dropout_dense: DropoutRate = 0.5,
    output_activation: OutputActivation = "softmax",
) -> "keras.Model":
    """``paper_small`` with global average pooling: 14,626 parameters for 3 channels and 2 classes."""
    from keras import layers

    pool = layers.GlobalAveragePooling2D(name="global_pool")
    rates = (dropout_conv, dropout_dense)
    return _small("paper_small_gap", pool, input_shape, n_classes, width, rates, output_activation)


@register(source=f"{_PAPER}, figure 21; its output activation there is sigmoid", min_input=(22, 22))
def paper_large(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    width: Width = 1.0,
    dropout_dense_1: DropoutRate = 0.3,
    dropout_dense_2: DropoutRate = 0.5,
    output_activation: OutputActivation = "softmax",
) -> "keras.Model":
    """The larger network: 3,824,486 parameters at 150x150x3 and 2 classes."""
    from keras import layers

    rates = (dropout_dense_1, dropout_dense_2)
    return _large(
        "paper_large", layers.Flatten(name="flatten"), input_shape, n_classes, width, rates, output_activation
    )


@register(source=f"{_PAPER}, figure 21, with global average pooling in place of Flatten", min_input=(22, 22))
def paper_large_gap(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    width: Width = 1.0,
    dropout_dense_1: DropoutRate = 0.3,
    dropout_dense_2: DropoutRate = 0.5,
    output_activation: OutputActivation = "softmax",
) -> "keras.Model":
    """``paper_large`` with global average pooling: 138,086 parameters for 3 channels and 2 classes."""
    from keras import layers

    pool = layers.GlobalAveragePooling2D(name="global_pool")
    rates = (dropout_dense_1, dropout_dense_2)
    return _large("paper_large_gap", pool, input_shape, n_classes, width, rates, output_activation)


def _small(
    name: str,
    to_vector: "keras.Layer",
    input_shape: tuple[int, int, int],
    n_classes: int,
    width: float,
    dropout_rates: tuple[float, float],
    output_activation: OutputActivation,
) -> "keras.Model":
    import keras
    from keras import layers

    conv_1, conv_2, dense = scaled(width, {"conv_1": 32, "conv_2": 32, "dense": 128})
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(conv_1, 3, activation="relu", name="conv_1"),
            layers.MaxPooling2D(2, name="pool_1"),
            layers.Conv2D(conv_2, 3, activation="relu", name="conv_2"),
            layers.MaxPooling2D(2, name="pool_2"),
            layers.Dropout(dropout_rates[0], name="dropout_conv"),
            to_vector,
            layers.Dense(dense, activation="relu", name="dense"),
            layers.Dropout(dropout_rates[1], name="dropout_dense"),
            layers.Dense(n_classes, activation=output_activation, name="classes"),
        ],
        name=name,
    )


def _large(
    name: str,
    to_vector: "keras.Layer",
    input_shape: tuple[int, int, int],
    n_classes: int,
    width: float,
    dropout_rates: tuple[float, float],
    output_activation: OutputActivation,
) -> "keras.Model":
    import keras
    from keras import layers

    conv_1, conv_2, conv_3, dense_1, dense_2 = scaled(
        width, {"conv_1": 16, "conv_2": 32, "conv_3": 64, "dense_1": 200, "dense_2": 500}
    )
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(conv_1, 3, activation="relu", name="conv_1"),
            layers.MaxPooling2D(2, name="pool_1"),
            layers.Conv2D(conv_2, 3, activation="relu", name="conv_2"),
            layers.MaxPooling2D(2, name="pool_2"),
            layers.Conv2D(conv_3, 3, activation="relu", name="conv_3"),
            layers.MaxPooling2D(2, name="pool_3"),
            to_vector,
            layers.Dense(dense_1, activation="relu", name="dense_1"),
            layers.Dropout(dropout_rates[0], name="dropout_dense_1"),
            layers.Dense(dense_2, activation="relu", name="dense_2"),
            layers.Dropout(dropout_rates[1], name="dropout_dense_2"),
            layers.Dense(n_classes, activation=output_activation, name="classes"),
        ],
        name=name,
    )
