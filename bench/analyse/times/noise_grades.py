"""Grades of how noisy a measured time is, with reasons and remedies.

The thresholds are conventions of this program. Every figure is published with its grade; no figure is dropped.
"""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.records import Counters


class Grade(enum.StrEnum):
    """The grades, from best to worst."""

    STEADY = "steady"
    NOISY = "noisy"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Limit:
    """The values at which a quantity makes a figure noisy or unusable, its description, and the remedy."""

    noisy: float
    unusable: float
    what: str
    what_to_do: str


QUARTILE_SPREAD = Limit(
    0.15, 1.0, "the quartiles are {:.0%} of the median apart", "close other programs, and take more samples"
)
OUTLIERS = Limit(0.10, 0.40, "{:.0%} of the samples are outliers", "close other programs, and take more samples")
DRIFT = Limit(
    0.15, 1.0, "the rounds' medians differ by {:.0%}", "take more rounds; a hot or shared machine changes its speed"
)
STEAL = Limit(
    0.02,
    0.20,
    "the hypervisor took {:.1%} of the cores' time",
    "use a machine that is not shared, or measure at another time",
)
OTHERS = Limit(0.05, 0.50, "other processes used {:.0%} of the cores' time", "stop other programs")
SWITCHES = Limit(
    3000.0, 30000.0, "the process was interrupted {:.0f} times per second", "stop other programs, or use fewer threads"
)
FREQUENCY = Limit(0.10, 0.50, "the cores' frequency changed by {:.0%}", "fix the frequency, or let the machine cool")

MIN_OBSERVED_S = 0.5
"""Processor times have a resolution of 0.01 s, so shares of a shorter time are not meaningful."""


@dataclass(frozen=True, slots=True)
class NoiseVerdict:
    """A grade and its reasons, the worst first. A steady figure has no reasons."""

    grade: Grade
    reasons: tuple[str, ...] = ()


def judge_noise(rounds: Sequence[NDArray[np.int64]], counters: Sequence[Counters]) -> NoiseVerdict:
    """Grade one figure.

    Args:
        rounds: its samples, one array per round.
        counters: the counters of the machine during the rounds, as far as they were taken.

    Returns:
        The worst grade that any quantity gives: the quartile spread over the median; Tukey's outliers (further than
        1.5 quartile spreads outside the quartiles); the distance between the largest and the smallest median of a round
        over their median; time stolen; time that others used; involuntary context switches per second of processor
        time; the range of the frequency. Quantities that the system does not report are left out.
    """
    found = sorted(_judged(rounds, counters), key=lambda one: list(Grade).index(one[0]), reverse=True)
    if not found:
        return NoiseVerdict(Grade.STEADY)
    return NoiseVerdict(found[0][0], tuple(reason for _, reason in found))


def worst(verdicts: Sequence[NoiseVerdict]) -> Grade:
    """The grade of a study: that of its worst figure."""
    return max((verdict.grade for verdict in verdicts), key=list(Grade).index, default=Grade.STEADY)


def _judged(rounds: Sequence[NDArray[np.int64]], counters: Sequence[Counters]) -> Iterator[tuple[Grade, str]]:
    for limit, value in (*_of_samples(rounds), *_of_machine(counters)):
        if value >= limit.noisy:
            grade = Grade.UNUSABLE if value >= limit.unusable else Grade.NOISY
            yield grade, f"{limit.what.format(value)} ({limit.what_to_do})"


def _of_samples(rounds: Sequence[NDArray[np.int64]]) -> Iterator[tuple[Limit, float]]:
    samples = np.concatenate(rounds)
    q1, median, q3 = np.percentile(samples, [25, 50, 75])
    spread = q3 - q1
    yield QUARTILE_SPREAD, float(spread / median)
    is_outlier = (samples < q1 - 1.5 * spread) | (samples > q3 + 1.5 * spread)
    yield OUTLIERS, float(np.mean(is_outlier))
    medians = np.array([np.median(each) for each in rounds])
    yield DRIFT, float(np.ptp(medians) / np.median(medians))


def _of_machine(counters: Sequence[Counters]) -> Iterator[tuple[Limit, float]]:
    core_s = sum(each.wall_s * each.n_cores for each in counters)
    if sum(each.wall_s for each in counters) < MIN_OBSERVED_S:
        return
    stolen = [each.steal_s for each in counters if each.steal_s is not None]
    if stolen:
        yield STEAL, sum(stolen) / core_s
    others = [each.busy_cpu_s - each.own_cpu_s for each in counters if each.busy_cpu_s is not None]
    if others:
        yield OTHERS, sum(others) / core_s
    own_s = sum(each.own_cpu_s for each in counters)
    if own_s > 0:
        yield SWITCHES, sum(each.involuntary_switches for each in counters) / own_s
    mhz = [each.mhz for each in counters if each.mhz is not None]
    if mhz:
        yield FREQUENCY, (max(mhz) - min(mhz)) / max(mhz)
