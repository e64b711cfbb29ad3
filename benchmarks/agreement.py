"""The repeatability of ``bench time`` on this machine: how often two timings of the same network agree.

    python -m benchmarks.agreement [--repetitions 10] [--rounds 5] [--samples 12]

Each repetition times the training step of `paper_small` at 70x70x3 twice, in two separate studies, as
``python -m bench time --parts step`` does. It prints both medians with their 95 % intervals, whether the intervals
overlap, and whether each median is inside the other's interval. The last line counts the repetitions for which these
hold.
"""

import argparse
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from bench import pipeline
from bench.analyse.times.step_times import median_ms, rounds_of, verdict_of
from bench.environment import available_bytes, usable_cpus
from bench.fresh_processes import FreshProcesses
from bench.progress import Progress
from bench.store import Store
from bench.sweeps import load_sweep
from bench.timing_pass import TimingSchedule
from bench.training_pass import training_executor

ONE_NETWORK = ('grid=[{architecture="paper_small"}]', "input_shape=[70,70,3]", "data.source=phantom")


def timed(schedule: TimingSchedule) -> pd.DataFrame:
    """The measurements of a study of its own."""
    with (
        TemporaryDirectory() as folder,
        training_executor("pool", 1) as executor,
        FreshProcesses(available_bytes) as isolated,
    ):
        study, _ = pipeline.time_sweep(
            *(load_sweep("smoke", (*ONE_NETWORK, "protocol.batch_size=32")), None, Path(folder), schedule, executor),
            *(Path(folder, "cache"), Progress(io.StringIO()), isolated),
        )
        with Store.open_existing(study) as store:
            return store.measurements()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=12)
    arguments = parser.parse_args()
    cpus = usable_cpus()
    schedule = TimingSchedule(threads=(len(cpus),), cpus=cpus, n_rounds=arguments.rounds, n_samples=arguments.samples)
    draw = np.random.default_rng(0)
    n_overlapping = n_inside = 0
    for repetition in range(arguments.repetitions):
        passes = [timed(schedule) for _ in range(2)]
        one, other = (median_ms(rounds_of(each), draw) for each in passes)
        overlap = one.low <= other.high and other.low <= one.high
        inside = one.low <= other.value <= one.high and other.low <= one.value <= other.high
        n_overlapping, n_inside = n_overlapping + overlap, n_inside + inside
        shown = [f"{each.value:.2f} [{each.low:.2f}, {each.high:.2f}] ms" for each in (one, other)]
        grades = ", ".join(verdict_of(each).grade for each in passes)
        print(
            f"{repetition + 1:2}: {' against '.join(shown)}: {'overlap' if overlap else 'no overlap'}, "
            f"{'medians inside' if inside else 'medians not inside'} ({grades})",
            flush=True,
        )
    print(
        f"of {arguments.repetitions} repetitions, {n_overlapping} have overlapping intervals, "
        f"{n_inside} have each median inside the other's interval"
    )


if __name__ == "__main__":
    main()
