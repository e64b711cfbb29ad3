"""Whitening of descriptors by the covariance of a set: structure that its pictures share has little weight."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audit.cached_parts import split
from bench.audit.near_duplicates.descriptors import Floats, fine_structure, whole_descriptors, window_descriptors
from bench.audit.near_duplicates.thresholds import SearchSettings

ReadThumbnails = Callable[[NDArray[np.int64]], NDArray[np.uint8]]
"""Rows (m,) -> thumbnails (m, side, side)."""

_PICTURES_AT_ONCE = 64


@dataclass(frozen=True)
class Whitening:
    """Removes from descriptors the structure that the pictures share, such as a rib cage, and their common variation.

    Attributes:
        settings: the settings of the search.
        mean: (256,) mean descriptor.
        axes: (256, dimensions) principal axes, scaled to equal variance.
    """

    settings: SearchSettings
    mean: Floats
    axes: Floats

    @classmethod
    def learn(cls, read: ReadThumbnails, n: int, settings: SearchSettings, draw: np.random.Generator) -> "Whitening":
        """Learn mean and axes from windows of a sample of the n pictures, drawn by ``draw``."""
        sample = np.sort(draw.permutation(n)[: settings.whitening_sample])
        windows = np.concatenate(
            [
                window_descriptors(fine_structure(read(rows), settings), settings)[:, settings.whitening_windows]
                for rows in split(sample, _PICTURES_AT_ONCE)
            ]
        )
        flat = windows.reshape(-1, windows.shape[2]).astype(np.float64)
        mean = flat.mean(axis=0)
        spread, axes = np.linalg.eigh((flat - mean).T @ (flat - mean) / len(flat))
        spread, axes = spread[::-1][: settings.dimensions], axes[:, ::-1][:, : settings.dimensions]
        scale = 1 / np.sqrt(np.maximum(spread, 0) + settings.whitening_shrinkage * max(spread.mean(), 1e-12))
        return cls(settings, mean.astype(np.float32), (axes * scale).astype(np.float32))

    def apply(self, descriptors: Floats) -> Floats:
        """(m, 256) to (m, dimensions), each of length 1."""
        whitened = (descriptors - self.mean) @ self.axes
        unit: Floats = whitened / np.maximum(np.linalg.norm(whitened, axis=1, keepdims=True), np.float32(1e-6))
        return unit

    def of_wholes(self, read: ReadThumbnails, rows: NDArray[np.int64]) -> Floats:
        """Whitened descriptors of whole pictures and of their mirror images: (2, m, dimensions)."""
        vectors = np.empty((2, len(rows), self.settings.dimensions), dtype=np.float32)
        for part in split(np.arange(len(rows)), _PICTURES_AT_ONCE):
            features = fine_structure(read(rows[part]), self.settings)
            for side, seen in enumerate((features, np.ascontiguousarray(features[:, :, ::-1]))):
                vectors[side, part] = self.apply(whole_descriptors(seen, self.settings))
        return vectors

    def of_windows(self, read: ReadThumbnails, rows: NDArray[np.int64]) -> Floats:
        """Whitened descriptors of every window of every picture, picture by picture: (m * n_windows, dimensions)."""
        described = (
            window_descriptors(fine_structure(read(part), self.settings), self.settings)
            for part in split(rows, _PICTURES_AT_ONCE)
        )
        return np.concatenate([self.apply(windows.reshape(-1, windows.shape[2])) for windows in described])
