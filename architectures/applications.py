"""Networks of ``keras.applications`` that the paper discusses, without pretrained weights. Nothing is downloaded.

Images in [0, 1] are rescaled to [-1, 1], as Keras does for MobileNet-V2 and InceptionResNet-V2. ResNet-152 uses the
same scale: the ImageNet means that Keras subtracts for it belong to weights that are not loaded.
"""

from functools import partial
from typing import TYPE_CHECKING

from architectures.axes import OutputActivation, Width
from architectures.registry import register

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras


@register(
    source="He et al. 2016, Deep Residual Learning for Image Recognition, table 1; keras.applications.ResNet152",
    min_input=(32, 32),
)
def resnet152(
    input_shape: tuple[int, int, int], n_classes: int, *, output_activation: OutputActivation = "softmax"
) -> "keras.Model":
    """ResNet-152."""
    import keras

    return _untrained(keras.applications.ResNet152, "resnet152", input_shape, n_classes, output_activation)


@register(
    source="Szegedy et al. 2017, Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning, "
    "section 3.2; keras.applications.InceptionResNetV2",
    min_input=(75, 75),
)
def inception_resnet_v2(
    input_shape: tuple[int, int, int], n_classes: int, *, output_activation: OutputActivation = "softmax"
) -> "keras.Model":
    """InceptionResNet-V2."""
    import keras

    return _untrained(
        keras.applications.InceptionResNetV2, "inception_resnet_v2", input_shape, n_classes, output_activation
    )


@register(
    source="Sandler et al. 2018, MobileNetV2: Inverted Residuals and Linear Bottlenecks, table 2; "
    "keras.applications.MobileNetV2",
    min_input=(32, 32),
)
def mobilenet_v2(
    input_shape: tuple[int, int, int],
    n_classes: int,
    *,
    width: Width = 1.0,
    output_activation: OutputActivation = "softmax",
) -> "keras.Model":
    """MobileNet-V2; ``width`` is its alpha, which rounds channels to multiples of 8, at least 8."""
    import keras

    mobilenet = partial(keras.applications.MobileNetV2, alpha=width)
    return _untrained(mobilenet, "mobilenet_v2", input_shape, n_classes, output_activation)


def _untrained(
    application: "Callable[..., keras.Model]",
    name: str,
    input_shape: tuple[int, int, int],
    n_classes: int,
    output_activation: OutputActivation,
) -> "keras.Model":
    """A network of ``keras.applications`` without pretrained weights, on images in [0, 1] rescaled to [-1, 1]."""
    import keras

    inputs = keras.Input(input_shape)
    network = application(
        input_tensor=keras.layers.Rescaling(2.0, offset=-1.0, name="rescaling")(inputs),
        weights=None,
        classes=n_classes,
        classifier_activation=output_activation,
    )
    return keras.Model(inputs, network.output, name=name)
