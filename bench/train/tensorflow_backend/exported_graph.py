"""The graph of an exported model: from decoded pixels of any size to calibrated class probabilities.

It has Keras's own operations only, so ``model.keras`` opens without this package, and every part has a form in ONNX and
LiteRT. Resizing is the linear operator of Pillow's BILINEAR filter, one matrix of weights per axis, which the graph
computes from the size of its input.
"""

import contextlib
import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.records import InputShape, Network
from bench.train.tensorflow_backend.engine import SEED_VARIABLE
from bench.train.tensorflow_backend.precision import build_model

KERAS_FILE, ONNX_FILE, LITERT_FILE = "model.keras", "model.onnx", "model.tflite"
INPUT_NAME, OUTPUT_NAME = "pixels", "probabilities"
LEAST_PROBABILITY = 1e-30
"""What an output of 0 becomes, before outputs are scaled and before a logarithm is taken."""

_LUMA = np.array([299, 587, 114], dtype=np.float32) / np.float32(1000)
"""As in ``bench.data.decode``."""


def write_graphs(
    network: Network, weights: Sequence[Sequence[NDArray[np.float32]]], temperature: float, folder: Path
) -> tuple[str, ...]:
    """Write the graph of one network, or of an ensemble of equal networks, as Keras, ONNX and LiteRT files.

    Args:
        network: the network.
        weights: of each member, as ``Engine.weights`` gives them. The members' probabilities are averaged.
        temperature: divides the logarithms of the probabilities (Guo et al. 2017, On Calibration of Modern Neural
            Networks); 1 leaves them as they are.
        folder: an existing folder.

    Returns:
        The names of the files.
    """
    import keras
    import tensorflow as tf

    model = build_graph(network, weights, temperature)
    signature, of_one = (
        [keras.InputSpec(dtype="float32", shape=(n, None, None, 3), name=INPUT_NAME)] for n in (None, 1)
    )
    model.save(folder / KERAS_FILE)
    with _quiet_converters():
        model.export(folder / ONNX_FILE, format="onnx", verbose=False, input_signature=signature)
        model.export(
            folder / LITERT_FILE,
            format="litert",
            verbose=False,
            input_signature=of_one,  # LiteRT's own operators of recurrent layers need a known batch size
            target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
        )
    return KERAS_FILE, ONNX_FILE, LITERT_FILE


def build_graph(network: Network, weights: Sequence[Sequence[NDArray[np.float32]]], temperature: float) -> Any:
    """The Keras model that ``write_graphs`` writes.

    Its input is float32 (batch, height, width, 3) in [0, 1], of any height and width; gray is repeated over the three
    channels. Its output is float32 (batch, n_classes). It computes in float32, whatever the precision of training.
    """
    import keras
    from keras import ops

    pixels = keras.Input((None, None, 3), name=INPUT_NAME)
    fitted = _fit(pixels, network.input_shape)
    members = [_member(network, each, f"member_{place}")(fitted) for place, each in enumerate(weights)]
    shares = [_shares(each) for each in members]
    mean = shares[0] if len(shares) == 1 else ops.mean(ops.stack(shares), axis=0)
    logits = ops.log(ops.maximum(mean, LEAST_PROBABILITY)) / temperature
    probabilities = keras.layers.Softmax(name=OUTPUT_NAME)(logits)
    return keras.Model(pixels, probabilities, name="exported")


def _shares(outputs: Any) -> Any:
    """Outputs as probabilities, as ``as_probabilities`` scales them."""
    from keras import ops

    floored = ops.maximum(outputs, LEAST_PROBABILITY)
    return floored / ops.sum(floored, axis=1, keepdims=True)


def _member(network: Network, weights: Sequence[NDArray[np.float32]], name: str) -> Any:
    import keras

    built = build_model(network)
    variables = [variable for variable in built.weights if variable.name != SEED_VARIABLE]
    for variable, value in zip(variables, weights, strict=True):
        variable.assign(value)
    return keras.Model(built.inputs, built.outputs[0], name=name)


def _fit(pixels: Any, input_shape: InputShape) -> Any:
    """What ``bench.data.decode.fit`` does to a picture of three channels, as Keras operations."""
    from keras import ops

    height, width, channels = input_shape
    image = pixels
    if channels == 1:
        image = ops.sum(ops.multiply(pixels, _LUMA), axis=3, keepdims=True)
    rows = _filter_weights(ops.ones_like(pixels[:, :, 0, 0]), height)
    columns = _filter_weights(ops.ones_like(pixels[:, 0, :, 0]), width)
    image = ops.einsum("bow,bhwc->bhoc", columns, image)
    image = ops.einsum("boh,bhwc->bowc", rows, image)
    return ops.clip(image, 0.0, 1.0)


def _filter_weights(ones: Any, n_out: int) -> Any:
    """Pillow's BILINEAR filter along one axis, as a matrix: (batch, n_out, n_in), rows sum to 1.

    An output pixel averages the input pixels around its centre by a triangle, which is as wide as two output pixels or,
    when enlarging, two input pixels (Pillow, ``src/libImaging/Resample.c``, precompute_coeffs).

    Args:
        ones: (batch, n_in) of ones: a graph knows the size of its input only by the shape of a tensor.
        n_out: pixels of the output.
    """
    from keras import ops

    centres_in = ops.expand_dims(ops.cumsum(ones, axis=1) - 0.5, 1)
    step = ops.expand_dims(ops.sum(ones, axis=1, keepdims=True) / n_out, 2)
    centres_out = ops.multiply(step, np.arange(n_out, dtype=np.float32)[np.newaxis, :, np.newaxis] + np.float32(0.5))
    triangle = ops.relu(1.0 - ops.abs(centres_in - centres_out) / ops.maximum(step, 1.0))
    return triangle / ops.sum(triangle, axis=2, keepdims=True)


@contextlib.contextmanager
def _quiet_converters() -> Any:
    """Hold back the progress lines of the converters; errors are exceptions."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(level)
