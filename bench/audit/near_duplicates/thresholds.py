"""Every threshold and size of the near-duplicate search. ``docs/audit.md`` has measured results."""

from functools import cached_property
from itertools import product

from bench.records import Record

SEARCH_VERSION = 2
"""Part of the cache key. Raised by one whenever a change of the search finds other pairs at the same settings."""


class SearchSettings(Record):
    """The thresholds and sizes of the search.

    The cache key of a search contains all fields, so a search never returns a result of other settings.

    Attributes:
        least_agreement: the near-duplicate threshold: correlation of fine structure after alignment, over the overlap.
        least_peculiar_agreement: the least cosine of whitened descriptors, which lack the structure that the whole set
            shares. Without this threshold, all pictures of a uniform set would be near duplicates.
        least_coarse_agreement: correlation that a pair needs after the coarse alignment.
        least_peculiar_before_fine: cosine of whitened descriptors that a pair needs before the fine alignment.
        shortest_side: pixels. Smaller pictures are not searched: with few pixels, they agree by chance.
        least_similarity: cosine of whitened descriptors that makes a pair a candidate.
        n_nearest: candidates per picture (and one per mirror image).
        exhaustive_up_to: the largest number of pictures of which all pairs are compared. Larger sets use cells.
        pictures_per_cell: mean number of pictures per cell.
        cells_per_query: number of nearest cells to which each query is assigned.
        sample_per_cell: queries per cell in the sample from which centres are learned.
        cell_steps: steps of k-means.
        trims: the margins that a window leaves out at a side, as shares of the picture; each combination is a window.
        descriptor_side: the side of the square to which a window is shrunk, in pixels.
        least_contrast: added to the local standard deviation, in [0, 1], when contrast is normalised.
        fine_surround, fine_smoothing: standard deviations in thumbnail pixels, for detail of 1 to 3 pixels.
        coarse_surround, coarse_smoothing: the same for detail of 2 to 4 pixels.
        dimensions: number of dimensions of a whitened descriptor.
        whitening_sample: the largest number of pictures from which the whitening is learned.
        whitening_windows: the windows of those pictures that are used, by number.
        whitening_shrinkage: share of the mean variance that is added to each axis.
        least_overlap: share of the first picture that the second one must cover.
        largest_move: largest move of a side of the window per alignment step, as a share of the picture.
        least_gain: smallest contrast ratio that a step divides by.
        ridge: added to the diagonal of the normal equations.
        coarse_steps, fine_steps: numbers of alignment steps.
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
        """(low, high) of each window in one direction, as shares of the picture. The first spans the whole picture."""
        return tuple((first, 1 - last) for first, last in product(self.trims, repeat=2))

    @cached_property
    def windows(self) -> tuple[tuple[float, float, float, float], ...]:
        """(top, bottom, left, right) of each window, as shares of the picture. The first is the whole picture."""
        return tuple((*rows, *columns) for rows, columns in product(self.spans, repeat=2))


SEARCH_SETTINGS = SearchSettings()
"""The settings of audits and studies."""
