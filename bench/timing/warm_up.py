"""The warm-up rule and the clock: warm up until times are steady, then take samples, with the garbage collector off."""

import gc
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

MIN_WARMUP = 6
MAX_WARMUP = 30
_WINDOW = 3
_STILL_FASTER = 0.95


def is_steady(warmup_ns: Sequence[int]) -> bool:
    """Whether warm-up may end: after at least 6 samples, once times have stopped falling; after 30 at the latest.

    Times are still falling while the median of the last three is more than 5 % below that of the three before them.
    """
    if len(warmup_ns) < MIN_WARMUP:
        return False
    last, before = warmup_ns[-_WINDOW:], warmup_ns[-2 * _WINDOW : -_WINDOW]
    has_settled = statistics.median(last) >= _STILL_FASTER * statistics.median(before)
    return has_settled or len(warmup_ns) >= MAX_WARMUP


def sample(call: Callable[[], object], n_samples: int, clock_ns: Callable[[], int]) -> tuple[list[int], list[int]]:
    """Time calls one after another.

    Args:
        call: the timed call. It must return after its result is known, so it must fetch a loss.
        n_samples: samples after the warm-up.
        clock_ns: a monotonic clock in nanoseconds.

    Returns:
        Nanoseconds of every call in order: those of the warm-up, and the samples.
    """

    def timed() -> int:
        started = clock_ns()
        call()
        return clock_ns() - started

    warmup: list[int] = []
    with collector_off():
        while not is_steady(warmup):
            warmup.append(timed())
        return warmup, [timed() for _ in range(n_samples)]


@contextmanager
def collector_off() -> Iterator[None]:
    """Collect garbage now, and then not until the block ends."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
