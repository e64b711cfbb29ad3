"""The precision in which a network computes: float32 or bfloat16. Weights are float32 in both cases.

``Protocol.precision`` takes the names of Keras's dtype policies: ``float32`` and ``mixed_bfloat16``.
"""

from typing import Any

import architectures
from bench.records import Network


def build_model(network: Network, precision: str = "float32") -> Any:
    """A new, uncompiled Keras model of a network, with weights drawn from Keras's global seed.

    Args:
        network: the network to build.
        precision: Keras's dtype policy for every layer: ``mixed_bfloat16`` computes in bfloat16.
    """
    import keras

    keras.config.set_dtype_policy(precision)
    architecture = architectures.get(network.architecture)
    return architecture.build(network.input_shape, network.n_classes, **network.builder_arguments)


def compute_dtype(precision: str) -> Any:
    """The TensorFlow dtype of a layer's arithmetic under a policy."""
    import keras
    import tensorflow as tf

    return tf.dtypes.as_dtype(keras.DTypePolicy(precision).compute_dtype)
