"""``InlineExecutor``, for debugging: runs every task in this process, in order, under a worker's runtime settings."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from bench.execute.executor import Outcome, Task


class InlineExecutor:
    """Runs each task in this process.

    Args:
        prepare: sets the runtime up; called once before the first task.
    """

    n_workers = 1

    def __init__(self, prepare: Callable[[], Any]) -> None:
        self._prepare: Callable[[], Any] | None = prepare
        self._prepared: Any = None

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Run the tasks in order; each outcome is yielded before the next task starts."""
        if tasks and self._prepare is not None:
            self._prepared = self._prepare()
            self._prepare = None
        for index, task in enumerate(tasks):
            try:
                outcome = Outcome(index, attempts=1, value=task.function(*task.arguments), prepared=self._prepared)
            except Exception as error:  # a task's exception is its outcome
                outcome = Outcome(index, attempts=1, error=error, prepared=self._prepared)
            yield outcome

    def log(self) -> str:
        """Nothing: the tasks wrote to this process's own standard error."""
        return ""

    def close(self) -> None:
        """Nothing to release."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
