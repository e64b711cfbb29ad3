"""Candidate pairs: for each picture, the nearest windows of other pictures, found without comparing all pairs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.audit.cached_parts import PartCache, in_parts, split
from bench.audit.near_duplicates.descriptors import Floats
from bench.audit.near_duplicates.quantiser import Quantiser
from bench.audit.near_duplicates.thresholds import SearchSettings
from bench.audit.near_duplicates.whitening import ReadThumbnails, Whitening

_MOST_COMPARED = 1 << 23
_FIND = np.dtype([("query", np.int64), ("found", np.int64), ("window", np.int64), ("similarity", np.float32)])

Finds = NDArray[np.void]
"""(m,) records: a query, a picture found for it, the window of that picture, and their similarity."""


@dataclass(frozen=True)
class CandidatePairs:
    """Pairs to be aligned. Each array is (m,).

    Attributes:
        whole: row of the picture that resembles a window of the other picture, itself or as its mirror image.
        part_of: row of the other picture.
        window: number of that window.
        mirrored: whether the mirror image of ``whole`` resembles the window.
    """

    whole: NDArray[np.int64]
    part_of: NDArray[np.int64]
    window: NDArray[np.int64]
    mirrored: NDArray[np.bool_]


def describe(
    read: ReadThumbnails, n: int, whitening: Whitening, cache: PartCache, advance: Callable[[int], None]
) -> Floats:
    """Descriptors of the whole pictures, then of their mirror images: (2 n, dimensions), each of length 1.

    Args:
        read: thumbnails (m, side, side) of rows (m,).
        n: number of pictures.
        whitening: learned from these pictures.
        cache: caches the parts.
        advance: called with the number of pictures of each finished part.
    """
    dimensions = whitening.settings.dimensions
    wholes = np.empty((2, n, dimensions), dtype=np.float32)
    size = _part_size(n, whitening.settings)
    for rows, vectors in in_parts("described", n, size, partial(whitening.of_wholes, read), cache, advance):
        wholes[:, rows] = vectors
    return wholes.reshape(2 * n, dimensions)


def find_candidates(
    read: ReadThumbnails,
    wholes: Floats,
    whitening: Whitening,
    draw: np.random.Generator,
    cache: PartCache,
    advance: Callable[[int], None],
) -> CandidatePairs:
    """The nearest other pictures of each picture and of its mirror image, among all windows of all pictures.

    In sets of up to ``exhaustive_up_to`` pictures, all pairs are compared. In larger sets, only pictures that share a
    cell are compared.

    Args:
        read: thumbnails (m, side, side) of rows (m,).
        wholes: the result of ``describe``.
        whitening: as passed to ``describe``.
        draw: draws the sample from which cells are learned.
        cache: caches the parts.
        advance: called with the number of pictures of each finished part.
    """
    n, settings = len(wholes) // 2, whitening.settings
    if n <= settings.exhaustive_up_to:
        quantiser = Quantiser.one_cell(2 * n)
    else:
        quantiser = Quantiser.learn(wholes, n // settings.pictures_per_cell, settings, draw)
    best = np.empty(0, _FIND)
    find = partial(_finds, wholes, quantiser, whitening, read)
    for _, finds in in_parts("compared", n, _part_size(n, settings), find, cache, advance):
        best = _nearest(np.concatenate([best, finds]), settings)
    is_first = np.diff(best["query"], prepend=-1) > 0
    best = best[(best["query"] < n) | is_first]
    return CandidatePairs(best["query"] % n, best["found"], best["window"], best["query"] >= n)


def _part_size(n: int, settings: SearchSettings) -> int:
    """Rows per part: few if all pairs are compared, so that each core has a part; else enough for large products."""
    return 128 if n <= settings.exhaustive_up_to else 2048


def _finds(
    queries: Floats, quantiser: Quantiser, whitening: Whitening, read: ReadThumbnails, rows: NDArray[np.int64]
) -> Finds:
    """For each query, the nearest pictures among these consecutive rows."""
    windows, settings = whitening.of_windows(read, rows), whitening.settings
    met = [
        _nearest(_similar(queries, asked, windows, members, int(rows[0]), settings), settings)
        for every, asked in quantiser.meetings(windows)
        for members in split(every, max(1, _MOST_COMPARED // len(asked)))
    ]
    return _nearest(np.concatenate([np.empty(0, _FIND), *met]), settings)


def _similar(
    queries: Floats,
    asked: NDArray[np.int64],
    windows: Floats,
    members: NDArray[np.int64],
    first_row: int,
    settings: SearchSettings,
) -> Finds:
    """For each of these queries, the ``n_nearest`` pictures among these windows, each by its most similar window."""
    n_windows = len(settings.windows)
    owners = first_row + members // n_windows
    similarity = queries[asked] @ windows[members].T
    pictures = asked % (len(queries) // 2)
    own = np.flatnonzero((pictures >= owners.min()) & (pictures <= owners.max()))
    similarity[own] = np.where(pictures[own, np.newaxis] == owners, np.float32(-1), similarity[own])
    left = np.flatnonzero(similarity.max(axis=1) >= settings.least_similarity)
    similarity, asked = similarity[left], asked[left]
    finds = np.empty((settings.n_nearest, len(left)), _FIND)
    for find in finds:
        best = similarity.argmax(axis=1)
        find["query"], find["found"], find["window"] = asked, owners[best], members[best] % n_windows
        find["similarity"] = similarity[np.arange(len(left)), best]
        similarity[owners[best][:, np.newaxis] == owners] = -1
    return finds[finds["similarity"] >= settings.least_similarity]


def _nearest(finds: Finds, settings: SearchSettings) -> Finds:
    """For each query, the ``n_nearest`` pictures by their most similar windows, nearest first."""
    nearest_first = np.lexsort((finds["window"], finds["found"], -finds["similarity"], finds["query"]))
    finds = finds[nearest_first]
    pair = finds["query"] * (finds["found"].max(initial=0) + 1) + finds["found"]
    finds = finds[np.sort(np.unique(pair, return_index=True)[1])]
    _, start, count = np.unique(finds["query"], return_index=True, return_counts=True)
    place = np.arange(len(finds)) - np.repeat(start, count)
    return finds[place < settings.n_nearest]
