"""Which pictures might be near duplicates: each one's nearest windows of others, found without comparing all pairs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audit.features import WINDOWS, Floats, fine_structure, window_descriptors

LEAST_SIMILARITY = 0.5
"""Cosine of whitened descriptors from which a pair is looked at closely."""

N_NEAREST = 3
"""So many pictures are looked at for each one, and one for its mirror image."""

_DIMENSIONS = 128
_WHITENING_SAMPLE = 2000
_WHITENING_WINDOWS = (0, 40, 80)
_SHRINKAGE = 0.1
_BLOCK_PICTURES = 64
_EXHAUSTIVE_UP_TO = 2000
_PICTURES_A_CELL = 100
_CELLS_A_PICTURE = 4
_BLOCKS_AT_ONCE = 8
_LLOYD_STEPS = 4

ReadThumbnails = Callable[[NDArray[np.int64]], NDArray[np.uint8]]


@dataclass(frozen=True)
class Candidates:
    """Pairs to be looked at, all (m,): ``whole``, or its mirror image, is like the window ``window`` of ``part_of``."""

    whole: NDArray[np.int64]
    part_of: NDArray[np.int64]
    window: NDArray[np.int64]
    mirrored: NDArray[np.bool_]


def find_candidates(
    read: ReadThumbnails, n: int, whitening: "Whitening", draw: np.random.Generator, advance: Callable[[], None]
) -> Candidates:
    """The nearest others of each picture, and of its mirror image, among all windows of all pictures.

    Up to 2,000 pictures all are compared; beyond that only those in the same cells of a coarse
    quantiser (inverted file: Jegou et al. 2011, Product Quantization for Nearest Neighbor Search, section IV).

    Args:
        read: thumbnails (m, side, side) of rows (m,).
        n: number of pictures.
        whitening: takes out what the pictures have in common.
        draw: picks the sample that the quantiser is learnt from.
        advance: told of every picture.
    """
    wholes = np.empty((2 * n, _DIMENSIONS), dtype=np.float32)
    for rows in _blocks(n):
        features = fine_structure(read(rows))
        wholes[rows] = whitening.apply(window_descriptors(features, n_windows=1)[:, 0])
        mirrored = np.ascontiguousarray(features[:, :, ::-1])
        wholes[n + rows] = whitening.apply(window_descriptors(mirrored, n_windows=1)[:, 0])
    cells = _Cells.learn(wholes, n, draw)
    nearest = _Nearest.none(2 * n)
    for rows in _blocks(n, _BLOCK_PICTURES * (1 if cells.is_one else _BLOCKS_AT_ONCE)):
        windows = np.concatenate([_window_vectors(read(part), whitening) for part in _parts(rows)])
        owners = np.repeat(rows, len(WINDOWS))
        for members, queries in cells.meetings(windows):
            similarity = wholes[queries] @ windows[members].T
            similarity[(queries % n)[:, np.newaxis] == owners[members]] = -1.0
            best = similarity.argmax(axis=1)
            found = members[best]
            nearest.add(queries, similarity[np.arange(len(queries)), best], owners[found], found % len(WINDOWS))
        for _ in rows:
            advance()
    return nearest.candidates(n)


def _blocks(n: int, size: int = _BLOCK_PICTURES) -> Iterator[NDArray[np.int64]]:
    return _parts(np.arange(n), size)


def _parts(rows: NDArray[np.int64], size: int = _BLOCK_PICTURES) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _window_vectors(thumbnails: NDArray[np.uint8], whitening: "Whitening") -> Floats:
    descriptors = window_descriptors(fine_structure(thumbnails))
    return whitening.apply(descriptors.reshape(-1, descriptors.shape[2]))


@dataclass(frozen=True)
class Whitening:
    """Descriptors seen by the set's own covariance.

    What its pictures have in common, such as a rib cage, and how they all differ, such as in its width, counts little.

    ``axes`` (256, dimensions) are principal axes scaled to equal spread, after the mean (256,) is taken off.
    """

    mean: Floats
    axes: Floats

    @classmethod
    def learn(cls, read: ReadThumbnails, n: int, draw: np.random.Generator) -> "Whitening":
        """Learn it from the windows of at most 2,000 pictures, which ``draw`` picks."""
        sample = np.sort(draw.permutation(n)[:_WHITENING_SAMPLE])
        windows = np.concatenate(
            [window_descriptors(fine_structure(read(rows)))[:, _WHITENING_WINDOWS] for rows in _parts(sample)]
        )
        flat = windows.reshape(-1, windows.shape[2]).astype(np.float64)
        mean = flat.mean(axis=0)
        spread, axes = np.linalg.eigh((flat - mean).T @ (flat - mean) / len(flat))
        spread, axes = spread[::-1][:_DIMENSIONS], axes[:, ::-1][:, :_DIMENSIONS]
        scale = 1 / np.sqrt(np.maximum(spread, 0) + _SHRINKAGE * max(spread.mean(), 1e-12))
        return cls(mean.astype(np.float32), (axes * scale).astype(np.float32))

    def apply(self, descriptors: Floats) -> Floats:
        """(m, 256) to (m, dimensions), each of length 1."""
        whitened = (descriptors - self.mean) @ self.axes
        unit: Floats = whitened / np.maximum(np.linalg.norm(whitened, axis=1, keepdims=True), np.float32(1e-6))
        return unit


@dataclass(frozen=True)
class _Cells:
    """A coarse quantiser: each query is listed in its nearest cells, each window is looked up in one."""

    centres: Floats
    queries: tuple[NDArray[np.int64], ...]

    @classmethod
    def learn(cls, wholes: Floats, n: int, draw: np.random.Generator) -> "_Cells":
        if n <= _EXHAUSTIVE_UP_TO:
            return cls(np.zeros((1, wholes.shape[1]), np.float32), (np.arange(len(wholes)),))
        n_cells = n // _PICTURES_A_CELL
        sample = wholes[draw.permutation(n)[: 20 * n_cells]]
        centres = sample[:n_cells]
        for _ in range(_LLOYD_STEPS):
            cell = (sample @ centres.T).argmax(axis=1)
            sums = np.zeros_like(centres)
            np.add.at(sums, cell, sample)
            lengths = np.linalg.norm(sums, axis=1, keepdims=True)
            centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-6), centres)
        nearest = np.concatenate(
            [
                np.argpartition(-(wholes[start : start + 4096] @ centres.T), _CELLS_A_PICTURE, axis=1)
                for start in range(0, len(wholes), 4096)
            ]
        )[:, :_CELLS_A_PICTURE]
        order = np.argsort(nearest.ravel(), kind="stable")
        ends = np.cumsum(np.bincount(nearest.ravel(), minlength=n_cells))[:-1]
        return cls(centres, tuple(np.split(order // _CELLS_A_PICTURE, ends)))

    @property
    def is_one(self) -> bool:
        """Whether everything is compared with everything."""
        return len(self.queries) == 1

    def meetings(self, windows: Floats) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """For each cell that windows fall into: the windows' numbers and the queries listed there."""
        cell = np.zeros(len(windows), np.int64) if self.is_one else (windows @ self.centres.T).argmax(axis=1)
        order = np.argsort(cell, kind="stable")
        for members in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
            queries = self.queries[cell[members[0]]]
            if len(queries):
                yield members, queries


