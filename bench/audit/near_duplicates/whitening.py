"""Descriptors seen by the set's own covariance: what its pictures have in common counts little."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audit.kept_parts import split
from bench.audit.near_duplicates.descriptors import Floats, fine_structure, window_descriptors

ReadThumbnails = Callable[[NDArray[np.int64]], NDArray[np.uint8]]
"""Rows (m,) -> thumbnails (m, side, side)."""

DIMENSIONS = 128
_SAMPLE = 2000
_SAMPLE_WINDOWS = (0, 40, 80)
_SHRINKAGE = 0.1
_AT_ONCE = 64


@dataclass(frozen=True)
class Whitening:
    """What pictures have in common, such as a rib cage, and how they all differ, such as in its width, counts little.

    ``axes`` (256, dimensions) are principal axes scaled to equal spread, after the mean (256,) is taken off.
    """

    mean: Floats
    axes: Floats

    @classmethod
    def learn(cls, read: ReadThumbnails, n: int, draw: np.random.Generator) -> "Whitening":
        """Learn it from the windows of at most 2,000 pictures, which ``draw`` picks."""
        sample = np.sort(draw.permutation(n)[:_SAMPLE])
        windows = np.concatenate(
            [window_descriptors(fine_structure(read(rows)))[:, _SAMPLE_WINDOWS] for rows in split(sample, _AT_ONCE)]
        )
        flat = windows.reshape(-1, windows.shape[2]).astype(np.float64)
        mean = flat.mean(axis=0)
        spread, axes = np.linalg.eigh((flat - mean).T @ (flat - mean) / len(flat))
        spread, axes = spread[::-1][:DIMENSIONS], axes[:, ::-1][:, :DIMENSIONS]
        scale = 1 / np.sqrt(np.maximum(spread, 0) + _SHRINKAGE * max(spread.mean(), 1e-12))
        return cls(mean.astype(np.float32), (axes * scale).astype(np.float32))

    def apply(self, descriptors: Floats) -> Floats:
        """(m, 256) to (m, dimensions), each of length 1."""
        whitened = (descriptors - self.mean) @ self.axes
        unit: Floats = whitened / np.maximum(np.linalg.norm(whitened, axis=1, keepdims=True), np.float32(1e-6))
        return unit

    def of_wholes(self, read: ReadThumbnails, rows: NDArray[np.int64]) -> Floats:
        """Whole pictures and their mirror images: (2, m, dimensions)."""
        vectors = np.empty((2, len(rows), DIMENSIONS), dtype=np.float32)
        for part in split(np.arange(len(rows)), _AT_ONCE):
            features = fine_structure(read(rows[part]))
            for side, seen in enumerate((features, np.ascontiguousarray(features[:, :, ::-1]))):
                vectors[side, part] = self.apply(window_descriptors(seen, n_windows=1)[:, 0])
        return vectors

    def of_windows(self, read: ReadThumbnails, rows: NDArray[np.int64]) -> Floats:
        """Every window of every picture, picture by picture: (m * n_windows, dimensions)."""
        described = (window_descriptors(fine_structure(read(part))) for part in split(rows, _AT_ONCE))
        return np.concatenate([self.apply(of.reshape(-1, of.shape[2])) for of in described])
