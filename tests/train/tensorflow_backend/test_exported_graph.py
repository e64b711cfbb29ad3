"""The graph of an exported model: its pixels are those of training, and its three files say the same."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import architectures
from bench.data.decode import fit
from bench.records import Network
from bench.train.tensorflow_backend.exported_graph import (
    INPUT_NAME,
    KERAS_FILE,
    LITERT_FILE,
    ONNX_FILE,
    OUTPUT_NAME,
    build_graph,
    write_graphs,
)
from bench.train.tensorflow_backend.precision import build_model

pytestmark = pytest.mark.usefixtures("tensorflow_runtime")

SAME_PIXEL = 3e-6
"""Pillow adds in float64, a graph in float32."""
SAME_PROBABILITY = 1e-5


def network(channels: int = 3, activation: str = "softmax") -> Network:
    axes = (("dropout_conv", 0.25), ("dropout_dense", 0.5), ("output_activation", activation))
    shape = (20, 24, channels)
    return Network(architecture="paper_small", width=0.125, axes=axes, input_shape=shape, n_classes=3)


def drawn_weights(of: Network, seed: int) -> list[NDArray[np.float32]]:
    """Weights large enough that probabilities differ between pictures."""
    draw = np.random.default_rng(seed)
    built = build_model(of)
    weights = [variable for variable in built.weights if variable.name != "seed_generator_state"]
    return [draw.normal(0, 0.4, variable.shape).astype(np.float32) for variable in weights]


def picture(height: int, width: int, seed: int = 0, channels: int = 3) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((height, width, channels), np.float32)


SIZES = [(20, 24), (7, 5), (61, 150), (333, 24), (20, 11), (1, 1)]


@pytest.mark.parametrize("channels", [1, 3])
def test_the_graph_fits_pictures_of_any_size_as_training_did(channels: int) -> None:
    import keras

    of = network(channels)
    graph = build_graph(of, [drawn_weights(of, 0)], 1.0)
    fitted = keras.Model(graph.input, _fitted(graph))
    for height, width in SIZES:
        image = picture(height, width)
        found = fitted(image[np.newaxis], training=False).numpy()[0]
        np.testing.assert_allclose(found, fit(image, of.input_shape), atol=SAME_PIXEL)


def _fitted(graph: Any) -> Any:
    """The tensor that enters the network."""
    return graph.get_layer("member_0")._inbound_nodes[-1].input_tensors[0]


def test_gray_pictures_are_repeated_over_the_channels_of_the_input() -> None:
    import keras

    of = network(1)
    graph = build_graph(of, [drawn_weights(of, 0)], 1.0)
    gray = picture(33, 47, channels=1)
    found = keras.Model(graph.input, _fitted(graph))(np.repeat(gray, 3, axis=2)[np.newaxis]).numpy()[0]
    np.testing.assert_allclose(found, fit(gray, of.input_shape), atol=SAME_PIXEL)


def test_an_ensemble_averages_probabilities_and_the_temperature_divides_their_logarithms() -> None:
    of = network(activation="sigmoid")
    weights = [drawn_weights(of, seed) for seed in range(3)]
    image = picture(20, 24)
    members = [build_graph(of, [each], 1.0)(image[np.newaxis]).numpy()[0] for each in weights]
    mean = np.mean(members, axis=0)
    expected = mean ** (1 / 2.5) / np.sum(mean ** (1 / 2.5))
    found = build_graph(of, weights, 2.5)(image[np.newaxis]).numpy()[0]
    assert np.ptp(expected) > 0.05
    np.testing.assert_allclose(found, expected, atol=SAME_PROBABILITY)


def test_outputs_of_zero_become_equal_probabilities() -> None:
    of = network(activation="sigmoid")
    weights = [np.zeros_like(each) for each in drawn_weights(of, 0)]
    weights[-1] -= 1000  # the bias of the sigmoid: its outputs are 0
    np.testing.assert_allclose(build_graph(of, [weights], 1.0)(picture(9, 9)[np.newaxis]).numpy(), [[1 / 3] * 3])


def run_litert(path: Path, pixels: NDArray[np.float32]) -> Any:
    import tensorflow as tf

    with pytest.warns(UserWarning, match="deprecated"):
        interpreter = tf.lite.Interpreter(model_path=str(path))
    (read,), (written,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(read["index"], pixels.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(read["index"], pixels)
    interpreter.invoke()
    return interpreter.get_tensor(written["index"])


def run_onnx(path: Path, pixels: NDArray[np.float32]) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {INPUT_NAME: pixels})
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("graphs")
    of = network()
    names = write_graphs(of, [drawn_weights(of, seed) for seed in range(2)], 1.7, made)
    assert names == (KERAS_FILE, ONNX_FILE, LITERT_FILE)
    assert sorted(path.name for path in made.iterdir()) == sorted(names)
    return made


@pytest.fixture(scope="module")
def expected() -> list[NDArray[np.float32]]:
    of = network()
    graph = build_graph(of, [drawn_weights(of, seed) for seed in range(2)], 1.7)
    return [graph(picture(*size)[np.newaxis]).numpy()[0] for size in SIZES]


def test_the_keras_file_opens_without_this_package_and_gives_the_same(
    folder: Path, expected: list[NDArray[np.float32]]
) -> None:
    import keras

    opened = keras.saving.load_model(folder / KERAS_FILE, safe_mode=True)
    with zipfile.ZipFile(folder / KERAS_FILE) as parts:
        config = parts.read("config.json").decode()
    assert '"module": "keras.layers"' in config
    assert '"module": "bench' not in config
    assert '"module": "architectures' not in config
    for size, probabilities in zip(SIZES, expected, strict=True):
        np.testing.assert_allclose(opened(picture(*size)[np.newaxis]).numpy()[0], probabilities, atol=SAME_PROBABILITY)


def test_the_onnx_file_gives_the_same_also_for_several_pictures_at_once(
    folder: Path, expected: list[NDArray[np.float32]]
) -> None:
    for size, probabilities in zip(SIZES, expected, strict=True):
        found = run_onnx(folder / ONNX_FILE, np.stack([picture(*size), picture(*size, seed=1)]))
        np.testing.assert_allclose(found[0], probabilities, atol=SAME_PROBABILITY)
        assert found.shape == (2, 3)


def test_the_litert_file_needs_no_operator_of_tensorflow_and_gives_the_same(
    folder: Path, expected: list[NDArray[np.float32]]
) -> None:
    assert b"Flex" not in (folder / LITERT_FILE).read_bytes()
    for size, probabilities in zip(SIZES, expected, strict=True):
        found = run_litert(folder / LITERT_FILE, picture(*size)[np.newaxis])
        np.testing.assert_allclose(found[0], probabilities, atol=SAME_PROBABILITY)


def test_keras_onnx_and_litert_agree_on_photographs(folder: Path) -> None:
    import keras
    from sklearn.datasets import load_sample_images

    opened = keras.saving.load_model(folder / KERAS_FILE)
    for photograph in load_sample_images().images:
        pixels = (photograph[np.newaxis] / 255).astype(np.float32)
        of_keras = opened(pixels).numpy()
        np.testing.assert_allclose(run_onnx(folder / ONNX_FILE, pixels), of_keras, atol=SAME_PROBABILITY)
        np.testing.assert_allclose(run_litert(folder / LITERT_FILE, pixels), of_keras, atol=SAME_PROBABILITY)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["gru_rows", "mobilenet_v2", "paper_large"])
def test_recurrent_and_batch_normalised_networks_convert(architecture: str, tmp_path: Path) -> None:
    import keras

    axes = dict(architectures.get(architecture).axes)
    width = axes.pop("width", None)
    of = Network(
        architecture=architecture, width=width, axes=tuple(sorted(axes.items())), input_shape=(32, 32, 3), n_classes=3
    )
    weights = [variable.numpy() for variable in build_model(of).weights if variable.name != "seed_generator_state"]
    write_graphs(of, [weights], 1.0, tmp_path)
    pixels = picture(50, 61)[np.newaxis]
    expected = keras.saving.load_model(tmp_path / KERAS_FILE)(pixels).numpy()
    np.testing.assert_allclose(run_onnx(tmp_path / ONNX_FILE, pixels), expected, atol=SAME_PROBABILITY)
    np.testing.assert_allclose(run_litert(tmp_path / LITERT_FILE, pixels), expected, atol=SAME_PROBABILITY)


def test_the_output_is_named() -> None:
    of = network()
    assert build_graph(of, [drawn_weights(of, 0)], 1.0).output_names == [OUTPUT_NAME]
