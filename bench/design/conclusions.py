"""What a look finds on one family, at the level of the look."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.analyse.answer.family_answer import by_size, enough_place, family_slope
from bench.analyse.estimates.insufficient import require
from bench.analyse.estimates.two_level import ContrastEstimate, TwoLevel
from bench.records import Finding

Floats = NDArray[np.float64]
Until = Literal["slope", "choice"]


@dataclass(frozen=True, eq=False)
class Conclusion:
    """A finding, and the contrast that it rests on.

    Attributes:
        finding: at the level of the look.
        contrast: (n_networks,) the weights of the networks.
        estimate: of the contrast, at the level of the look.
        enough_from: the parameter count that is enough; None if none is shown to be.
    """

    finding: Finding
    contrast: Floats
    estimate: ContrastEstimate
    enough_from: int | None = None


def conclude(until: Until, levels: TwoLevel, n_params: NDArray[np.int64], margin: float, level: float) -> Conclusion:
    """Judge one family.

    With ``slope``, it is decided if the interval of the gain per decade excludes 0, or lies within half the margin.
    With ``choice``, it is decided if some size is shown to be enough (``enough_place``), or if the largest is shown to
    gain over the size before it.

    Args:
        until: what is to be decided.
        levels: of the family's networks.
        n_params: (n_networks,) with two distinct counts or more.
        margin: the smallest gain in accuracy that counts.
        level: of the look.

    Raises:
        InsufficientError: fewer than two distinct counts.
    """
    return _JUDGES[until](levels, n_params, margin, level)


def _judge_slope(levels: TwoLevel, n_params: NDArray[np.int64], margin: float, level: float) -> Conclusion:
    contrast = family_slope(n_params)
    estimate = levels.contrast(contrast, level)
    if estimate.low > 0:
        finding = Finding.GAIN
    elif estimate.high < 0:
        finding = Finding.LOSS
    elif -margin / 2 <= estimate.low and estimate.high <= margin / 2:
        finding = Finding.NOTHING_TO_GAIN
    else:
        finding = Finding.OPEN
    return Conclusion(finding, contrast, estimate)


def _judge_choice(levels: TwoLevel, n_params: NDArray[np.int64], margin: float, level: float) -> Conclusion:
    sizes, at = by_size(n_params)
    require(len(sizes) > 1, "a choice needs 2 distinct sizes or more; there is 1")
    enough = enough_place(levels, at, margin, level)
    contrast = at[-1] - at[-2 if enough is None else enough]
    estimate = levels.contrast(contrast, level)
    if enough is not None:
        return Conclusion(Finding.ENOUGH, contrast, estimate, int(sizes[enough]))
    return Conclusion(Finding.LARGEST if estimate.low > 0 else Finding.OPEN, contrast, estimate)


_JUDGES: dict[Until, Callable[[TwoLevel, NDArray[np.int64], float, float], Conclusion]] = {
    "slope": _judge_slope,
    "choice": _judge_choice,
}
