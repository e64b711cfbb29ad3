"""The executor for debugging: everything in this process, in order, under the same runtime settings as a worker."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from bench.execute.executor import Outcome, Task


class InlineExecutor:
    """Runs each task where it stands.

    Args:
        prepare: called once before the first task, such as ``runtime.configure`` with one thread.
    """

    def __init__(self, prepare: Callable[[], None]) -> None:
        self._prepare: Callable[[], None] | None = prepare

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Run the tasks in order; each outcome is yielded before the next task starts."""
        if tasks and self._prepare is not None:
            self._prepare()
            self._prepare = None
        for index, task in enumerate(tasks):
            try:
                outcome = Outcome(index, attempts=1, value=task.function(*task.arguments))
            except Exception as error:  # the seam: a task's exception is its outcome
                outcome = Outcome(index, attempts=1, error=error)
            yield outcome

    def log(self) -> str:
        """Nothing: the tasks wrote to this process' own standard error."""
        return ""

    def close(self) -> None:
        """Nothing to release."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
