"""Executors: where tasks run. Parallelism never changes a number.

executor.py           ``Executor``: what it promises, what is handed to it, what comes back
executor_registry.py  name -> executor
inline.py             in this process, one task after another: for debugging
pool.py               in worker processes on this machine
worker.py             what a worker process does
task_queue.py         which task an idle worker takes next
out_of_memory.py      whether something failed for lack of memory
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
