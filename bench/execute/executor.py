"""``Executor``: where tasks run; what is handed to it, and what comes back."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self


@dataclass(frozen=True, slots=True)
class Task:
    """A call to make in some process: ``function(*arguments)``, picklable.

    Tasks of one ``affinity`` share compiled code, so a worker prefers to stay with it. ``weight`` is the expected
    duration in any unit; the heaviest work starts first, so that no worker is left with it at the end.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    affinity: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class WorkerDeath:
    """A worker process that ended in the middle of a task.

    Attributes:
        reason: how it ended, in words.
        out_of_memory: whether there is evidence that the system ended it for its memory; a signal alone is none.
    """

    reason: str
    out_of_memory: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended: a value, the exception it raised, or the death of the worker in its last attempt.

    Attributes:
        index: the task's position in the sequence handed to ``Executor.run``.
        attempts: how often the task was started.
        value: what the function returned.
        error: the exception that it raised.
        death: how the worker of the last attempt died.
        prepared: what the executor's ``prepare`` returned in the process that ran the task.
    """

    index: int
    attempts: int
    value: Any = None
    error: BaseException | None = None
    death: WorkerDeath | None = None
    prepared: Any = None


class Executor(Protocol):
    """Runs tasks and yields their outcomes as they end, in any order.

    What an implementation promises; ``tests/execute/test_executor_contract.py`` checks it of every registered one:

    - every task of a ``run`` yields exactly one outcome, and a worker starts tasks of one affinity in their order;
    - an exception in a task is an outcome, not an exception of ``run``, and the other tasks go on;
    - every outcome carries what ``prepare`` returned in the process that ran its task;
    - a second ``run`` uses the same workers;
    - closing (``close``, leaving the ``with`` block, or abandoning the iterator) ends running tasks and leaves no
      worker behind. A ``run`` after ``close`` starts new workers.

    Attributes:
        n_workers: how many tasks run side by side at most.
    """

    n_workers: int

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Run the tasks; a second call runs further tasks on the same workers."""
        ...

    def log(self) -> str:
        """What the tasks so far wrote to a standard error that nobody saw, tracebacks included."""
        ...

    def close(self) -> None:
        """End the workers; a second call does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
