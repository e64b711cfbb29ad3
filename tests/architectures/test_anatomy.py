import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import architectures
from architectures import ArchitectureError, anatomy
from architectures.anatomy import Cost, LayerRow, ParamCount


def convolution(height: int, width: int, channels: int, weights_an_output: int) -> int:
    """2 for each weight that an output uses, 1 for its bias."""
    return height * width * channels * (2 * weights_an_output + 1)


def dense(units: int, inputs: int) -> int:
    return units * (2 * inputs + 1)


def pooling(height: int, width: int, channels: int) -> int:
    """1 for each of a window's 2x2 pixels."""
    return height * width * channels * 4


SOFTMAX = 5 * 2
PAPER_SMALL_FLOPS = (
    convolution(68, 68, 32, 3 * 3 * 3)
    + pooling(34, 34, 32)
    + convolution(32, 32, 32, 3 * 3 * 32)
    + pooling(16, 16, 32)
    + dense(128, 8192)
    + dense(2, 128)
    + SOFTMAX
)
PAPER_LARGE_FLOPS = (
    convolution(148, 148, 16, 3 * 3 * 3)
    + pooling(74, 74, 16)
    + convolution(72, 72, 32, 3 * 3 * 16)
    + pooling(36, 36, 32)
    + convolution(34, 34, 64, 3 * 3 * 32)
    + pooling(17, 17, 64)
    + dense(200, 18496)
    + dense(500, 200)
    + dense(2, 500)
    + SOFTMAX
)


@pytest.mark.parametrize(
    ("name", "input_shape", "measured", "by_hand"),
    [
        ("paper_small", (70, 70, 3), 29_323_916, PAPER_SMALL_FLOPS),
        ("paper_large", (150, 150, 3), 118_097_368, PAPER_LARGE_FLOPS),
    ],
)
def test_flops_of_the_paper_networks_are_what_a_count_by_hand_gives(
    name: str, input_shape: tuple[int, int, int], measured: int, by_hand: int
) -> None:
    model = architectures.get(name).build(input_shape, 2)

    assert anatomy.flops_per_example(model) == measured == by_hand


@pytest.mark.parametrize(
    ("name", "input_shape", "forward", "reads_image", "products"),
    [
        (
            *("paper_small", (70, 70, 3), PAPER_SMALL_FLOPS, 2 * 27 * 32 * 68 * 68),
            2 * 288 * 32 * 32 * 32 + 2 * 8192 * 128 + 2 * 128 * 2,
        ),
        (
            *("paper_large", (150, 150, 3), PAPER_LARGE_FLOPS, 2 * 27 * 16 * 148 * 148),
            2 * 144 * 32 * 72 * 72 + 2 * 288 * 64 * 34 * 34 + 2 * 18496 * 200 + 2 * 200 * 500 + 2 * 500 * 2,
        ),
    ],
)
def test_a_training_step_adds_two_products_for_each_and_one_where_the_image_is_read(
    name: str, input_shape: tuple[int, int, int], forward: int, reads_image: int, products: int
) -> None:
    model = architectures.get(name).build(input_shape, 2)

    assert anatomy.training_flops_per_example(model) == forward + reads_image + 2 * products


def test_gradients_of_depthwise_and_recurrent_products_count_too() -> None:
    import keras

    depthwise = keras.Sequential(
        [keras.Input((6, 6, 3)), keras.layers.DepthwiseConv2D(3, use_bias=False), keras.layers.DepthwiseConv2D(3)]
    )
    first, second = 2 * 9 * 4 * 4 * 3, 2 * 9 * 2 * 2 * 3
    flatten_free = anatomy.flops_per_example(depthwise)
    assert anatomy.training_flops_per_example(depthwise) == flatten_free + first + 2 * second

    recurrent = keras.Sequential([keras.Input((5, 4)), keras.layers.SimpleRNN(3, use_bias=False)])
    of_input, of_state = 2 * 4 * 3, 2 * 3 * 3
    # The first state is zeros, which depend on no weight; each later one does.
    expected = anatomy.flops_per_example(recurrent) + 5 * of_input + of_state + 4 * 2 * of_state
    assert anatomy.training_flops_per_example(recurrent) == expected


@pytest.mark.parametrize("rows", [1, 7])
def test_every_step_of_a_recurrent_layer_counts(rows: int) -> None:
    model = architectures.get("gru_rows").build((rows, 10, 3), 2)

    units, inputs = 128, 30
    # Three gates, each a product with the row and one with the state; eight elementwise operations a unit combine them.
    step = 3 * (dense(units, inputs) + dense(units, units)) + 8 * units
    assert anatomy.flops_per_example(model) == rows * step + dense(2, units) + SOFTMAX


def test_counting_flops_leaves_the_model_as_it_was() -> None:
    model = architectures.get("gru_rows").build((7, 10, 3), 2)
    before = [np.asarray(variable) for variable in model.variables]

    anatomy.flops_per_example(model)

    assert not model.get_layer("gru").unroll
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_a_loop_that_cannot_be_unrolled_is_refused_rather_than_counted_as_nothing() -> None:
    import keras

    inputs = keras.Input((4,))
    twice_a_turn = keras.layers.Lambda(
        lambda x: keras.ops.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y * 2.0), (0, x))[1], output_shape=(4,)
    )
    model = keras.Model(inputs, twice_a_turn(inputs), name="looping")

    with pytest.raises(ArchitectureError, match=r"looping holds .*While"):
        anatomy.flops_per_example(model)


