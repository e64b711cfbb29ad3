"""``FreshProcesses``: measures each task in a new process, prepared beside others and measured alone."""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

from bench.execute import Outcome, PoolExecutor, Task
from bench.timing import FIT_PARTS, TimingTask, measure_network, prepare_network, prepare_process
from bench.train.backend_registry import BACKENDS, DEFAULT_BACKEND

BYTES_PER_PROCESS = 1 << 30
"""Kept free for each process that is prepared: TensorFlow, and a network with its optimizer."""


class FreshProcesses:
    """Measures each task in a process of its own, which ends after its answer.

    Starting a process, building its network and tracing it takes longer than measuring a small network, and leaves
    cores idle. So the processes of the announced tasks are prepared side by side, as many as memory allows, before the
    first of them is measured. While a task is measured, the prepared processes wait without using a core. A task
    whose costs are measured, or that fits with Keras, is prepared when it is measured, since its preparation is part of
    its figures.

    Args:
        available_bytes: the memory that new processes may use.
    """

    def __init__(self, available_bytes: Callable[[], int]) -> None:
        self._available_bytes = available_bytes
        self._announced: list[TimingTask] = []
        self._prepared: dict[TimingTask, PoolExecutor] = {}

    def prepare(self, tasks: Sequence[TimingTask]) -> None:
        """See ``timing_pass.Isolated``."""
        self.close()
        self._announced = [task for task in tasks if task.parts[0] not in FIT_PARTS and not task.with_costs]

    def measure(self, task: TimingTask) -> Outcome:
        """See ``timing_pass.Isolated``."""
        if task in self._announced:
            self._prepare_next(self._announced.index(task))
        with self._prepared.pop(task, None) or _process(task) as alone:
            (outcome,) = alone.run([Task(measure_network, (task,))])
            return outcome

    def close(self) -> None:
        """End the processes that are prepared and were not measured."""
        self._announced = []
        while self._prepared:
            with self._prepared.popitem()[1]:
                pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare_next(self, start: int) -> None:
        n_at_once = max(1, self._available_bytes() // BYTES_PER_PROCESS)
        tasks = self._announced[start : start + n_at_once]
        self._announced = self._announced[start + n_at_once :]
        pools = [_process(task) for task in tasks]
        with contextlib.ExitStack() as unused:
            for pool in pools:
                unused.enter_context(pool)
            with ThreadPoolExecutor(len(tasks)) as threads:
                outcomes = list(threads.map(_prepare, pools, tasks))
            unused.pop_all()
        for task, pool, outcome in zip(tasks, pools, outcomes, strict=True):
            if outcome.error is None and outcome.death is None:
                self._prepared[task] = pool
            else:  # measured in another process, which reports what is wrong
                with pool:
                    pass


def _process(task: TimingTask) -> PoolExecutor:
    prepare = partial(prepare_process, task.threads, task.cpus, task.parts[0] in FIT_PARTS)
    return PoolExecutor(1, prepare, max_attempts=1, preload=BACKENDS.get(DEFAULT_BACKEND)().preload)


def _prepare(pool: PoolExecutor, task: TimingTask) -> Outcome:
    (outcome,) = pool.run([Task(prepare_network, (task,))])
    return outcome
