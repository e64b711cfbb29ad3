"""Converts network outputs to class probabilities, and refuses outputs that are not probabilities."""

import numpy as np
from numpy.typing import NDArray

import architectures
from bench.errors import NetworkOutputError
from bench.records import Network


def as_probabilities(outputs: NDArray[np.float32], network: Network) -> NDArray[np.float32]:
    """Scale network outputs (n, n_classes) to rows that sum to 1. A row of zeros becomes equal probabilities.

    Softmax outputs change by rounding only. Sigmoid outputs are divided by their sum. Keras's categorical cross-entropy
    (TensorFlow backend) does not divide them: it uses the logits of the sigmoid as logits of a softmax. The loss of a
    network with sigmoid outputs is therefore not the log loss of these probabilities.

    Raises:
        NetworkOutputError: an output is negative or not finite.
    """
    # NaN fails both comparisons.
    valid = (outputs >= 0) & (outputs < np.inf)
    if not valid.all():
        builder = architectures.get(network.architecture).builder
        raise NetworkOutputError(
            "a network's outputs are class probabilities, finite and not negative; "
            f"{network.architecture} of {builder.__module__} gave {outputs[~valid][0]:g}; "
            "end the builder in a softmax or sigmoid activation"
        )
    sums = outputs.sum(axis=1, keepdims=True)
    evenly = np.full_like(outputs, 1 / outputs.shape[1])
    probabilities: NDArray[np.float32] = np.divide(outputs, sums, out=evenly, where=sums > 0)
    return probabilities
