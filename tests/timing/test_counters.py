import os
import subprocess
import sys
import time

import numpy as np

from bench.analyse.times.noise_grades import Grade, judge_noise
from bench.timing.counters import counters_since, snapshot


def spin(cpu_s: float) -> None:
    end = time.process_time() + cpu_s
    while time.process_time() < end:
        pass


def test_own_processor_time_and_wall_time_are_told_apart() -> None:
    before = snapshot()
    spin(0.3)
    time.sleep(0.3)
    counters = counters_since(before)

    assert counters.wall_s >= 0.6
    assert 0.25 <= counters.own_cpu_s <= counters.wall_s


def test_a_background_load_turns_the_verdict_to_noisy_or_worse() -> None:
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        time.sleep(0.2)  # until they run
        before = snapshot()
        spin(0.6)
        counters = counters_since(before)
    finally:
        for other in others:
            other.kill()
            other.wait()

    verdict = judge_noise([np.full(20, 10**7)], [counters])

    assert verdict.grade is not Grade.STEADY
    assert "other processes used" in str(verdict)
