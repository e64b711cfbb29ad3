"""Which pictures might be near duplicates: each one's nearest windows of others, found without comparing all pairs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.audit.kept_parts import Keep, in_parts, split
from bench.audit.near_duplicates.descriptors import WINDOWS, Floats
from bench.audit.near_duplicates.quantiser import PICTURES_A_CELL, Cells
from bench.audit.near_duplicates.whitening import DIMENSIONS, ReadThumbnails, Whitening

LEAST_SIMILARITY = 0.5
"""Cosine of whitened descriptors from which a pair is looked at closely."""

N_NEAREST = 3
"""So many pictures are looked at for each one, and one for its mirror image."""

EXHAUSTIVE_UP_TO = 2000
"""So many pictures are compared all with all."""

_MOST_COMPARED = 1 << 23
_FIND = np.dtype([("query", np.int64), ("found", np.int64), ("window", np.int64), ("similarity", np.float32)])

Finds = NDArray[np.void]
"""(m,) records: the query, the picture that it is like a window of, which window, and their similarity."""


@dataclass(frozen=True)
class Candidates:
    """Pairs to be looked at, all (m,): ``whole``, or its mirror image, is like the window ``window`` of ``part_of``."""

    whole: NDArray[np.int64]
    part_of: NDArray[np.int64]
    window: NDArray[np.int64]
    mirrored: NDArray[np.bool_]


def describe(read: ReadThumbnails, n: int, whitening: Whitening, keep: Keep, advance: Callable[[int], None]) -> Floats:
    """Whole pictures, then their mirror images: (2 n, dimensions), each of length 1.

    Args:
        read: thumbnails (m, side, side) of rows (m,).
        n: number of pictures.
        whitening: takes out what the pictures have in common.
        keep: what was found of each part of the pictures.
        advance: told of how many pictures have ended.
    """
    wholes = np.empty((2, n, DIMENSIONS), dtype=np.float32)
    for rows, vectors in in_parts("described", n, _part_size(n), partial(whitening.of_wholes, read), keep, advance):
        wholes[:, rows] = vectors
    return wholes.reshape(2 * n, DIMENSIONS)


def find_candidates(
    read: ReadThumbnails,
    wholes: Floats,
    whitening: Whitening,
    draw: np.random.Generator,
    keep: Keep,
    advance: Callable[[int], None],
) -> Candidates:
    """The nearest others of each picture, and of its mirror image, among all windows of all pictures.

    Up to 2,000 pictures all are compared; beyond that only those in the same ``Cells``.

    Args:
        read: thumbnails (m, side, side) of rows (m,).
        wholes: as ``describe`` gives them.
        whitening: that they were described with.
        draw: picks the sample that cells are learnt from.
        keep: what was found of each part of the pictures.
        advance: told of how many pictures have ended.
    """
    n = len(wholes) // 2
    cells = Cells.one(2 * n) if n <= EXHAUSTIVE_UP_TO else Cells.learn(wholes, n // PICTURES_A_CELL, draw)
    best = np.empty(0, _FIND)
    for _, finds in in_parts(
        "compared", n, _part_size(n), partial(_finds, wholes, cells, whitening, read), keep, advance
    ):
        best = _nearest(np.concatenate([best, finds]))
    is_first = np.diff(best["query"], prepend=-1) > 0
    best = best[(best["query"] < n) | is_first]
    return Candidates(best["query"] % n, best["found"], best["window"], best["query"] >= n)


def _part_size(n: int) -> int:
    """Enough windows a cell for one matrix product to be worth it; where there is one cell, a part for each core."""
    return 128 if n <= EXHAUSTIVE_UP_TO else 2048


def _finds(queries: Floats, cells: Cells, whitening: Whitening, read: ReadThumbnails, rows: NDArray[np.int64]) -> Finds:
    """The nearest pictures of these consecutive rows, for every query that is like a window of one."""
    windows = whitening.of_windows(read, rows)
    met = [
        _nearest(_alike(queries, asked, windows, members, int(rows[0])))
        for every, asked in cells.meetings(windows)
        for members in split(every, max(1, _MOST_COMPARED // len(asked)))
    ]
    return _nearest(np.concatenate([np.empty(0, _FIND), *met]))


def _alike(
    queries: Floats, asked: NDArray[np.int64], windows: Floats, members: NDArray[np.int64], first_row: int
) -> Finds:
    """Of some windows the most similar, for each of some queries, of the ``N_NEAREST`` pictures nearest to it."""
    owners = first_row + members // len(WINDOWS)
    similarity = queries[asked] @ windows[members].T
    pictures = asked % (len(queries) // 2)
    own = np.flatnonzero((pictures >= owners.min()) & (pictures <= owners.max()))
    similarity[own] = np.where(pictures[own, np.newaxis] == owners, np.float32(-1), similarity[own])
    left = np.flatnonzero(similarity.max(axis=1) >= LEAST_SIMILARITY)
    similarity, asked = similarity[left], asked[left]
    finds = np.empty((N_NEAREST, len(left)), _FIND)
    for find in finds:
        best = similarity.argmax(axis=1)
        find["query"], find["found"], find["window"] = asked, owners[best], members[best] % len(WINDOWS)
        find["similarity"] = similarity[np.arange(len(left)), best]
        similarity[owners[best][:, np.newaxis] == owners] = -1
    return finds[finds["similarity"] >= LEAST_SIMILARITY]


def _nearest(finds: Finds) -> Finds:
    """Of each query the ``N_NEAREST`` pictures by their most similar windows, nearest first."""
    nearest_first = np.lexsort((finds["window"], finds["found"], -finds["similarity"], finds["query"]))
    finds = finds[nearest_first]
    pair = finds["query"] * (finds["found"].max(initial=0) + 1) + finds["found"]
    finds = finds[np.sort(np.unique(pair, return_index=True)[1])]
    _, start, count = np.unique(finds["query"], return_index=True, return_counts=True)
    place = np.arange(len(finds)) - np.repeat(start, count)
    return finds[place < N_NEAREST]
