"""A coarse quantiser: vectors are compared only where they fall into the same cell."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audit.near_duplicates.descriptors import Floats

PICTURES_A_CELL = 100
CELLS_A_QUERY = 8
_SAMPLE_A_CELL = 20
_STEPS = 4
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Cells:
    """Centres (n_cells, dimensions), and which queries are listed in each cell.

    Each query is listed in the four cells of the nearest centres, each window is looked up in one (inverted file with
    multiple assignment: Jegou et al. 2011, Product Quantization for Nearest Neighbor Search, section IV).
    """

    centres: Floats
    queries: tuple[NDArray[np.int64], ...]

    @classmethod
    def one(cls, n_queries: int) -> "Cells":
        """One cell for everything: all are compared with all."""
        return cls(np.zeros((1, 0), dtype=np.float32), (np.arange(n_queries),))

    @classmethod
    def learn(cls, queries: Floats, n_cells: int, draw: np.random.Generator) -> "Cells":
        """Learn the centres from a sample of the queries by spherical k-means (Dhillon and Modha 2001).

        Args:
            queries: (n, dimensions) of length 1.
            n_cells: how many.
            draw: picks the sample, 20 queries a cell.
        """
        sample = queries[draw.permutation(len(queries))[: _SAMPLE_A_CELL * n_cells]]
        centres = sample[:n_cells]
        for _ in range(_STEPS):
            cell = _nearest(sample, centres, 1)[:, 0]
            order = np.argsort(cell, kind="stable")
            found, starts = np.unique(cell[order], return_index=True)
            sums = np.add.reduceat(sample[order], starts)
            centres = centres.copy()  # a cell that nothing falls into stays where it is
            centres[found] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), np.float32(1e-6))
        nearest = _nearest(queries, centres, min(CELLS_A_QUERY, n_cells))
        order = np.argsort(nearest.ravel(), kind="stable")
        ends = np.cumsum(np.bincount(nearest.ravel(), minlength=n_cells))[:-1]
        return cls(centres, tuple(np.split(order // nearest.shape[1], ends)))

    def meetings(self, windows: Floats) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """For each cell that windows (m, dimensions) fall into: their numbers and the queries listed there."""
        cell = np.zeros(len(windows), np.int64) if len(self.queries) == 1 else _nearest(windows, self.centres, 1)[:, 0]
        order = np.argsort(cell, kind="stable")
        for members in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
            queries = self.queries[cell[members[0]]]
            if len(queries):
                yield members, queries


def _nearest(vectors: Floats, centres: Floats, n: int) -> NDArray[np.int64]:
    """The n centres nearest to each vector, (m, n)."""
    found = np.empty((len(vectors), n), dtype=np.int64)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        similarity = vectors[start : start + _ROWS_AT_ONCE] @ centres.T
        if n == 1:
            found[start : start + _ROWS_AT_ONCE, 0] = similarity.argmax(axis=1)
        else:
            found[start : start + _ROWS_AT_ONCE] = np.argpartition(similarity, -n, axis=1)[:, -n:]
    return found
