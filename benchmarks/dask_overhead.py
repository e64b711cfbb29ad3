"""What the Dask executor costs beside the trials.

    python -m benchmarks.dask_overhead [--workers 64] [--seconds 1] [--rounds 10] [--tasks 2000]

driver       processor time of the driver per task, over tasks that return at once, on two worker processes
busy share   how much of the time the workers spend in tasks that sleep for --seconds, over --rounds tasks per worker;
             the scheduler and all workers are threads of one process, and their children are processes, as are the
             workers of the pool, which is measured too, since other load on the machine lowers both
"""

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.execute import EXECUTORS, Executor, Task
from bench.execute.clusters import RunningCluster
from bench.execute.executor_registry import dask_executor

SIMULATED = """
import sys, time
from distributed import LocalCluster
cluster = LocalCluster(n_workers=int(sys.argv[1]), threads_per_worker=1, processes=False, protocol="tcp://",
                       dashboard_address=":0")
print(cluster.scheduler_address, flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def simulated(n_workers: int) -> Iterator[str]:
    """A cluster of so many workers in one other process; each has a child process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", SIMULATED, str(n_workers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def driver_ms(executor: Executor, n_tasks: int) -> tuple[float, float]:
    """Milliseconds per task: the driver's processor time, and wall time."""
    list(executor.run([Task(time.sleep, (0,))] * 4 * executor.n_workers))
    started, started_cpu = time.perf_counter(), time.process_time()
    n_ended = sum(outcome.error is None for outcome in executor.run([Task(time.sleep, (0,))] * n_tasks))
    assert n_ended == n_tasks
    return (time.process_time() - started_cpu) / n_tasks * 1e3, (time.perf_counter() - started) / n_tasks * 1e3


def busy_share(executor: Executor, seconds: float, n_rounds: int) -> float:
    """The share of their time that workers spend in tasks."""
    list(executor.run([Task(time.sleep, (seconds,))] * 2 * executor.n_workers))
    n_tasks = n_rounds * executor.n_workers
    started = time.perf_counter()
    n_ended = sum(outcome.error is None for outcome in executor.run([Task(time.sleep, (seconds,))] * n_tasks))
    assert n_ended == n_tasks
    return n_rounds * seconds / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--tasks", type=int, default=2000)
    arguments = parser.parse_args()
    with EXECUTORS.get("dask")(2, dict, ()) as executor:
        cpu_ms, wall_ms = driver_ms(executor, arguments.tasks)
    print(
        f"driver: {cpu_ms:.1f} ms of processor time per task ({wall_ms:.1f} ms of wall time on 2 workers)", flush=True
    )
    with simulated(arguments.workers) as address, dask_executor(RunningCluster(address), dict) as executor:
        share = busy_share(executor, arguments.seconds, arguments.rounds)
    with EXECUTORS.get("pool")(arguments.workers, dict, ()) as pool:
        in_pool = busy_share(pool, arguments.seconds, arguments.rounds)
    print(
        f"busy share: {share:.3f} of {arguments.workers} workers, tasks of {arguments.seconds:g} s; pool {in_pool:.3f}"
    )


if __name__ == "__main__":
    main()
