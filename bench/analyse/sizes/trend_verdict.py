"""What accuracy does along sizes: a shape that rests on one test, and claims no more than it."""

import enum
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.analyse.estimates.insufficient import NotComputed, attempt, require
from bench.analyse.sizes.pair_tests import ROPE, SIGNIFICANT, Paired, corrected_t_test, holm
from bench.analyse.sizes.trend_tests import Kendall, slope_test


class Shape(enum.StrEnum):
    """What accuracy does as sizes grow."""

    NO_TREND = "no trend supported"
    IMPROVES = "improves"
    SATURATES = "improves then saturates"
    WORSENS = "worsens"
    PEAKS = "peaks"


class TrendTest(enum.StrEnum):
    """The test that a verdict rests on."""

    SLOPE = "slope"
    KENDALL = "Kendall's tau"
    PEAK = "rise and fall"
    ALL_EQUAL = "all equal"


@dataclass(frozen=True, slots=True)
class TrendVerdict:
    """A shape and the test that it rests on.

    Attributes:
        shape: what accuracy does.
        test: what the shape rests on.
        statistic: the slope per decade of parameters, or tau; NaN for the other tests.
        p: after adjustment for several tests.
        place: the place among the sizes where accuracy saturates or peaks; None for other shapes.
    """

    shape: Shape
    test: TrendTest
    statistic: float
    p: float
    place: int | None = None


def judge_trend(
    accuracy: NDArray[np.float64],
    n_params: NDArray[np.float64],
    ratio: float,
    kendall: Kendall | NotComputed,
    rope: float = ROPE,
) -> TrendVerdict:
    """Judge accuracy along sizes, by contrasts within (seed, fold).

    1. ``peaks`` at an inner size where both the rise from the smallest and the fall to the largest are found: the
       larger of the two one-sided p values of corrected t tests (an intersection-union test, Berger 1982), Holm over
       inner sizes, at 5 %.
    2. Else ``worsens`` or ``improves`` where there is a trend, two-sided at 5 %, by two tests whose smaller p is
       doubled (Bonferroni): the corrected t test of the slope against log parameters (``slope_test``), which
       needs many trials, and ``Kendall.p_alike``, which holds whatever the folds share and needs many sizes. One that
       the design cannot bring to 5 % (Kendall's below five sizes, the slope's with one trial each) is left out, and
       the other not doubled. Neither: ``no trend supported``, which does not mean that there is no trend.
    3. What improves ``saturates`` at the smallest size, but the first, from which the posterior probability that the
       largest size gains more than ``rope`` over it is 5 % at most, as it is for every size between.

    Without any trend the chance of another verdict is 5 % for the trend and 5 % at most for the peak.

    Args:
        accuracy: (n_blocks, n_sizes), sizes ascending.
        n_params: (n_sizes,).
        ratio: n_test / n_train.
        kendall: of the same blocks.
        rope: half the width of the region of practical equivalence.

    Raises:
        InsufficientError: neither test can be done.
    """
    peak = _peak(accuracy, ratio)
    if peak is not None:
        return peak
    if accuracy.size and accuracy.shape[1] > 1 and bool(np.all(np.ptp(accuracy, axis=1) == 0)):
        return TrendVerdict(Shape.NO_TREND, TrendTest.ALL_EQUAL, np.nan, 1.0)
    slope = attempt(lambda: slope_test(accuracy, n_params, ratio))
    found: list[tuple[float, float, TrendTest]] = []
    if isinstance(slope, Paired):
        found.append((slope.p, slope.mean, TrendTest.SLOPE))
    if isinstance(kendall, Kendall) and kendall.smallest_p_alike <= SIGNIFICANT:
        found.append((kendall.p_alike, kendall.tau, TrendTest.KENDALL))
    require(bool(found), "a verdict needs 2 trials of each size or more, or 5 sizes")
    least, statistic, test = min(found)
    p = min(1.0, len(found) * least)
    if p > SIGNIFICANT:
        return TrendVerdict(Shape.NO_TREND, test, statistic, p)
    if statistic < 0:
        return TrendVerdict(Shape.WORSENS, test, statistic, p)
    saturated = None
    for place in range(accuracy.shape[1] - 2, 0, -1):
        gains = accuracy[:, -1] - accuracy[:, place]
        gain = attempt(partial(corrected_t_test, gains, ratio, rope))
        if isinstance(gain, NotComputed) or gain.p_better > SIGNIFICANT:
            break
        saturated = place
    shape = Shape.IMPROVES if saturated is None else Shape.SATURATES
    return TrendVerdict(shape, test, statistic, p, saturated)


def _peak(accuracy: NDArray[np.float64], ratio: float) -> TrendVerdict | None:
    inner = range(1, accuracy.shape[1] - 1)
    p = np.ones(len(inner))
    for index, place in enumerate(inner):
        sides = (accuracy[:, place] - accuracy[:, 0], accuracy[:, place] - accuracy[:, -1])
        tests = [attempt(partial(corrected_t_test, side, ratio)) for side in sides]
        p[index] = max(1.0 if isinstance(test, NotComputed) or test.mean <= 0 else test.p / 2 for test in tests)
    adjusted = holm(p)
    found = np.flatnonzero(adjusted <= SIGNIFICANT) + 1
    if not len(found):
        return None
    top = int(found[np.argmax(accuracy.mean(axis=0)[found])])
    return TrendVerdict(Shape.PEAKS, TrendTest.PEAK, np.nan, float(adjusted[top - 1]), top)
