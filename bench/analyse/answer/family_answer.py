"""The answer on one family of sizes: its shape, and the size from which more parameters add less than a margin."""

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.analyse.estimates.two_level import ContrastEstimate, TwoLevel, slope_contrast

MARGIN = 0.02
"""The smallest gain in accuracy that counts as a gain, unless the user names another."""


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
    """

    n_params: tuple[int, ...]
    shape: Shape
    per_decade: ContrastEstimate
    largest_less_smallest: ContrastEstimate
    enough_from: int | None
    turn: int | None


def answer_family(levels: TwoLevel, n_params: NDArray[np.int64], margin: float = MARGIN) -> FamilyAnswer:
    """Judge one family from its contrasts.

    Args:
        levels: of the family's networks.
        n_params: (n,) of these networks, with two distinct counts or more.
        margin: the smallest gain in accuracy that counts.

    Raises:
        InsufficientError: fewer than two distinct counts.
    """
    per_decade = levels.contrast(slope_contrast(n_params.astype(float)))
    sizes = np.unique(n_params)
    at = (n_params == sizes[:, np.newaxis]).astype(float)
    at /= at.sum(axis=1, keepdims=True)  # networks of equal count share the weight of one size
    enough = None
    for place in range(len(sizes) - 2, -1, -1):
        if levels.contrast(at[-1] - at[place], level=0.90).high >= margin:  # one-sided at 5 %
            break
        enough = place
    if per_decade.low > 0:
        shape = Shape.GAINS if enough is None else Shape.GAINS_THEN_ENOUGH
    elif per_decade.high < 0:
        shape = Shape.LOSES
    else:
        shape = Shape.ENOUGH_FROM_SMALLEST if enough == 0 else Shape.NO_GAIN_SHOWN
    return FamilyAnswer(
        n_params=tuple(sizes.tolist()),
        shape=shape,
        per_decade=per_decade,
        largest_less_smallest=levels.contrast(at[-1] - at[0]),
        enough_from=None if enough is None else int(sizes[enough]),
        turn=None,
    )