@dataclass(frozen=True)
class _Nearest:
    """The best finds of each query so far, (queries, nearest): similarity, the picture found, and its window."""

    similarity: Floats
    found: NDArray[np.int64]
    window: NDArray[np.int64]

    @classmethod
    def none(cls, n_queries: int) -> "_Nearest":
        shape = (n_queries, N_NEAREST)
        return cls(np.full(shape, -1.0, np.float32), np.full(shape, -1), np.zeros(shape, np.int64))

    def add(
        self, queries: NDArray[np.int64], similarity: Floats, found: NDArray[np.int64], window: NDArray[np.int64]
    ) -> None:
        """Put a find of each query in the place of its worst, or of a worse find of the same picture."""
        asked = similarity >= LEAST_SIMILARITY
        queries, similarity, found, window = queries[asked], similarity[asked], found[asked], window[asked]
        known = self.found[queries] == found[:, np.newaxis]
        place = np.where(known.any(axis=1), known.argmax(axis=1), self.similarity[queries].argmin(axis=1))
        better = similarity > self.similarity[queries, place]
        at = queries[better], place[better]
        self.similarity[at], self.found[at], self.window[at] = similarity[better], found[better], window[better]

    def candidates(self, n: int) -> Candidates:
        asked = self.similarity >= LEAST_SIMILARITY
        asked[n:] &= self.similarity[n:] == self.similarity[n:].max(axis=1, keepdims=True)
        query, place = np.nonzero(asked)
        return Candidates(query % n, self.found[query, place], self.window[query, place], query >= n)
