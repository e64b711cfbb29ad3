"""A network that cannot be counted is refused in one line that names its builder."""

from collections.abc import Callable

import pytest

import architectures
from architectures.errors import ArchitectureError
from bench.sweeps.expand import NetworkRequest
from bench.train.tensorflow_backend.describe_network import describe


def request(architecture: str, width: float | None = None) -> NetworkRequest:
    return NetworkRequest(architecture, width, None, (), (8, 8, 1), 2)


def raising(input_shape: tuple[int, int, int], n_classes: int) -> object:
    raise ValueError("two\nlines")


def without_parameters(input_shape: tuple[int, int, int], n_classes: int) -> object:
    import keras

    inputs = keras.Input(input_shape)
    pooled = keras.layers.GlobalAveragePooling2D()(inputs)
    return keras.Model(inputs, keras.layers.Softmax()(keras.layers.Concatenate()([pooled, pooled])))


def out_of_memory(input_shape: tuple[int, int, int], n_classes: int) -> object:
    raise MemoryError


@pytest.mark.parametrize(
    ("builder", "line"),
    [
        (raising, "raising of tests.train.tensorflow_backend.test_describe_network raised ValueError for raising"),
        (without_parameters, "needs 1 parameter or more, .*without_parameters of tests.* has none"),
        (out_of_memory, "must fit into memory to be counted; out_of_memory .*does not; choose a smaller width"),
    ],
)
def test_a_network_that_cannot_be_counted_is_one_line(
    own_registry: None, tensorflow_runtime: None, builder: Callable[..., object], line: str
) -> None:
    architectures.register(source="a test", min_input=(1, 1))(builder)
    with pytest.raises(ArchitectureError, match=line) as refused:
        describe(request(builder.__name__))
    assert "\n" not in str(refused.value)
