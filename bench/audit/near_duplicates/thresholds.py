"""Every threshold and size of the near-duplicate search, in one record. ``docs/audit.md`` has measured results."""

from functools import cached_property
from itertools import product

from bench.records import Record

SEARCH_VERSION = 2
"""Part of the cache key. Raised by one when the search finds other pairs at the same settings."""


class SearchSettings(Record):
    """What the search compares, and when two pictures count as near duplicates.

    The cache key of a search contains all fields. A search with other settings never returns a result of these.

    Attributes:
        least_agreement: the near-duplicate threshold: correlation of fine structure after alignment, over the overlap.
        least_peculiar_agreement: the same for what remains without the structure that the whole set shares: cosine of
            whitened descriptors. Without it, a set whose pictures are all alike would give pairs everywhere.
        least_coarse_agreement: correlation that a pair needs after the coarse alignment.
        least_peculiar_before_fine: cosine of whitened descriptors that a pair needs before the fine alignment.
        shortest_side: pixels; smaller pictures are not searched, since so few pixels are alike by chance.
        least_similarity: cosine of whitened descriptors that makes a pair a candidate.
        n_nearest: candidates per picture (and one per mirror image).
        exhaustive_up_to: so many pictures are compared all with all. Larger sets use cells.
        pictures_per_cell: mean number.
        cells_per_query: each query is listed in so many of the nearest cells.
        sample_per_cell: queries per cell from which centres are learned.
        cell_steps: steps of k-means.
        trims: what a window leaves out at each side, as shares of the picture; every combination is a window.
        descriptor_side: a window is shrunk to a square of this side.
        least_contrast: added to the local standard deviation, in [0, 1], when contrast is normalised.
        fine_surround, fine_smoothing: standard deviations in thumbnail pixels, for detail of 1 to 3 pixels.
        coarse_surround, coarse_smoothing: the same for detail of 2 to 4 pixels.
        dimensions: of a whitened descriptor.
        whitening_sample: at most so many pictures are used to learn the whitening.
        whitening_windows: the windows of those pictures that are used.
        whitening_shrinkage: share of the mean variance that is added to each axis.
        least_overlap: share of the first picture that the second one must cover.
        largest_move: of a side of the window per alignment step, as a share of the picture.
        least_gain: smallest contrast ratio that a step divides by.
        ridge: added to the diagonal of the normal equations.
        coarse_steps, fine_steps: alignment steps.
    """

    least_agreement: float = 0.9
    least_peculiar_agreement: float = 0.8
    least_coarse_agreement: float = 0.85
    least_peculiar_before_fine: float = 0.6
    shortest_side: int = 32

    least_similarity: float = 0.5
    n_nearest: int = 3
    exhaustive_up_to: int = 2000
    pictures_per_cell: int = 100
    cells_per_query: int = 8
    sample_per_cell: int = 20
    cell_steps: int = 4

    trims: tuple[float, ...] = (0.0, 0.075, 0.15)
    descriptor_side: int = 16
    least_contrast: float = 0.02
    fine_surround: float = 3.0
    fine_smoothing: float = 0.8
    coarse_surround: float = 4.0
    coarse_smoothing: float = 1.6

    dimensions: int = 128
    whitening_sample: int = 2000
    whitening_windows: tuple[int, ...] = (0, 40, 80)
    whitening_shrinkage: float = 0.1

    least_overlap: float = 0.5
    largest_move: float = 0.06
    least_gain: float = 0.1
    ridge: float = 1e-3
    coarse_steps: int = 4
    fine_steps: int = 6

    @cached_property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """(low, high) of each window in one direction, as shares of the picture. The first is all of it."""
        return tuple((first, 1 - last) for first, last in product(self.trims, repeat=2))

    @cached_property
    def windows(self) -> tuple[tuple[float, float, float, float], ...]:
        """(top, bottom, left, right) of each window, as shares of the picture. The first is all of it."""
        return tuple((*rows, *columns) for rows, columns in product(self.spans, repeat=2))


SEARCH_SETTINGS = SearchSettings()
"""What audits and studies use."""
