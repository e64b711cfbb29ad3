"""Finds whether a picture is one of the training images, or nearly so.

The prints are the hashes of the training images' pixels and, of images that are large enough, the whitened descriptors
of the near-duplicate search (``bench.audit.near_duplicates``). The descriptor of a picture is a chain of linear filters
whose matrices come with the prints, so SciPy is not needed here. A picture is reported as a near duplicate if the
cosine of the descriptors reaches a threshold. Unlike the audit's search, nothing is aligned: crops are not found.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bench.data.fingerprint import thumbnail

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class DescriptorFilters:
    """The filters that turn a thumbnail into a whitened descriptor.

    Attributes:
        surround: (64, 64) blurs one axis widely; a picture's structure is its difference from that, in units of its
            local spread.
        smoothing: (64, 64) blurs one axis slightly.
        average: (16, 64) averages one axis to cells.
        least_contrast: added to the local spread.
        mean: (256,) mean descriptor of the training images.
        axes: (256, d) axes that remove what the training images share.
    """

    surround: Floats
    smoothing: Floats
    average: Floats
    least_contrast: float
    mean: Floats
    axes: Floats

    def descriptors(self, small: NDArray[np.uint8]) -> Floats:
        """Descriptors of a thumbnail (64, 64) and of its mirror image: (2, d), each of length 1."""
        pixels = small.astype(np.float32) / np.float32(255)
        deviation = pixels - self.surround @ pixels @ self.surround.T
        spread = np.sqrt(np.maximum(self.surround @ (deviation * deviation) @ self.surround.T, 0))
        structure = self.smoothing @ (deviation / (spread + np.float32(self.least_contrast))) @ self.smoothing.T
        cells = self.average @ np.stack([structure, structure[:, ::-1]]) @ self.average.T  # mirrored: columns reversed
        flat = cells.reshape(2, -1)
        centred = flat - flat.mean(axis=1, keepdims=True)
        return _unit((_unit(centred) - self.mean) @ self.axes)


@dataclass(frozen=True, eq=False)
class TrainingPrints:
    """The prints of the training images.

    Attributes:
        files: (n,) their names.
        pixel_hashes: (n,) hashes of their decoded pixels.
        searched: (m,) the rows that have a descriptor.
        descriptors: (m, d), each of length 1.
        filters: None if no row has a descriptor.
        least_cosine: of near duplicates.
        shortest_side: in pixels; smaller pictures are compared by their pixels only.
    """

    files: NDArray[np.str_]
    pixel_hashes: NDArray[np.str_]
    searched: NDArray[np.int64]
    descriptors: Floats
    filters: DescriptorFilters | None
    least_cosine: float
    shortest_side: int

    def match(self, hash_of_pixels: str, gray: Floats) -> str | None:
        """One phrase that names the training image that a picture equals or nearly equals; None if there is none.

        Args:
            hash_of_pixels: as ``bench.data.fingerprint.pixel_hash`` gives it.
            gray: the gray picture (h, w), in [0, 1].
        """
        equal = np.flatnonzero(self.pixel_hashes == hash_of_pixels)
        if len(equal):
            return f"equal to training image {self.files[equal[0]]}"
        if self.filters is None or min(gray.shape) < self.shortest_side or gray.min() == gray.max():
            return None
        small = thumbnail(gray, len(self.filters.surround))
        cosines = (self.filters.descriptors(small) @ self.descriptors.T).max(axis=0)
        nearest = int(cosines.argmax())
        if cosines[nearest] < self.least_cosine:
            return None
        return f"near duplicate of training image {self.files[self.searched[nearest]]}"

    def save(self, path: Path) -> None:
        """Write the prints as an ``.npz`` file."""
        filters = {} if self.filters is None else vars(self.filters)
        with path.open("wb") as file:
            np.savez(file, **{**{name: value for name, value in vars(self).items() if name != "filters"}, **filters})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        least_cosine, shortest_side = float(arrays.pop("least_cosine")), int(arrays.pop("shortest_side"))
        own = {name: arrays.pop(name) for name in ("files", "pixel_hashes", "searched", "descriptors")}
        filters = None
        if arrays:
            filters = DescriptorFilters(**{**arrays, "least_contrast": float(arrays["least_contrast"])})
        return cls(**own, filters=filters, least_cosine=least_cosine, shortest_side=shortest_side)


def _unit(vectors: NDArray[np.floating]) -> Floats:
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-6))
    unit: Floats = (vectors / lengths).astype(np.float32, copy=False)
    return unit
