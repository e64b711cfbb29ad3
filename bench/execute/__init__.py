"""The executor seam: where tasks run. Parallelism never changes a number.

task.py       what is handed to an executor and what comes back
schedule.py   which task an idle worker takes next
inline.py     in this process, one after another: for debugging
pool.py       in local worker processes, each with one intra-op thread
worker.py     what a worker process does
preload.py    imported once by the fork server, so that a worker starts with TensorFlow imported
"""

from bench.execute.executor import Executor, Outcome, Task, WorkerDeath
from bench.execute.inline import InlineExecutor
from bench.execute.pool import PoolExecutor

__all__ = ["Executor", "InlineExecutor", "Outcome", "PoolExecutor", "Task", "WorkerDeath"]
