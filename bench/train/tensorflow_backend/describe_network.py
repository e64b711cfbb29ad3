"""Describes a requested network: its exact counts, and its width if a parameter target is given."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import architectures
from architectures import anatomy, sizing
from architectures.errors import ArchitectureError
from bench.records import AxisValue, Network, NetworkCost
from bench.sweeps.expand import NetworkRequest
from bench.train.tensorflow_backend.precision import build_model

if TYPE_CHECKING:
    import keras


def describe(request: NetworkRequest, memory_bytes: int) -> tuple[Network, NetworkCost]:
    """The network of a sweep's request, and its cost.

    Args:
        request: the request.
        memory_bytes: the machine's memory. A network that cannot be trained within it is not built.

    Raises:
        architectures.errors.ArchitectureError: the architecture refuses an axis, the input or the parameter target, its
            builder fails, or the network does not fit into memory or has no parameter.
    """
    architecture = architectures.get(request.architecture)
    width = request.width
    if request.params is not None:
        sized = sizing.nearest_width(
            architecture, request.params, request.input_shape, request.n_classes, **dict(request.axes)
        )
        width = sized.width
    network = Network(
        architecture=request.architecture,
        width=width,
        axes=request.axes,
        input_shape=request.input_shape,
        n_classes=request.n_classes,
    )
    _require_memory(architecture, network.input_shape, network.n_classes, network.builder_arguments, memory_bytes)
    return network, NetworkCost(**asdict(_cost(network)))


def _require_memory(
    architecture: architectures.Architecture,
    input_shape: tuple[int, int, int],
    n_classes: int,
    axes: Mapping[str, AxisValue],
    memory_bytes: int,
) -> None:
    """Refuse a network whose weights, gradients and activations of one example exceed the memory; build nothing."""

    def count(model: "keras.Model") -> int:
        activations: int = anatomy.activation_bytes_per_example(model)
        return 2 * anatomy.FLOAT32_BYTES * int(model.count_params()) + activations

    try:
        least_bytes = sizing.without_values(architecture, input_shape, n_classes, axes, count)
    except ArchitectureError:
        raise
    except Exception:  # such as of pretrained weights, which need values: only building the network counts it
        return
    if least_bytes > memory_bytes:
        width = f" at width {axes['width']:g}" if "width" in axes else ""
        raise ArchitectureError(
            f"a network must fit into memory to be trained; {architecture.name}{width} for inputs of "
            f"{'x'.join(map(str, input_shape))} needs {_gib(least_bytes)} or more for its weights, their "
            f"gradients and one example, of {_gib(memory_bytes)} here; choose a smaller width or input"
        )


def _gib(n_bytes: int) -> str:
    """Bytes as GiB; a width of 1e300 needs more of them than a float holds."""
    return f"{min(n_bytes, 2**80) / 2**30:,.1f} GiB"


def _cost(network: Network) -> anatomy.Cost:
    """The exact counts of a network; every failure to build it becomes one line that names the builder."""
    import tensorflow as tf

    builder = architectures.get(network.architecture).builder
    try:
        cost = anatomy.cost(build_model(network))
    except ArchitectureError:
        raise
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise ArchitectureError(
            f"a network must fit into memory to be counted; {network.label} does not; choose a smaller width or input"
        ) from error
    except Exception as error:  # a builder of another package may raise anything
        raise ArchitectureError(
            f"a builder must build the network that is asked for; {network.architecture} of {builder.__module__} "
            f"raised {type(error).__name__} for {network.label}: {' '.join(str(error).split())[:200]}; "
            "repair it or ask for another size"
        ) from error
    if not cost.n_params:
        raise ArchitectureError(
            f"a network needs 1 parameter or more, since results are shown against their number; "
            f"{network.architecture} of {builder.__module__} has none"
        )
    return cost


def layer_table_text(
    name: str, input_shape: tuple[int, int, int], n_classes: int, width: float | None, memory_bytes: int
) -> str:
    """The layer table of an architecture at its default axes; ``width`` None is the default too.

    Raises:
        architectures.errors.ArchitectureError: the architecture refuses the input, the classes or the width, or the
            network does not fit into the memory.
    """
    axes: dict[str, AxisValue] = {} if width is None else {"width": width}
    architecture = architectures.get(name)
    _require_memory(architecture, input_shape, n_classes, axes, memory_bytes)
    return anatomy.format_layer_table(architecture.build(input_shape, n_classes, **axes))


def sizing_text(name: str, target_params: int, input_shape: tuple[int, int, int], n_classes: int) -> str:
    """The width whose count is nearest a target, the count and its difference from the target, in one line.

    Raises:
        architectures.errors.ArchitectureError: the architecture has no width, or the target is out of reach.
    """
    sized = sizing.nearest_width(architectures.get(name), target_params, input_shape, n_classes)
    return f"{name} width {sized.width:g}: {sized.n_params:,} parameters, {sized.residual:+,} from {target_params:,}"
