"""Executors decide where tasks run. Parallelism never changes a number.

executor.py           ``Executor``: its contract; the tasks it runs and their outcomes
executor_registry.py  name -> executor
inline.py             in this process, one task after another: for debugging
pool.py               in worker processes on this machine
worker.py             the main loop of a worker process
dask_executor.py      in child processes of the workers of a Dask cluster
clusters.py           the Dask cluster: a running one, one that a file describes, one on this machine
crew.py               its workers, as the scheduler lists them
dask_run.py           one run of tasks on it
dask_worker.py        the functions that run in a Dask worker
child.py              the child process of a Dask worker
task_queue.py         the order in which idle workers take tasks
out_of_memory.py      detects failures for lack of memory
"""

from bench.execute.executor import Executor, Outcome, Task, WorkerDeath
from bench.execute.executor_registry import EXECUTORS
from bench.execute.inline import InlineExecutor
from bench.execute.out_of_memory import is_out_of_memory, lacked_memory
from bench.execute.pool import PoolExecutor

__all__ = [
    "EXECUTORS",
    "Executor",
    "InlineExecutor",
    "Outcome",
    "PoolExecutor",
    "Task",
    "WorkerDeath",
    "is_out_of_memory",
    "lacked_memory",
]
