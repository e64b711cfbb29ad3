"""Do two timings of one thing agree within their intervals? The repeatability of ``bench time`` on this machine.

    python -m benchmarks.agreement [--repetitions 10] [--rounds 5] [--samples 12]

A repetition times the training step of `paper_small` at 70x70x3 twice, one study after the other, each as
``python -m bench time --parts step`` does. Printed are both medians with their 95 % intervals, whether the intervals
share a value, and whether each median lies in the other's interval; at the end, how many repetitions did.
"""

import argparse
import io
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from bench import pipeline
from bench.analyse.times.step_times import median_ms, rounds_of, verdict_of
from bench.environment import usable_cpus
from bench.execute import PoolExecutor
from bench.progress import Progress
from bench.store import Store
from bench.sweeps import load_sweep
from bench.timing_pass import Schedule, in_fresh_process
from bench.train.tensorflow_backend.runtime import configure

ONE_NETWORK = ('grid=[{architecture="paper_small"}]', "input_shape=[70,70,3]", "data.source=phantom")


def timed(schedule: Schedule) -> pd.DataFrame:
    """The measurements of a study of its own."""
    with TemporaryDirectory() as folder, PoolExecutor(1, partial(configure, 1)) as executor:
        study, _ = pipeline.time_sweep(
            *(load_sweep("smoke", (*ONE_NETWORK, "protocol.batch_size=32")), None, Path(folder), schedule, executor),
            *(Path(folder, "cache"), Progress(io.StringIO()), in_fresh_process),
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
    schedule = Schedule(threads=(len(cpus),), cpus=cpus, n_rounds=arguments.rounds, n_samples=arguments.samples)
    draw = np.random.default_rng(0)
    n_shared = n_within = 0
    for repetition in range(arguments.repetitions):
        passes = [timed(schedule) for _ in range(2)]
        one, other = (median_ms(rounds_of(each), draw) for each in passes)
        shares = one.low <= other.high and other.low <= one.high
        within = one.low <= other.value <= one.high and other.low <= one.value <= other.high
        n_shared, n_within = n_shared + shares, n_within + within
        shown = [f"{each.value:.2f} [{each.low:.2f}, {each.high:.2f}] ms" for each in (one, other)]
        print(
            f"{repetition + 1:2}: {' against '.join(shown)}: {'shared' if shares else 'apart'}, "
            f"{'within' if within else 'not within'} ({', '.join(verdict_of(each).grade for each in passes)})",
            flush=True,
        )
    print(
        f"of {arguments.repetitions} repetitions {n_shared} have intervals that share a value, "
        f"{n_within} have each median in the other's interval"
    )


if __name__ == "__main__":
    main()
