"""The optimizers. To add one, write a function here and add its name to ``Protocol.optimizer``."""

from collections.abc import Callable
from typing import Any

from bench.records import Protocol


def _sgd(protocol: Protocol, learning_rate: Any) -> Any:
    import keras

    return keras.optimizers.SGD(learning_rate, momentum=protocol.momentum)


def _adam(protocol: Protocol, learning_rate: Any) -> Any:
    import keras

    return keras.optimizers.Adam(learning_rate)


def _rmsprop(protocol: Protocol, learning_rate: Any) -> Any:
    import keras

    return keras.optimizers.RMSprop(learning_rate)


OPTIMIZERS: dict[str, Callable[[Protocol, Any], Any]] = {"sgd": _sgd, "adam": _adam, "rmsprop": _rmsprop}
"""By name: (protocol, learning rate or Keras schedule) -> a Keras optimizer."""


def build_optimizer(protocol: Protocol) -> Any:
    """The Keras optimizer of a protocol.

    Inverse-time decay of the learning rate is a Keras schedule with one decay step per training step.
    """
    import keras

    learning_rate: Any = protocol.learning_rate
    if protocol.learning_rate_decay:
        learning_rate = keras.optimizers.schedules.InverseTimeDecay(
            protocol.learning_rate, decay_steps=1, decay_rate=protocol.learning_rate_decay
        )
    return OPTIMIZERS[protocol.optimizer](protocol, learning_rate)
