"""The answer on one family of sizes: its shape, and the size from which more parameters add less than a margin."""

import enum
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.analyse.estimates.two_level import LEVEL, ContrastEstimate, TwoLevel, slope_contrast
from bench.records import Study

MARGIN = 0.02
"""The smallest gain in accuracy that counts as a gain, unless the user names another."""
MOST = 0.75
"""The part of a gain that is most of it."""

Floats = NDArray[np.float64]


def margin_of(study: Study) -> float:
    """The margin of a study's frozen plan; ``MARGIN`` for a study of an earlier version."""
    return MARGIN if study.frozen is None else study.frozen.margin


class Shape(enum.StrEnum):
    """How accuracy changes as sizes grow."""

    GAINS = "gains"
    GAINS_THEN_ENOUGH = "gains, then enough"
    NO_GAIN_SHOWN = "no gain shown"
    ENOUGH_FROM_SMALLEST = "enough from the smallest"
    LOSES = "loses"
    PEAKS = "peaks"
    DIPS = "dips"


@dataclass(frozen=True, slots=True)
class FamilyAnswer:
    """The answer on one family; gains are differences of held-out accuracy.

    Attributes:
        n_params: distinct parameter counts, ascending; networks of equal count are one size.
        shape: how accuracy changes.
        per_decade: the gain per tenfold of the parameters.
        largest_less_smallest: the gain from the smallest to the largest size.
        enough_from: the smallest size from which more parameters are shown to add less than the margin; None where
            that is shown of no size but the largest.
        turn: the size of the peak or dip; None for other shapes.
        to_turn: the gain from the smallest size to ``turn``; None where that is None.
        from_turn: the gain from ``turn`` to the largest size; None where that is None.
        most_by: the smallest size by which more than three quarters of a gain are shown to have come, where it is in
            the lower half of the range, in decades; None where none is, or no gain is shown.
        per_decade_above: the gain per tenfold of the parameters from ``most_by`` on; None where that is None.
    """

    n_params: tuple[int, ...]
    shape: Shape
    per_decade: ContrastEstimate
    largest_less_smallest: ContrastEstimate
    enough_from: int | None
    turn: int | None
    to_turn: ContrastEstimate | None = None
    from_turn: ContrastEstimate | None = None
    most_by: int | None = None
    per_decade_above: ContrastEstimate | None = None


def answer_family(levels: TwoLevel, n_params: NDArray[np.int64], margin: float = MARGIN) -> FamilyAnswer:
    """Judge one family from its contrasts.

    A shape other than "enough from the smallest" and "no gain shown" is a trend. The slope is judged at 95 %. A peak or
    dip needs a rise and a fall, on either side of an inner size. Where the slope shows a trend already, both are judged
    at 95 %, and else at 5 % divided by the number of inner sizes. "Enough" and "most of the gain" are one-sided bounds
    at 95 %, stepping down from the largest size and stopping at the first that fails. No size between may be seen to
    add the margin.

    Args:
        levels: of the family's networks.
        n_params: (n,) of these networks, with two distinct counts or more.
        margin: the smallest gain in accuracy that counts.

    Raises:
        InsufficientError: fewer than two distinct counts.
    """
    sizes, at = by_size(n_params)
    per_decade = levels.contrast(family_slope(n_params))
    has_trend = per_decade.low > 0 or per_decade.high < 0
    enough = enough_place(levels, at, margin)
    turned = _turn(levels, at, LEVEL if has_trend else 1 - (1 - LEVEL) / max(1, len(sizes) - 2))
    most_by = None
    if turned is not None:
        shape = turned[0]
    elif per_decade.low > 0:
        shape = Shape.GAINS if enough is None else Shape.GAINS_THEN_ENOUGH
        most_by = _most_by(levels, at, sizes)
    elif per_decade.high < 0:
        shape = Shape.LOSES
    else:
        shape = Shape.ENOUGH_FROM_SMALLEST if enough == 0 else Shape.NO_GAIN_SHOWN
    above = None
    if most_by is not None:
        above = levels.contrast(slope_contrast(sizes[most_by:].astype(float)) @ at[most_by:])
    return FamilyAnswer(
        n_params=tuple(sizes.tolist()),
        shape=shape,
        per_decade=per_decade,
        largest_less_smallest=levels.contrast(at[-1] - at[0]),
        enough_from=None if enough is None else int(sizes[enough]),
        turn=None if turned is None else int(sizes[turned[1]]),
        to_turn=None if turned is None else levels.contrast(at[turned[1]] - at[0]),
        from_turn=None if turned is None else levels.contrast(at[-1] - at[turned[1]]),
        most_by=None if most_by is None else int(sizes[most_by]),
        per_decade_above=above,
    )


