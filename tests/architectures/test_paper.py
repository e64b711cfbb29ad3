from typing import Any

import numpy as np
import pytest

import architectures
from architectures import anatomy


@pytest.mark.parametrize(
    ("name", "input_shape", "published", "total"),
    [
        ("paper_small", (70, 70, 3), [896, 9248, 1_048_704, 258], 1_059_106),
        ("paper_large", (150, 150, 3), [448, 4640, 18_496, 3_699_400, 100_500, 1002], 3_824_486),
        ("paper_small_gap", (70, 70, 3), [896, 9248, 4224, 258], 14_626),
        ("paper_large_gap", (150, 150, 3), [448, 4640, 18_496, 13_000, 100_500, 1002], 138_086),
    ],
)
def test_the_published_parameter_rows_are_met(
    name: str, input_shape: tuple[int, int, int], published: list[int], total: int
) -> None:
    model = architectures.get(name).build(input_shape, 2)

    rows = [row.n_params for row in anatomy.layer_table(model) if row.n_params]
    assert rows == published
    assert model.count_params() == total


@pytest.mark.parametrize("name", ["paper_small_gap", "paper_large_gap"])
def test_the_pooled_twins_count_does_not_hang_on_the_input_size(name: str) -> None:
    twin = architectures.get(name)

    assert twin.build((32, 40, 3), 2).count_params() == twin.build((70, 70, 3), 2).count_params()


def test_dropout_and_activation_axes_reach_their_layers() -> None:
    model = architectures.get("paper_large").build(
        (22, 22, 3), 2, dropout_dense_1=0.1, dropout_dense_2=0.2, output_activation="sigmoid"
    )

    assert model.get_layer("dropout_dense_1").rate == 0.1
    assert model.get_layer("dropout_dense_2").rate == 0.2
    assert model.get_layer("classes").activation.__name__ == "sigmoid"


def test_dropout_is_as_published_by_default() -> None:
    model = architectures.get("paper_large").build((22, 22, 3), 2)

    assert [layer.rate for layer in model.layers if hasattr(layer, "rate")] == [0.3, 0.5]


@pytest.mark.parametrize("name", ["paper_small", "paper_small_gap", "paper_large", "paper_large_gap"])
def test_one_pixel_less_than_the_smallest_input_leaves_a_feature_map_empty(name: str) -> None:
    architecture = architectures.get(name)
    height, width = architecture.min_input

    smallest = architecture.build((height, width, 3), 2)
    assert all(min(row.output_shape) >= 1 for row in anatomy.layer_table(smallest))
    for shape in ((height - 1, width, 3), (height, width - 1, 3)):
        with pytest.raises(ValueError, match="Computed output size would be"):
            architecture.builder(shape, 2)


@pytest.mark.parametrize("name", ["paper_small", "paper_large_gap"])
def test_weights_and_dropout_follow_keras_global_seed(name: str) -> None:
    import keras

    def training_output(seed: int) -> Any:
        keras.utils.set_random_seed(seed)
        model = architectures.get(name).build((32, 32, 3), 2)
        outputs = [np.asarray(model(np.ones((4, 32, 32, 3), np.float32), training=True)) for _ in range(2)]
        assert not np.array_equal(outputs[0], outputs[1])  # dropout draws anew at each call
        return np.stack(outputs)

    np.testing.assert_array_equal(training_output(1), training_output(1))
    assert not np.array_equal(training_output(1), training_output(2))
