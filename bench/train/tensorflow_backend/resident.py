"""Images and labels as tensors that stay in memory for all trials."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data import open_images


@dataclass(frozen=True)
class ResidentData:
    """The tensors from which an engine's steps gather their batches.

    Attributes:
        images: float32 tensor (n, height, width, channels).
        labels: float32 tensor (n, n_classes), one-hot.
    """

    images: Any
    labels: Any


@functools.lru_cache(maxsize=1)
def resident_images(path: Path) -> Any:
    """A tensor (n, height, width, channels) over a cached image file, without a copy.

    The file is memory-mapped and passed through DLPack, so all workers share its pages.
    """
    import tensorflow as tf

    return tf.experimental.dlpack.from_dlpack(open_images(path).__dlpack__())


def one_hot(labels: NDArray[np.int64], n_classes: int) -> Any:
    """Class numbers (n,) to a float32 tensor (n, n_classes)."""
    import tensorflow as tf

    return tf.one_hot(labels, n_classes, dtype=tf.float32)


def constant(values: NDArray[np.float32]) -> Any:
    """A float32 tensor of an array."""
    import tensorflow as tf

    return tf.constant(values, tf.float32)
