"""Prints of training images, from which an exported model recognises them again without SciPy."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bench.audit.near_duplicates.descriptors import Floats, area_average
from bench.audit.near_duplicates.thresholds import SearchSettings
from bench.audit.near_duplicates.whitening import ReadThumbnails, Whitening
from bench.audit.pictures import THUMB_SIDE
from bench.predict.training_prints import DescriptorFilters


def descriptor_filters(whitening: Whitening) -> DescriptorFilters:
    """The chain that makes a whole picture's whitened descriptor, as matrices: each filter is linear along one axis."""
    settings = whitening.settings
    return DescriptorFilters(
        surround=_blur(settings.fine_surround),
        smoothing=_blur(settings.fine_smoothing),
        average=area_average(*settings.spans[0], THUMB_SIDE, settings.descriptor_side),
        least_contrast=settings.least_contrast,
        mean=whitening.mean,
        axes=whitening.axes,
    )


def described(
    read: ReadThumbnails, n: int, settings: SearchSettings, draw: np.random.Generator
) -> tuple[DescriptorFilters, NDArray[np.float32]]:
    """Filters learnt from n pictures, and the descriptors (n, dimensions) of these pictures.

    Args:
        read: thumbnails (m, 64, 64) of rows (m,).
        n: number of pictures, 1 or more.
        settings: of the near-duplicate search.
        draw: draws the sample from which the whitening is learnt.
    """
    whitening = Whitening.learn(read, n, settings, draw)
    wholes, _ = whitening.of_wholes(read, np.arange(n))
    return descriptor_filters(whitening), wholes


def _blur(sigma: float) -> Floats:
    blurred: Floats = ndimage.gaussian_filter1d(np.eye(THUMB_SIDE, dtype=np.float32), sigma, axis=0, mode="nearest")
    return blurred
