"""Networks to compare, by name. This package does not depend on the bench.

registry      name -> builder, its axes, its source; ``@register``, ``get``, ``select``, ``names``
paper         the paper's two networks, and variants of both with global average pooling
applications  ResNet-152, InceptionResNet-V2 and MobileNet-V2 of ``keras.applications``
recurrent     a GRU that reads an image row by row
axes          annotations of common axes, and the rounding of scaled channels and units
anatomy       the layer table, exact parameter counts, FLOPs, activation memory
sizing        the width whose parameter count is nearest to a target
errors        the error classes

A new architecture is one decorated function in the module of its family, or in another package (see
``docs/third-party-architectures.md``). Importing this package loads neither Keras nor TensorFlow. Building does.
"""

from architectures import applications, paper, recurrent  # importing a family registers it
from architectures.errors import (
    ArchitectureError,
    DuplicateNameError,
    EmptyLayerError,
    InputTooSmallError,
    UnknownArchitectureError,
    UnknownAxisError,
)
from architectures.registry import Architecture, get, names, register, select

__all__ = [
    "Architecture",
    "ArchitectureError",
    "DuplicateNameError",
    "EmptyLayerError",
    "InputTooSmallError",
    "UnknownArchitectureError",
    "UnknownAxisError",
    "applications",
    "get",
    "names",
    "paper",
    "recurrent",
    "register",
    "select",
]
