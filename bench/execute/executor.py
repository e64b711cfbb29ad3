"""What is handed to an executor, and what comes back."""

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
    """A worker process that ended in the middle of a task, and how."""

    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended: a value, the exception it raised, or the death of the worker in its last attempt.

    ``index`` is the task's position in the sequence handed to ``Executor.run``.
    """

    index: int
    attempts: int
    value: Any = None
    error: BaseException | None = None
    death: WorkerDeath | None = None


class Executor(Protocol):
    """Runs tasks and yields their outcomes as they end, in any order.

    What an implementation promises, and ``tests/execute`` checks of each one:

    - every task of a ``run`` yields exactly one outcome;
    - an exception in a task is an outcome, not an exception of ``run``, and the other tasks go on;
    - closing (``close``, leaving the ``with`` block, or abandoning the iterator) ends running tasks and leaves no
      worker behind.
    """

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Run the tasks; a second call runs further tasks on the same workers."""
        ...

    def log(self) -> str:
        """What the tasks so far wrote to standard error where nobody saw it, tracebacks among it."""
        ...

    def close(self) -> None:
        """End the workers; a second call does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
