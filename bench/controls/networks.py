"""Controls that train the sweep's own network, with the same engine, on changed images or labels."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.controls.control_registry import NetworkInputs, Sight, network_control

CENTRAL_SHARE = 0.6
"""Share of the image's height and of its width."""


@network_control(Sight.NO_OBJECT)
def border_only(inputs: NetworkInputs, rows: NDArray[np.int64], generator: np.random.Generator) -> NetworkInputs:
    """The network on images whose central 60 % of height and width is black."""
    return replace(inputs, mask=inputs.mask * (1 - _centre(inputs.mask)))


@network_control(Sight.OBJECT)
def centre_only(inputs: NetworkInputs, rows: NDArray[np.int64], generator: np.random.Generator) -> NetworkInputs:
    """The network on images that are black except for the central 60 % of height and width."""
    return replace(inputs, mask=inputs.mask * _centre(inputs.mask))


@network_control(Sight.NO_LABEL)
def shuffled_labels(inputs: NetworkInputs, rows: NDArray[np.int64], generator: np.random.Generator) -> NetworkInputs:
    """The network on permuted training labels: an accuracy above chance shows a leak."""
    labels = inputs.labels.copy()
    labels[rows] = inputs.labels[generator.permutation(rows)]
    return replace(inputs, labels=labels)


def _centre(mask: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 in the central part, 0 around it; sides are rounded to pixels."""
    height, width = mask.shape
    top, left = (round(side * (1 - CENTRAL_SHARE) / 2) for side in (height, width))
    centre = np.zeros_like(mask)
    centre[top : height - top, left : width - left] = 1
    return centre
