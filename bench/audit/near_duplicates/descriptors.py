"""What thumbnails are compared by: fine structure, with brightness, contrast and slow shading taken out."""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bench.audit.pictures import THUMB_SIDE

Floats = NDArray[np.float32]

DESCRIPTOR_SIDE = 16
TRIMS = (0.0, 0.075, 0.15)
"""What a window leaves out at each side, as shares of the picture: every combination is tried."""

_SPANS = tuple((first, 1 - last) for first, last in product(TRIMS, repeat=2))

WINDOWS = tuple((*rows, *columns) for rows, columns in product(_SPANS, repeat=2))
"""(top, bottom, left, right) of each window, as shares of the picture; the first is all of it."""

_LEAST_CONTRAST = 0.02


def fine_structure(thumbnails: NDArray[np.uint8]) -> Floats:
    """Detail of 1 to 3 thumbnail pixels, (n, side, side): what differs from one chest film to the next."""
    return _locally_normalised(thumbnails, surround=3.0, smoothing=0.8)


def coarse_structure(thumbnails: NDArray[np.uint8]) -> Floats:
    """Detail of 2 to 4 thumbnail pixels at half the side, (n, side / 2, side / 2): where an alignment starts."""
    features = _locally_normalised(thumbnails, surround=4.0, smoothing=1.6)
    n, side, _ = features.shape
    shrunk: Floats = features.reshape(n, side // 2, 2, side // 2, 2).mean(axis=(2, 4), dtype=np.float32)
    return shrunk


def window_descriptors(features: Floats, n_windows: int = len(WINDOWS)) -> Floats:
    """The first so many windows of every picture, shrunk to 16x16, centred, of length 1: (n, n_windows, 256)."""
    averaging = np.stack([_area_average(low, high) for low, high in _SPANS])
    n_spans = len(_SPANS) if n_windows > 1 else 1
    rows = averaging[np.newaxis, :n_spans] @ features[:, np.newaxis]
    cells = rows[:, :, np.newaxis] @ averaging.transpose(0, 2, 1)[np.newaxis, np.newaxis, :n_spans]
    flat = cells.reshape(len(features), n_spans**2, DESCRIPTOR_SIDE**2)[:, :n_windows]
    centred: Floats = flat - flat.mean(axis=2, keepdims=True)
    unit: Floats = centred / np.maximum(np.linalg.norm(centred, axis=2, keepdims=True), np.float32(1e-6))
    return unit


def _locally_normalised(thumbnails: NDArray[np.uint8], surround: float, smoothing: float) -> Floats:
    """Each pixel as standard deviations from the mean of its surround, then smoothed (local contrast normalisation).

    Jarrett et al. 2009, What is the Best Multi-Stage Architecture for Object Recognition?, section 2.
    """

    def blurred(image: Floats, sigma: float) -> Floats:
        result: Floats = ndimage.gaussian_filter(image, (0.0, sigma, sigma), mode="nearest")
        return result

    pixels = thumbnails.astype(np.float32) / np.float32(255)
    deviation: Floats = pixels - blurred(pixels, surround)
    spread: Floats = np.sqrt(blurred(deviation * deviation, surround)).astype(np.float32, copy=False)
    normalised: Floats = deviation / (spread + np.float32(_LEAST_CONTRAST))
    smoothed: Floats = blurred(normalised, smoothing)
    return smoothed


def _area_average(low: float, high: float) -> Floats:
    """(16, side): the rows of the thumbnail between two shares of its side, averaged into 16 cells."""
    edges = np.linspace(low, high, DESCRIPTOR_SIDE + 1)[:, np.newaxis] * THUMB_SIDE
    pixel = np.arange(THUMB_SIDE)
    covered = np.clip(np.minimum(edges[1:], pixel + 1) - np.maximum(edges[:-1], pixel), 0, None)
    shares: Floats = (covered / covered.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
