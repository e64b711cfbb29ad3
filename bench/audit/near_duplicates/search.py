"""Near duplicates: the same picture again, resized, recompressed, brightened, mirrored or cropped.

Two stages. Candidates are each picture's nearest windows of others (``candidates``); each candidate is then laid over
the other as well as shifting and scaling can (``align``), coarse first, and counts where the fine structure of the two
agrees. ``docs/audit.md`` has how well that works, measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.audit.kept_parts import Keep, in_parts, split
from bench.audit.near_duplicates.alignment import align, lay_over
from bench.audit.near_duplicates.candidates import Candidates, describe, find_candidates
from bench.audit.near_duplicates.descriptors import (
    WINDOWS,
    Floats,
    coarse_structure,
    fine_structure,
    window_descriptors,
)
from bench.audit.near_duplicates.whitening import ReadThumbnails, Whitening
from bench.progress import Progress, Stage

LEAST_AGREEMENT = 0.9
"""Correlation of fine structure from which two pictures count as near duplicates, if they pass the next as well."""

LEAST_PECULIAR_AGREEMENT = 0.8
"""The same of what is left once the set's own common structure is taken out: cosine of whitened descriptors. It keeps
sets whose pictures are all alike, such as generated ones, from drowning in pairs."""

_LEAST_COARSE_AGREEMENT = 0.85
_LEAST_PECULIAR_BEFORE_FINE = 0.6
_BATCH = 64
_PART = 512
_COARSE_STEPS = 4
_FINE_STEPS = 6


@dataclass(frozen=True)
class NearDuplicate:
    """Two pictures of one thing. ``agreement`` is a correlation, ``LEAST_AGREEMENT`` to 1."""

    first: int
    second: int
    agreement: float
    mirrored: bool


def near_duplicates(
    read: ReadThumbnails, n: int, draw: np.random.Generator, keep: Keep, progress: Progress
) -> list[NearDuplicate]:
    """All pairs of near duplicates that the search finds, each once, sorted.

    Args:
        read: thumbnails (m, side, side) of rows (m,), uint8.
        n: number of pictures.
        draw: picks the samples that the search learns from.
        keep: parts of the work, for a search that was stopped. Another set or another ``draw`` needs another one.
        progress: told of every stage.
    """
    if n < 2:
        return []
    with threadpool_limits(1):  # threads work on parts of their own, and a product's bits depend on its threads
        whitening = Whitening.learn(read, n, draw)
        with progress.stage("describing images", n) as stage:
            wholes = describe(read, n, whitening, keep, _ended(stage))
        with progress.stage("searching for near duplicates", n) as stage:
            candidates = find_candidates(read, wholes, whitening, draw, keep, _ended(stage))
        agreements = np.empty(len(candidates.whole))
        with progress.stage("comparing candidates", len(agreements)) as stage:
            agreement = partial(_agreements, read, candidates, whitening)
            for rows, values in in_parts("agreed", len(agreements), _PART, agreement, keep, _ended(stage)):
                agreements[rows] = values
    return _accepted(candidates, agreements)


def _ended(stage: Stage) -> Callable[[int], None]:
    return lambda n: stage.advance(n_items=n)


def _accepted(candidates: Candidates, agreements: NDArray[np.float64]) -> list[NearDuplicate]:
    best: dict[tuple[int, int], NearDuplicate] = {}
    for index in np.flatnonzero(agreements >= LEAST_AGREEMENT).tolist():
        first, second = sorted((int(candidates.whole[index]), int(candidates.part_of[index])))
        pair = NearDuplicate(first, second, float(agreements[index]), bool(candidates.mirrored[index]))
        if (first, second) not in best or best[first, second].agreement < pair.agreement:
            best[first, second] = pair
    return [best[pair] for pair in sorted(best)]


def _agreements(
    read: ReadThumbnails, candidates: Candidates, whitening: Whitening, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How well each of these candidates agrees, (m,); -1 for those that fail earlier."""
    return np.concatenate([_agreement(read, candidates, whitening, batch) for batch in split(rows, _BATCH)])


def _agreement(
    read: ReadThumbnails, candidates: Candidates, whitening: Whitening, batch: NDArray[np.int64]
) -> NDArray[np.float64]:
    def structures(structure: Callable[[NDArray[np.uint8]], Floats], of: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Of the two pictures of each candidate; of a picture that several share once."""
        (first, first_place), (second, second_place) = (
            np.unique(rows[of], return_inverse=True) for rows in (candidates.whole, candidates.part_of)
        )
        seen = structure(read(first))[first_place]
        mirrored = candidates.mirrored[of][:, np.newaxis, np.newaxis]
        return np.where(mirrored, seen[:, :, ::-1], seen), structure(read(second))[second_place]

    coarse = align(*structures(coarse_structure, batch), np.array(WINDOWS)[candidates.window[batch]], _COARSE_STEPS)
    agreement = np.full(len(batch), -1.0)
    left = np.flatnonzero(coarse.agreement >= _LEAST_COARSE_AGREEMENT)
    of_first, of_second = structures(fine_structure, batch[left])
    windows = coarse.windows[left]
    passed = _peculiar_agreement(of_first, of_second, windows, whitening) >= _LEAST_PECULIAR_BEFORE_FINE
    left, of_first, of_second, windows = left[passed], of_first[passed], of_second[passed], windows[passed]
    fine = align(of_first, of_second, windows, _FINE_STEPS)
    peculiar = _peculiar_agreement(of_first, of_second, fine.windows, whitening)
    agreement[left] = np.where(peculiar >= LEAST_PECULIAR_AGREEMENT, fine.agreement, -1.0)
    return agreement


def _peculiar_agreement(
    first: Floats, second: Floats, windows: NDArray[np.float64], whitening: Whitening
) -> NDArray[np.float32]:
    laid, inside = lay_over(second, windows)
    a, b = (whitening.apply(window_descriptors(seen * inside, n_windows=1)[:, 0]) for seen in (first, laid))
    agreement: NDArray[np.float32] = (a * b).sum(axis=1)
    return agreement
