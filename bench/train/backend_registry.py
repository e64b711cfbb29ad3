"""Name -> backend. To add one, write a ``Backend`` and register a function of its name here."""

from collections.abc import Callable

from bench.named_factories import NamedFactories
from bench.train.backend import Backend

DEFAULT_BACKEND = "tensorflow"
"""The backend that trains unless another one is named."""

BACKENDS: NamedFactories[Callable[[], Backend]] = NamedFactories("backend")


@BACKENDS.register
def tensorflow() -> Backend:
    """Keras on TensorFlow, on the CPU, one trial after another in each worker."""
    from bench.train.tensorflow_backend.train_cohort import TensorFlowBackend

    return TensorFlowBackend()
