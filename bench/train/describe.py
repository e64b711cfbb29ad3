"""What a requested network is: its width where a parameter target was asked for, and its exact counts."""

import architectures
from architectures import anatomy, sizing
from bench.records import Network, NetworkCost
from bench.sweeps.expand import NetworkRequest
from bench.train.engine import build_model


def describe(request: NetworkRequest) -> tuple[Network, NetworkCost]:
    """The network that a sweep's request stands for, and its cost.

    Raises:
        architectures.errors.ArchitectureError: the architecture refuses an axis, the input or the parameter target.
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
    cost = anatomy.cost(build_model(network))
    return network, NetworkCost(
        n_params=cost.n_params,
        n_trainable_params=cost.n_trainable_params,
        flops_per_example=cost.flops_per_example,
        activation_bytes_per_example=cost.activation_bytes_per_example,
    )
