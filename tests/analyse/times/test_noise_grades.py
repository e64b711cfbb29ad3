import numpy as np
import pytest

from bench.analyse.times.noise_grades import Grade, judge_noise, worst
from bench.records import Counters

QUIET = Counters(wall_s=1.0, own_cpu_s=1.9, involuntary_switches=100, n_cores=2, busy_cpu_s=1.92, steal_s=0.0, mhz=2600)


def steady_rounds(*levels: float) -> list[np.ndarray]:
    draw = np.random.default_rng(0)
    return [(1e7 * level * draw.normal(1, 0.01, 20)).astype(np.int64) for level in levels or (1.0, 1.0, 1.0)]


def counters(**changes: float | None) -> list[Counters]:
    values = {name: getattr(QUIET, name) for name in Counters.__dataclass_fields__}
    return [Counters(**{**values, **changes})] * 3


def test_quiet_samples_on_a_quiet_machine_are_steady_without_a_reason() -> None:
    verdict = judge_noise(steady_rounds(), counters())
    assert (verdict.grade, verdict.reasons) == (Grade.STEADY, ())


@pytest.mark.parametrize(
    ("changes", "grade", "reason"),
    [
        ({"busy_cpu_s": 2.2}, Grade.NOISY, "other processes used 15% of the cores' time"),
        ({"busy_cpu_s": 3.0}, Grade.UNUSABLE, "other processes used 55% of the cores' time"),
        ({"steal_s": 0.1}, Grade.NOISY, "the hypervisor took 5.0% of the cores' time"),
        ({"involuntary_switches": 10**5}, Grade.UNUSABLE, "interrupted 52632 times per second"),
    ],
)
def test_what_the_machine_did_beside_turns_the_verdict_and_is_named_with_what_to_do(
    changes: dict[str, float | None], grade: Grade, reason: str
) -> None:
    verdict = judge_noise(steady_rounds(), counters(**changes))
    assert verdict.grade is grade
    (only,) = verdict.reasons
    assert reason in only
    assert only.endswith(")")


def test_a_frequency_that_changes_is_noise() -> None:
    slow, fast = counters(mhz=2000), counters(mhz=2600)
    assert "frequency changed by 23%" in str(judge_noise(steady_rounds(), [*slow, *fast]))


@pytest.mark.parametrize(("levels", "grade"), [((1.0, 1.3, 1.0), Grade.NOISY), ((1.0, 3.0, 1.0), Grade.UNUSABLE)])
def test_rounds_that_drift_apart_are_noise_though_each_is_quiet(levels: tuple[float, ...], grade: Grade) -> None:
    verdict = judge_noise(steady_rounds(*levels), counters())
    assert verdict.grade is grade
    assert "the rounds' medians differ by" in str(verdict)


def test_outliers_and_spread_quartiles_are_noise() -> None:
    (samples,) = steady_rounds(1.0)
    few = np.where(np.arange(20) < 4, samples * 3, samples)
    half = np.where(np.arange(20) % 2 == 0, samples * 3, samples)
    assert "20% of the samples are outliers" in str(judge_noise([few], counters()))
    assert "the quartiles are" in str(judge_noise([half], counters()))


def test_what_the_system_does_not_tell_or_too_short_a_time_is_not_held_against_a_figure() -> None:
    unknown = counters(busy_cpu_s=None, steal_s=None, mhz=None)
    brief = [Counters(wall_s=0.1, own_cpu_s=0.1, involuntary_switches=0, n_cores=2, busy_cpu_s=0.2, steal_s=0.1)]
    assert judge_noise(steady_rounds(), unknown).grade is Grade.STEADY
    assert judge_noise(steady_rounds(), brief).grade is Grade.STEADY
    assert judge_noise(steady_rounds(), []).grade is Grade.STEADY


def test_a_study_is_as_good_as_its_worst_figure() -> None:
    steady, noisy = judge_noise(steady_rounds(), counters()), judge_noise(steady_rounds(), counters(steal_s=0.1))
    assert worst([steady, noisy, steady]) is Grade.NOISY
    assert worst([]) is Grade.STEADY
