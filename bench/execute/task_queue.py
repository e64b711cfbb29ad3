"""``TaskQueue``: the order in which idle workers take tasks. It affects times only; no number depends on it."""

from collections import deque
from collections.abc import Sequence

from bench.execute.executor import Task


class TaskQueue:
    """The tasks that have not started, grouped by affinity.

    A worker keeps the affinity whose code it has compiled. Otherwise it takes the heaviest group that no worker works
    on. If workers are on all groups, it takes the heaviest remaining group.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._groups: dict[str, deque[int]] = {}
        for index, task in enumerate(tasks):
            self._groups.setdefault(task.affinity, deque()).append(index)

    def take(self, own: str | None, others: set[str | None]) -> int | None:
        """The index of the next task for a worker, or None if nothing is left to start.

        Args:
            own: the affinity that the worker has compiled, None for a new worker.
            others: the affinities that the other workers work on.
        """
        open_groups = [affinity for affinity, group in self._groups.items() if group]
        if not open_groups:
            return None
        if own in open_groups:
            chosen = own
        else:
            unclaimed = [affinity for affinity in open_groups if affinity not in others]
            chosen = max(unclaimed or open_groups, key=self._remaining_weight)
        return self._groups[chosen].popleft()

    def put_back(self, index: int) -> None:
        """Put back a task whose worker died, as the next task of its group."""
        self._groups[self._tasks[index].affinity].appendleft(index)

    def _remaining_weight(self, affinity: str) -> float:
        return sum(self._tasks[index].weight for index in self._groups[affinity])
