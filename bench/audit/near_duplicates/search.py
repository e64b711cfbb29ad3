"""Near duplicates: the same picture resized, recompressed, brightened, mirrored or cropped.

The search has two stages. First, each picture's nearest windows of other pictures are its candidates
(``candidate_pairs``). Then the pictures of each candidate pair are aligned by shift and scale (``alignment``), at a
coarse resolution first. A pair is a near duplicate if the fine structure of the two pictures agrees. ``docs/audit.md``
has measured results.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.audit.cached_parts import PartCache, in_parts, split
from bench.audit.near_duplicates.alignment import align, lay_over
from bench.audit.near_duplicates.candidate_pairs import CandidatePairs, describe, find_candidates
from bench.audit.near_duplicates.descriptors import Floats, coarse_structure, fine_structure, whole_descriptors
from bench.audit.near_duplicates.thresholds import SearchSettings
from bench.audit.near_duplicates.whitening import ReadThumbnails, Whitening
from bench.progress import Progress, Stage

_PAIRS_AT_ONCE = 64
_PAIRS_PER_PART = 512


@dataclass(frozen=True)
class NearDuplicate:
    """Two pictures, by row, that are near duplicates. ``agreement`` is a correlation of ``least_agreement`` or more."""

    first: int
    second: int
    agreement: float
    mirrored: bool


def near_duplicates(
    read: ReadThumbnails,
    n: int,
    settings: SearchSettings,
    draw: np.random.Generator,
    cache: PartCache,
    progress: Progress,
) -> list[NearDuplicate]:
    """All pairs of near duplicates that the search finds, each once, sorted.

    Args:
        read: thumbnails (m, side, side) of rows (m,), uint8.
        n: number of pictures.
        settings: thresholds and sizes.
        draw: draws the samples for whitening and cells.
        cache: caches the parts, so that a stopped search can resume. Each combination of pictures, settings and
            ``draw`` needs a cache of its own.
        progress: shows every stage.
    """
    if n < 2:
        return []
    with threadpool_limits(1):  # each thread has its own parts; bits of a product depend on its threads
        whitening = Whitening.learn(read, n, settings, draw)
        with progress.stage("describing images", n) as stage:
            wholes = describe(read, n, whitening, cache, _ended(stage))
        with progress.stage("searching for near duplicates", n) as stage:
            candidates = find_candidates(read, wholes, whitening, draw, cache, _ended(stage))
        agreements = np.empty(len(candidates.whole))
        with progress.stage("comparing candidates", len(agreements)) as stage:
            compare = partial(_agreements, read, candidates, whitening)
            for rows, values in in_parts("agreed", len(agreements), _PAIRS_PER_PART, compare, cache, _ended(stage)):
                agreements[rows] = values
    return _accepted(candidates, agreements, settings.least_agreement)


def _ended(stage: Stage) -> Callable[[int], None]:
    return lambda n: stage.advance(n_items=n)


def _accepted(
    candidates: CandidatePairs, agreements: NDArray[np.float64], least_agreement: float
) -> list[NearDuplicate]:
    best: dict[tuple[int, int], NearDuplicate] = {}
    for index in np.flatnonzero(agreements >= least_agreement).tolist():
        first, second = sorted((int(candidates.whole[index]), int(candidates.part_of[index])))
        pair = NearDuplicate(first, second, float(agreements[index]), bool(candidates.mirrored[index]))
        if (first, second) not in best or best[first, second].agreement < pair.agreement:
            best[first, second] = pair
    return [best[pair] for pair in sorted(best)]


def _agreements(
    read: ReadThumbnails, candidates: CandidatePairs, whitening: Whitening, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The agreement of each of these candidates, (m,); -1 for candidates rejected at an earlier stage."""
    return np.concatenate([_agreement(read, candidates, whitening, batch) for batch in split(rows, _PAIRS_AT_ONCE)])


def _agreement(
    read: ReadThumbnails, candidates: CandidatePairs, whitening: Whitening, batch: NDArray[np.int64]
) -> NDArray[np.float64]:
    settings = whitening.settings

    def structures(
        structure: Callable[[NDArray[np.uint8], SearchSettings], Floats], of: NDArray[np.int64]
    ) -> tuple[Floats, Floats]:
        """The structures of the two pictures of each candidate. Each picture is computed once."""
        (first, first_place), (second, second_place) = (
            np.unique(rows[of], return_inverse=True) for rows in (candidates.whole, candidates.part_of)
        )
        seen = structure(read(first), settings)[first_place]
        mirrored = candidates.mirrored[of][:, np.newaxis, np.newaxis]
        return np.where(mirrored, seen[:, :, ::-1], seen), structure(read(second), settings)[second_place]

    windows = np.array(settings.windows)[candidates.window[batch]]
    coarse = align(*structures(coarse_structure, batch), windows, settings.coarse_steps, settings)
    agreement = np.full(len(batch), -1.0)
    left = np.flatnonzero(coarse.agreement >= settings.least_coarse_agreement)
    of_first, of_second = structures(fine_structure, batch[left])
    windows = coarse.windows[left]
    passed = _peculiar_agreement(of_first, of_second, windows, whitening) >= settings.least_peculiar_before_fine
    left, of_first, of_second, windows = left[passed], of_first[passed], of_second[passed], windows[passed]
    fine = align(of_first, of_second, windows, settings.fine_steps, settings)
    peculiar = _peculiar_agreement(of_first, of_second, fine.windows, whitening)
    agreement[left] = np.where(peculiar >= settings.least_peculiar_agreement, fine.agreement, -1.0)
    return agreement


def _peculiar_agreement(
    first: Floats, second: Floats, windows: NDArray[np.float64], whitening: Whitening
) -> NDArray[np.float32]:
    """Cosine of the whitened descriptors of two pictures where they overlap, (n,)."""
    laid, inside = lay_over(second, windows)
    a, b = (whitening.apply(whole_descriptors(seen * inside, whitening.settings)) for seen in (first, laid))
    agreement: NDArray[np.float32] = (a * b).sum(axis=1)
    return agreement
