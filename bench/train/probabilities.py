"""Network outputs to class probabilities; outputs that are none are refused."""

import numpy as np
from numpy.typing import NDArray

import architectures
from bench.errors import NetworkOutputError
from bench.records import Network


def as_probabilities(outputs: NDArray[np.float32], network: Network) -> NDArray[np.float32]:
    """Network outputs (n, n_classes) as rows that sum to 1; a row of zeros becomes equal probabilities.

    Softmax outputs change by rounding only; sigmoid outputs are divided by their sum. Keras's categorical
    cross-entropy (TensorFlow backend) does not divide them: it takes the logits behind the sigmoid for softmax's, so
    the loss of a network with sigmoid outputs is not the log loss of these probabilities.

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
