"""Descriptors of thumbnails: fine structure, without brightness, contrast and slow shading."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bench.audit.near_duplicates.thresholds import SearchSettings

Floats = NDArray[np.float32]


def fine_structure(thumbnails: NDArray[np.uint8], settings: SearchSettings) -> Floats:
    """Detail of 1 to 3 thumbnail pixels, (n, side, side). In this range, chest X-rays differ from each other."""
    return _locally_normalised(thumbnails, settings.fine_surround, settings.fine_smoothing, settings.least_contrast)


def coarse_structure(thumbnails: NDArray[np.uint8], settings: SearchSettings) -> Floats:
    """Detail of 2 to 4 thumbnail pixels at half the side, (n, side / 2, side / 2), for the first alignment."""
    features = _locally_normalised(
        thumbnails, settings.coarse_surround, settings.coarse_smoothing, settings.least_contrast
    )
    n, side, _ = features.shape
    shrunk: Floats = features.reshape(n, side // 2, 2, side // 2, 2).mean(axis=(2, 4), dtype=np.float32)
    return shrunk


def window_descriptors(features: Floats, settings: SearchSettings) -> Floats:
    """Descriptors of every window of every picture: shrunk to a square, centred, scaled to length 1.

    Args:
        features: (n, side, side).
        settings: ``windows`` and ``descriptor_side`` are used.

    Returns:
        (n, n_windows, descriptor_side ** 2).
    """
    return _descriptors(features, settings.spans, settings.descriptor_side)


def whole_descriptors(features: Floats, settings: SearchSettings) -> Floats:
    """Descriptors of the first window of every picture, which is the whole picture: (n, descriptor_side ** 2)."""
    return _descriptors(features, settings.spans[:1], settings.descriptor_side)[:, 0]


def _descriptors(features: Floats, spans: tuple[tuple[float, float], ...], descriptor_side: int) -> Floats:
    averaging = np.stack([area_average(low, high, features.shape[1], descriptor_side) for low, high in spans])
    rows = averaging[np.newaxis] @ features[:, np.newaxis]
    shrunk = rows[:, :, np.newaxis] @ averaging.transpose(0, 2, 1)[np.newaxis, np.newaxis]
    flat = shrunk.reshape(len(features), len(spans) ** 2, descriptor_side**2)
    centred: Floats = flat - flat.mean(axis=2, keepdims=True)
    unit: Floats = centred / np.maximum(np.linalg.norm(centred, axis=2, keepdims=True), np.float32(1e-6))
    return unit


def _locally_normalised(
    thumbnails: NDArray[np.uint8], surround: float, smoothing: float, least_contrast: float
) -> Floats:
    """Each pixel in standard deviations from the mean of its surround, then smoothed (local contrast normalisation).

    Jarrett et al. 2009, What is the Best Multi-Stage Architecture for Object Recognition?, section 2.
    """

    def blurred(image: Floats, sigma: float) -> Floats:
        result: Floats = ndimage.gaussian_filter(image, (0.0, sigma, sigma), mode="nearest")
        return result

    pixels = thumbnails.astype(np.float32) / np.float32(255)
    deviation: Floats = pixels - blurred(pixels, surround)
    spread: Floats = np.sqrt(blurred(deviation * deviation, surround)).astype(np.float32, copy=False)
    normalised: Floats = deviation / (spread + np.float32(least_contrast))
    smoothed: Floats = blurred(normalised, smoothing)
    return smoothed


def area_average(low: float, high: float, side: int, n_cells: int) -> Floats:
    """(n_cells, side) weights that average the rows between two shares of a side into cells of equal height."""
    edges = np.linspace(low, high, n_cells + 1)[:, np.newaxis] * side
    pixel = np.arange(side)
    covered = np.clip(np.minimum(edges[1:], pixel + 1) - np.maximum(edges[:-1], pixel), 0, None)
    shares: Floats = (covered / covered.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