def test_layer_table_of_a_small_network_with_every_kind() -> None:
    import keras
    from keras import layers

    frozen = layers.Dense(2, name="classes", trainable=False)
    model = keras.Sequential(
        [
            keras.Input((6, 8, 3)),
            layers.SeparableConv2D(5, 3, name="separable"),
            layers.BatchNormalization(name="norm"),
            layers.GlobalAveragePooling2D(name="pool"),
            frozen,
        ]
    )

    assert anatomy.layer_table(model) == (
        LayerRow("separable", "SeparableConv2D", "convolution", (4, 6, 5), 27 + 15 + 5, 47),
        LayerRow("norm", "BatchNormalization", "normalisation", (4, 6, 5), 20, 10),
        LayerRow("pool", "GlobalAveragePooling2D", "other", (5,), 0, 0),
        LayerRow("classes", "Dense", "dense", (2,), 12, 0),
    )
    assert anatomy.count_by_kind(model) == {
        "convolution": ParamCount(n_trainable=47, n_non_trainable=0),
        "dense": ParamCount(n_trainable=0, n_non_trainable=12),
        "normalisation": ParamCount(n_trainable=10, n_non_trainable=10),
        "other": ParamCount(n_trainable=0, n_non_trainable=0),
    }
    assert anatomy.activation_bytes_per_example(model) == 4 * (4 * 6 * 5 + 4 * 6 * 5 + 5 + 2)


def test_a_recurrent_layers_parameters_are_counted_as_other() -> None:
    model = architectures.get("gru_rows").build((7, 10, 3), 2)

    # Three gates: weights on the row and on the state, and (Keras's reset_after) two biases.
    assert anatomy.count_by_kind(model)["other"].n_trainable == 3 * 128 * (30 + 128 + 2)


def nested_model() -> Any:
    import keras
    from keras import layers

    inner = keras.Sequential([keras.Input((6, 6, 3)), layers.Conv2D(4, 3, name="conv"), layers.Flatten(name="flatten")])
    inputs = keras.Input((6, 6, 3))
    return keras.Model(inputs, layers.Dense(2, name="classes")(inner(inputs)))


def test_a_nested_model_is_flattened_to_the_layers_that_compute() -> None:
    model = nested_model()

    assert [(row.name, row.output_shape) for row in anatomy.layer_table(model)] == [
        ("conv", (4, 4, 4)),
        ("flatten", (64,)),
        ("classes", (2,)),
    ]
    assert sum(row.n_params for row in anatomy.layer_table(model)) == model.count_params()


def test_a_model_that_is_no_graph_of_layers_is_refused() -> None:
    import keras

    def call(model: Any, inputs: Any) -> Any:
        return model.classes(inputs)

    model = type("Imperative", (keras.Model,), {"call": call})()
    model.classes = keras.layers.Dense(2, name="classes")
    model(np.ones((1, 4), np.float32))
    with pytest.raises(ArchitectureError, match=r"graph of layers.*layer classes \(Dense\) is not; build it with"):
        anatomy.layer_table(model)


def test_cost_holds_the_single_counts() -> None:
    model = architectures.get("mobilenet_v2").build((32, 32, 3), 2, width=0.1)
    n_trainable = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)

    assert n_trainable < model.count_params()
    assert anatomy.cost(model) == Cost(
        n_params=model.count_params(),
        n_trainable_params=n_trainable,
        flops_per_example=anatomy.flops_per_example(model),
        activation_bytes_per_example=anatomy.activation_bytes_per_example(model),
    )


def test_the_printed_table_has_every_row_and_every_total() -> None:
    text = anatomy.format_layer_table(architectures.get("paper_small").build((70, 70, 3), 2))

    lines = [" ".join(line.split()) for line in text.splitlines()]
    for expected in (
        'Model: "paper_small", input (None, 70, 70, 3)',
        "conv_1 (Conv2D) (None, 68, 68, 32) 896",
        "flatten (Flatten) (None, 8192) 0",
        "dense (Dense) (None, 128) 1,048,704",
        "Total params: 1,059,106 (convolution 10,144, dense 1,048,962, normalisation 0, other 0)",
        "Trainable params: 1,059,106",
        "Non-trainable params: 0",
        "Forward FLOPs per example: 29,323,916",
        "Activation memory per example: 970,248 bytes",
    ):
        assert expected in lines


def test_the_profiler_prints_nothing() -> None:
    script = (
        "import sys, architectures\n"
        "from architectures import anatomy\n"
        "model = architectures.get('paper_small').build((10, 10, 3), 2)\n"
        "print('START', file=sys.stderr, flush=True)\n"
        "print(anatomy.flops_per_example(model) > 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert ran.stdout == "True\n"
    assert ran.stderr.split("START\n")[1] == ""
