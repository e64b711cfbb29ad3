from hypothesis import given
from hypothesis import strategies as st

from bench.timing.warm_up import MAX_WARMUP, MIN_WARMUP, is_steady, sample


class Clock:
    """Reads the given durations off one call after the other; the last one from then on."""

    def __init__(self, durations_ns: list[int]) -> None:
        self._durations = list(durations_ns)
        self._now = 0
        self._starts = True

    def __call__(self) -> int:
        if not self._starts:
            self._now += self._durations.pop(0) if len(self._durations) > 1 else self._durations[0]
        self._starts = not self._starts
        return self._now


@given(st.lists(st.integers(1, 10**9), max_size=MIN_WARMUP - 1))
def test_nothing_is_steady_before_six_samples(warmup_ns: list[int]) -> None:
    assert not is_steady(warmup_ns)


@given(st.lists(st.integers(1, 10**9), min_size=MAX_WARMUP, max_size=MAX_WARMUP))
def test_warm_up_ends_after_thirty_samples_whatever_they_are(warmup_ns: list[int]) -> None:
    assert is_steady(warmup_ns)


def test_times_that_still_fall_go_on_warming_up() -> None:
    assert not is_steady([100, 90, 80, 70, 60, 50])
    assert not is_steady([100, 90, 80, 80, 80, 78])
    assert is_steady([100, 90, 80, 80, 78, 78, 78])
    assert is_steady([100, 50, 50, 50, 50, 50])


def test_a_slow_start_stays_among_the_warm_up_and_out_of_the_samples() -> None:
    warmup, samples = sample(lambda: None, 20, Clock([900, 500, 300, 200, 150, 120, 100, 100, 100, 100]))

    assert warmup == [900, 500, 300, 200, 150, 120, 100, 100, 100, 100, 100]
    assert samples == [100] * 20


def test_every_call_is_one_sample() -> None:
    calls: list[None] = []

    warmup, samples = sample(lambda: calls.append(None), 7, Clock([5]))

    assert len(calls) == len(warmup) + len(samples) == MIN_WARMUP + 7
