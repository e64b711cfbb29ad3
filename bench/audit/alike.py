"""Near duplicates: the same picture again, resized, recompressed, brightened, mirrored or cropped.

Two stages. Candidates are each picture's nearest windows of others (``candidates``); each candidate is then laid over
the other as well as shifting and scaling can (``align``), coarse first, and counts where the fine structure of the two
agrees. ``docs/audit.md`` has how well that works, measured.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audit.align import align
from bench.audit.candidates import Candidates, ReadThumbnails, find_candidates
from bench.audit.features import WINDOWS, coarse_structure, fine_structure

LEAST_AGREEMENT = 0.9
"""Correlation of fine structure from which two pictures count as near duplicates."""

LEAST_COARSE_AGREEMENT = 0.75
"""Candidates that agree less than this at half the resolution are not looked at further."""

_BATCH = 128
_COARSE_STEPS = 8
_FINE_STEPS = 8


@dataclass(frozen=True)
class NearDuplicate:
    """Two pictures of one thing. ``agreement`` is a correlation, ``LEAST_AGREEMENT`` to 1."""

    first: int
    second: int
    agreement: float
    mirrored: bool


def near_duplicates(
    read: ReadThumbnails,
    n: int,
    draw: np.random.Generator,
    advance: Callable[[int], None],
    least_agreement: float = LEAST_AGREEMENT,
) -> list[NearDuplicate]:
    """All pairs of near duplicates that the search finds, each once, sorted.

    Args:
        read: thumbnails (m, side, side) of rows (m,), uint8.
        n: number of pictures.
        draw: see ``find_candidates``.
        advance: told how many pictures are searched, block by block.
        least_agreement: the threshold.
    """
    if n < 2:
        return []
    candidates = find_candidates(read, n, draw, advance)
    batches = [slice(start, start + _BATCH) for start in range(0, len(candidates.whole), _BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        agreements = np.concatenate([*pool.map(lambda batch: _agreement(read, candidates, batch), batches), np.empty(0)])
    best: dict[tuple[int, int], NearDuplicate] = {}
    for index in np.flatnonzero(agreements >= least_agreement).tolist():
        first, second = sorted((int(candidates.whole[index]), int(candidates.part_of[index])))
        pair = NearDuplicate(first, second, float(agreements[index]), bool(candidates.mirrored[index]))
        if (first, second) not in best or best[first, second].agreement < pair.agreement:
            best[first, second] = pair
    return [best[pair] for pair in sorted(best)]


def _agreement(read: ReadThumbnails, candidates: Candidates, batch: slice) -> NDArray[np.float64]:
    """How well each candidate of a batch agrees, (m,); -1 for those that fail at half the resolution."""
    first, second = read(candidates.whole[batch]), read(candidates.part_of[batch])
    mirrored = candidates.mirrored[batch]
    first = np.where(mirrored[:, np.newaxis, np.newaxis], first[:, :, ::-1], first)
    windows = np.array(WINDOWS)[candidates.window[batch]]
    coarse = align(coarse_structure(first), coarse_structure(second), windows, _COARSE_STEPS)
    agreement = np.full(len(first), -1.0)
    kept = np.flatnonzero(coarse.agreement >= LEAST_COARSE_AGREEMENT)
    if len(kept):
        fine = align(fine_structure(first[kept]), fine_structure(second[kept]), coarse.windows[kept], _FINE_STEPS)
        agreement[kept] = fine.agreement
    return agreement
