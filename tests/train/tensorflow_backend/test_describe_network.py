"""A network that cannot be counted is refused in one line that names its builder."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import architectures
from architectures.errors import ArchitectureError
from bench.sweeps.expand import NetworkRequest
from bench.train.tensorflow_backend.describe_network import describe

ENOUGH = 2**40


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
        describe(request(builder.__name__), ENOUGH)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("sizes", [{"width": 100_000.0}, {"input_shape": (1_000_000, 1_000_000, 3)}])
def test_a_network_that_no_memory_holds_is_refused_with_its_needs_before_it_is_built(
    tensorflow_runtime: None, sizes: dict[str, Any]
) -> None:
    asked = replace(request("paper_small"), input_shape=(70, 70, 3))
    with pytest.raises(ArchitectureError, match=r"paper_small .*needs [\d,.]+ GiB or more .* of 1,024.0 GiB here"):
        describe(replace(asked, **sizes), ENOUGH)


def test_a_network_is_measured_against_the_memory_of_the_machine(tensorflow_runtime: None) -> None:
    asked = replace(request("paper_small"), input_shape=(70, 70, 3))
    _, cost = describe(asked, ENOUGH)
    least = 2 * 4 * cost.n_params + cost.activation_bytes_per_example
    assert describe(asked, least)[1] == cost
    with pytest.raises(ArchitectureError, match="must fit into memory to be trained"):
        describe(asked, least - 1)


def test_a_builder_that_needs_values_is_built_in_earnest(own_registry: None, tensorflow_runtime: None) -> None:
    def pretrained(input_shape: tuple[int, int, int], n_classes: int) -> object:
        import keras

        model = keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(n_classes)])
        model.layers[-1].set_weights([weight + 1 for weight in model.layers[-1].get_weights()])
        return model

    architectures.register(source="a test", min_input=(1, 1))(pretrained)
    assert describe(request("pretrained"), ENOUGH)[1].n_params == 8 * 8 * 2 + 2
