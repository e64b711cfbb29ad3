"""The verdict on accuracy along sizes: a shape, and the test that supports it."""

import enum
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.analyse.estimates.insufficient import NotComputed, attempt, require
from bench.analyse.sizes.pair_tests import ROPE, SIGNIFICANT, Paired, corrected_t_test, holm
from bench.analyse.sizes.trend_tests import Kendall, slope_test


class Shape(enum.StrEnum):
    """How accuracy changes as sizes grow."""

    NO_TREND = "no trend supported"
    IMPROVES = "improves"
    SATURATES = "improves then saturates"
    WORSENS = "worsens"
    PEAKS = "peaks"


class TrendTest(enum.StrEnum):
    """The test behind a verdict."""

    SLOPE = "slope"
    KENDALL = "Kendall's tau"
    PEAK = "rise and fall"
    ALL_EQUAL = "all equal"


@dataclass(frozen=True, slots=True)
class TrendVerdict:
    """A shape and the test behind it.

    Attributes:
        shape: how accuracy changes.
        test: the test behind the shape.
        statistic: the slope per decade of parameters, or tau; NaN for the other tests.
        p: after adjustment for multiple tests.
        place: the index of the size at which accuracy saturates or peaks; None for other shapes.
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

    1. ``peaks`` at an inner size if both the rise from the smallest size and the fall to the largest are significant at
       5 %. p is the larger of the two one-sided p values of corrected t tests (an intersection-union test, Berger
       1982), adjusted by Holm over inner sizes.
    2. Otherwise ``worsens`` or ``improves`` if there is a trend, two-sided at 5 %. There are two tests, and the smaller
       p is doubled (Bonferroni): the corrected t test of the slope against log parameters (``slope_test``), which needs
       many trials, and ``Kendall.p_alike``, which is valid under any dependence between folds and needs many sizes. A
       test that cannot reach 5 % with the design (Kendall's below five sizes, the slope's with one trial per size) is
       left out, and the other p is not doubled. If there is no trend: ``no trend supported``, which does not mean that
       there is none.
    3. An improvement ``saturates`` at the smallest size, except the first, from which on the posterior probability that
       the largest size is better by more than ``rope`` is at most 5 % for every size.

    If there is no trend, the probability of a false verdict is 5 % for a trend and at most 5 % for a peak.

    Args:
        accuracy: (n_blocks, n_sizes), sizes ascending.
        n_params: (n_sizes,).
        ratio: n_test / n_train.
        kendall: of the same blocks.
        rope: half the width of the region of practical equivalence.

    Raises:
        InsufficientError: neither test can be computed.
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
