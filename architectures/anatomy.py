"""The layer table of a network, its exact parameter counts, FLOPs and activation memory.

Nested models are flattened: each row is one layer that computes something, at any depth.

FLOPs are those of the forward pass of one example as TensorFlow's profiler counts them. A multiplication and an
addition are two. Each output of a convolution or a dense layer counts 2 per weight that it uses, and 1 for its bias;
each output of max pooling 1 per pixel of its window; each output of softmax 5; elementwise arithmetic 1. ReLU and its
variants, sigmoid, tanh, copies and reshapes count 0. Batch normalisation counts as its arithmetic in inference.
"""

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from tabulate import tabulate

from architectures.errors import ArchitectureError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Kind = Literal["convolution", "dense", "normalisation", "other"]

FLOAT32_BYTES = 4

_OPAQUE_OPERATIONS = frozenset(
    {"While", "StatelessWhile", "If", "StatelessIf", "Case", "PartitionedCall", "StatefulPartitionedCall", "CudnnRNNV3"}
)
"""Operations whose content the profiler does not count: it would return 0 for them."""


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer. ``type`` is its Keras class, ``output_shape`` is without the batch axis."""

    name: str
    type: str
    kind: Kind
    output_shape: tuple[int, ...]
    n_params: int
    n_trainable_params: int


@dataclass(frozen=True, slots=True)
class ParamCount:
    """Exact parameter counts of one kind of layer."""

    n_trainable: int
    n_non_trainable: int

    @property
    def n_params(self) -> int:
        """Trainable and other parameters together."""
        return self.n_trainable + self.n_non_trainable


@dataclass(frozen=True, slots=True)
class Cost:
    """The costs of a network, as exact integers. The functions of this module define each."""

    n_params: int
    n_trainable_params: int
    flops_per_example: int
    activation_bytes_per_example: int


def layer_table(model: "keras.Model") -> tuple[LayerRow, ...]:
    """Every layer of a model in order, without inputs. A layer that is called twice has one row, of its first call.

    Raises:
        ArchitectureError: a layer has no single output shape, since the model is not a graph of layers.
    """
    return tuple(
        LayerRow(
            name=layer.name,
            type=type(layer).__name__,
            kind=_kind(layer),
            output_shape=_output_shape(layer),
            n_params=_size(layer.weights),
            n_trainable_params=_size(layer.trainable_weights),
        )
        for layer in _leaves(model)
    )


def count_by_kind(model: "keras.Model") -> dict[Kind, ParamCount]:
    """Parameter counts by kind of layer, every kind listed, trainable and not."""
    rows = layer_table(model)
    counts: dict[Kind, ParamCount] = {}
    for kind in get_args(Kind):
        n_trainable = sum(row.n_trainable_params for row in rows if row.kind == kind)
        n_params = sum(row.n_params for row in rows if row.kind == kind)
        counts[kind] = ParamCount(n_trainable, n_params - n_trainable)
    return counts


def activation_bytes_per_example(model: "keras.Model") -> int:
    """Bytes of the outputs of all layers for one example in float32, without inputs.

    Training keeps these outputs for the backward pass, before any reuse. Layers that only reshape count as well.
    """
    return sum(math.prod(row.output_shape) for row in layer_table(model)) * FLOAT32_BYTES


def flops_per_example(model: "keras.Model") -> int:
    """Floating-point operations of one example's forward pass in inference, from TensorFlow's profiler.

    The profiler does not count the content of loops, such as the steps of a recurrent layer. Such layers are first
    unrolled in a copy of the model, so that every step counts.

    Raises:
        ArchitectureError: the model contains a loop, a branch or a nested function, whose content cannot be counted.
    """
    return _profiled(_forward_graph(model), model.name)


def training_flops_per_example(model: "keras.Model") -> int:
    """Floating-point operations per example of a training step: forward pass and gradients.

    The gradients of a product (a convolution or a matrix multiplication) take as many operations as the product itself,
    once per factor that depends on a weight: once in layers that read the image, twice in all others. The rest of the
    backward pass (biases, pooling, activations), the loss and the optimizer are left out; they are a few per cent.
    This is the usual count of three forward passes (Kaplan et al. 2020, Scaling Laws for Neural Language Models,
    section 2.1), made exact. TensorFlow's profiler would count gradients that are never computed.

    Raises:
        ArchitectureError: see ``flops_per_example``.
    """
    graph = _forward_graph(model)
    on_weights: set[str] = set()
    gradients = 0
    for operation in graph.get_operations():  # in the order of computation
        dependent = [factor for factor in operation.inputs if factor.op.name in on_weights]
        if dependent or operation.type == "ReadVariableOp":
            on_weights.add(operation.name)
        gradients += _product_flops(operation) * len(dependent)
    return _profiled(graph, model.name) + gradients


def _forward_graph(model: "keras.Model") -> "tf.Graph":
    import tensorflow as tf

    unrolled = _unrolled(model)
    example = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    return tf.function(lambda x: unrolled(x, training=False), autograph=False).get_concrete_function(example).graph


def _product_flops(operation: "tf.Operation") -> int:
    """Operations of a convolution or a matrix multiplication; 0 for everything else."""
    if operation.type not in ("Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2"):
        return 0
    n_outputs = math.prod(operation.outputs[0].shape)
    left, right = (factor.shape for factor in operation.inputs)
    if operation.type == "Conv2D":
        height, width, channels, _ = right
        return int(2 * n_outputs * height * width * channels)
    if operation.type == "DepthwiseConv2dNative":
        height, width, _, _ = right
        return int(2 * n_outputs * height * width)
    is_transposed = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
    return int(2 * n_outputs * left[-2 if is_transposed else -1])


def _profiled(graph: "tf.Graph", name: str) -> int:
    import tensorflow as tf
    from tensorflow.compat.v1 import profiler

    opaque = sorted({operation.type for operation in graph.get_operations()} & _OPAQUE_OPERATIONS)
    if opaque:
        raise ArchitectureError(
            f"FLOPs are counted on a graph without loops, branches and nested functions; {name} holds "
            f"{', '.join(opaque)}; unroll it in its builder"
        )
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation()).with_empty_output().build()
    with _without_deprecation_warnings(tf.get_logger()):
        profile = profiler.profile(graph, cmd="scope", options=options)
    return int(profile.total_float_ops)


def cost(model: "keras.Model") -> Cost:
    """All costs of a model.

    Raises:
        ArchitectureError: see ``layer_table`` and ``flops_per_example``.
    """
    return Cost(
        n_params=_size(model.weights),
        n_trainable_params=_size(model.trainable_weights),
        flops_per_example=flops_per_example(model),
        activation_bytes_per_example=activation_bytes_per_example(model),
    )


def format_layer_table(model: "keras.Model") -> str:
    """The layer table as plain text: one row per layer, then the totals of Keras's summary, then the FLOPs.

    Raises:
        ArchitectureError: see ``layer_table`` and ``flops_per_example``.
    """
    rows = [(f"{row.name} ({row.type})", (None, *row.output_shape), f"{row.n_params:,}") for row in layer_table(model)]
    table = tabulate(rows, headers=("Layer (type)", "Output shape", "Params"), colalign=("left", "left", "right"))
    total = cost(model)
    kinds = ", ".join(f"{kind} {count.n_params:,}" for kind, count in count_by_kind(model).items())
    return "\n".join(
        [
            f'Model: "{model.name}", input {(None, *model.input_shape[1:])}',
            "",
            table,
            "",
            f"Total params: {total.n_params:,} ({kinds})",
            f"Trainable params: {total.n_trainable_params:,}",
            f"Non-trainable params: {total.n_params - total.n_trainable_params:,}",
            f"Forward FLOPs per example: {total.flops_per_example:,}",
            f"Activation memory per example: {total.activation_bytes_per_example:,} bytes",
        ]
    )


def _leaves(model: "keras.Model") -> "Iterator[keras.Layer]":
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def _kind(layer: "keras.Layer") -> Kind:
    from keras import layers

    convolutions = (
        *(layers.Conv1D, layers.Conv2D, layers.Conv3D),
        *(layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose),
        *(layers.DepthwiseConv1D, layers.DepthwiseConv2D, layers.SeparableConv1D, layers.SeparableConv2D),
    )
    normalisations = (
        *(layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization),
        *(layers.RMSNormalization, layers.UnitNormalization),
    )
    if isinstance(layer, convolutions):
        return "convolution"
    if isinstance(layer, (layers.Dense, layers.EinsumDense)):
        return "dense"
    if isinstance(layer, normalisations):
        return "normalisation"
    return "other"


def _output_shape(layer: "keras.Layer") -> tuple[int, ...]:
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError) as error:
        raise ArchitectureError(
            "a layer table needs a model that is a graph of layers, each with one output; "
            f"layer {layer.name} ({type(layer).__name__}) is not; "
            "build it with keras.Sequential or keras.Model(inputs, outputs)"
        ) from error
    return tuple(shape[1:])


def _size(weights: "list[keras.Variable]") -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _unrolled(model: "keras.Model") -> "keras.Model":
    import keras

    def unroll(layer: "keras.Layer") -> "keras.Layer":
        config = layer.get_config()
        if isinstance(layer, keras.layers.RNN):
            config["unroll"] = True
        return type(layer).from_config(config)

    if not any(isinstance(layer, keras.layers.RNN) for layer in _leaves(model)):
        return model
    return keras.models.clone_model(model, clone_function=unroll, recursive=True)


@contextmanager
def _without_deprecation_warnings(logger: logging.Logger) -> Iterator[None]:
    """Silence the deprecation warning of a TensorFlow function that the profiler calls."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