def by_size(n_params: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
    """The distinct counts, ascending, and the weights of networks in the mean of each: (n_sizes,), (n_sizes, n)."""
    sizes = np.unique(n_params)
    at = (n_params == sizes[:, np.newaxis]).astype(float)
    return sizes, at / at.sum(axis=1, keepdims=True)  # networks of equal count share the weight of one size


def family_slope(n_params: NDArray[np.int64]) -> Floats:
    """The weights of networks in the slope per decade, in which each distinct count weighs the same: (n,).

    Raises:
        InsufficientError: fewer than two distinct counts.
    """
    sizes, at = by_size(n_params)
    return slope_contrast(sizes.astype(float)) @ at


def enough_place(levels: TwoLevel, at: Floats, margin: float, level: float = LEVEL) -> int | None:
    """The place of the smallest size that is shown to be enough; None if none but the largest is.

    A size is enough if the one-sided bound of what the largest adds to it is below the margin, and no size between is
    seen to add the margin. Sizes are judged from the largest down to the first that is not enough.

    Args:
        levels: of the family's networks.
        at: see ``by_size``.
        margin: the smallest gain in accuracy that counts.
        level: of the bound.
    """

    def is_enough(place: int) -> bool:
        between = (at[place:] - at[place]) @ levels.means
        return bool(between.max() < margin) and _bound(levels, at[-1] - at[place], level) < margin

    return _lowest(len(at), is_enough)


def _lowest(n_sizes: int, holds: Callable[[int], bool]) -> int | None:
    """The lowest size down to which ``holds`` is true of every size but the largest; None if it is true of none."""
    lowest = None
    for place in range(n_sizes - 2, -1, -1):
        if not holds(place):
            break
        lowest = place
    return lowest


def _bound(levels: TwoLevel, c: Floats, level: float = LEVEL) -> float:
    """The one-sided upper bound of a contrast."""
    return levels.contrast(c, 2 * level - 1).high


def _most_by(levels: TwoLevel, at: Floats, sizes: NDArray[np.int64]) -> int | None:
    """The place of ``FamilyAnswer.most_by``."""
    part = (1 - MOST) * (at[-1] - at[0])
    lowest = _lowest(len(sizes), lambda place: _bound(levels, at[-1] - at[place] - part) < 0)
    return None if lowest is None or sizes[lowest] ** 2 > sizes[0] * sizes[-1] else lowest


def _turn(levels: TwoLevel, at: Floats, level: float) -> tuple[Shape, int] | None:
    """The last peak or dip that is shown, with its place; None if there is none."""
    lows, highs = levels.differences(at, level)
    rises, falls = np.triu(lows.T > 0), np.triu(highs.T < 0)
    peaks = rises.any(axis=0) & falls.any(axis=1)
    dips = falls.any(axis=0) & rises.any(axis=1)
    means = at @ levels.means
    found = []
    if peaks.any():
        found.append((int(np.argmax(np.where(peaks, means, -np.inf))), Shape.PEAKS))
    if dips.any():
        found.append((int(np.argmin(np.where(dips, means, np.inf))), Shape.DIPS))
    if not found:
        return None
    place, shape = max(found)
    return shape, place
