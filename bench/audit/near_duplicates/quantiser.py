"""A coarse quantiser: a query and a window are compared only if they share a cell."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audit.near_duplicates.descriptors import Floats
from bench.audit.near_duplicates.thresholds import SearchSettings

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Quantiser:
    """Cells, and the queries that are assigned to each.

    Each query is assigned to the ``cells_per_query`` cells with the nearest centres. Each window is assigned to the
    nearest cell only (inverted file with multiple assignment: Jegou et al. 2011, Product Quantization for Nearest
    Neighbor Search, section IV).

    Attributes:
        centres: (n_cells, dimensions).
        queries: of each cell, the row numbers of its queries, ascending.
    """

    centres: Floats
    queries: tuple[NDArray[np.int64], ...]

    @classmethod
    def one_cell(cls, n_queries: int) -> "Quantiser":
        """A single cell: all queries are compared with all windows."""
        return cls(np.zeros((1, 0), dtype=np.float32), (np.arange(n_queries),))

    @classmethod
    def learn(cls, queries: Floats, n_cells: int, settings: SearchSettings, draw: np.random.Generator) -> "Quantiser":
        """Learn the centres from a sample of the queries by spherical k-means (Dhillon and Modha 2001).

        Args:
            queries: (n, dimensions) of length 1.
            n_cells: number of cells.
            settings: ``sample_per_cell``, ``cell_steps`` and ``cells_per_query`` are used.
            draw: draws the sample.
        """
        sample = queries[draw.permutation(len(queries))[: settings.sample_per_cell * n_cells]]
        centres = sample[:n_cells]
        for _ in range(settings.cell_steps):
            cell = _nearest_cells(sample, centres, 1)[:, 0]
            order = np.argsort(cell, kind="stable")
            found, starts = np.unique(cell[order], return_index=True)
            sums = np.add.reduceat(sample[order], starts)
            centres = centres.copy()  # an empty cell keeps its centre
            centres[found] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), np.float32(1e-6))
        nearest = _nearest_cells(queries, centres, min(settings.cells_per_query, n_cells))
        order = np.argsort(nearest.ravel(), kind="stable")
        ends = np.cumsum(np.bincount(nearest.ravel(), minlength=n_cells))[:-1]
        return cls(centres, tuple(np.split(order // nearest.shape[1], ends)))

    def meetings(self, windows: Floats) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """For each cell with windows (m, dimensions): the row numbers of these windows and of the cell's queries."""
        is_one = len(self.queries) == 1
        cell = np.zeros(len(windows), np.int64) if is_one else _nearest_cells(windows, self.centres, 1)[:, 0]
        order = np.argsort(cell, kind="stable")
        for members in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
            queries = self.queries[cell[members[0]]]
            if len(queries):
                yield members, queries


def _nearest_cells(vectors: Floats, centres: Floats, n: int) -> NDArray[np.int64]:
    """The n centres nearest to each vector, (m, n)."""
    found = np.empty((len(vectors), n), dtype=np.int64)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        similarity = vectors[start : start + _ROWS_AT_ONCE] @ centres.T
        if n == 1:
            found[start : start + _ROWS_AT_ONCE, 0] = similarity.argmax(axis=1)
        else:
            found[start : start + _ROWS_AT_ONCE] = np.argpartition(similarity, -n, axis=1)[:, -n:]
    return found
