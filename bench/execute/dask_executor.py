"""``DaskExecutor``: tasks in child processes of the workers of a Dask cluster."""

import contextlib
import pickle
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self

from bench.execute.clusters import Cluster, Connection
from bench.execute.crew import Crew
from bench.execute.dask_run import DaskRun, Session
from bench.execute.dask_worker import end_session, start_session
from bench.execute.executor import Outcome, Task
from bench.execute.scheduler_calls import UnreachableError, run_on


class DaskExecutor:
    """Runs tasks on the workers of a Dask cluster, each in a child process of its worker.

    The driver decides which worker runs which task, by the ``TaskQueue`` of the pool, and binds each task to its
    worker. So neither the scheduler's settings nor its work stealing matter, and the loss of a worker is charged to the
    task that ran there and to no other.

    Args:
        cluster: where the workers are. It is connected to at once, so jobs wait in their queue while data is read.
        prepare: sets up the runtime in each child, given the number of workers; picklable.

    Raises:
        WorkerError: the cluster does not start or its scheduler does not answer; or, from ``run``, it has no workers,
            or they cannot run tasks.
    """

    def __init__(self, cluster: Cluster, prepare: Callable[..., Any]) -> None:
        self._cluster = cluster
        self._open: tuple[Connection, Crew] | None = None
        connection, crew = self._connect()
        crew.look()
        self._session = Session(pickle.dumps(partial(prepare, workers=self.n_workers)))
        with contextlib.suppress(UnreachableError):  # its tasks start it
            run_on(connection.client, list(crew.members), start_session, self._session.name, self._session.prepare)

    @property
    def n_workers(self) -> int:
        """The number of workers asked for, or that a running cluster has."""
        n_seen = 0 if self._open is None else len(self._open[1].members)
        return self._cluster.n_workers or max(1, n_seen)

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Run the tasks on the cluster; yield each outcome as its task ends."""
        connection, crew = self._connect()
        run = DaskRun(tasks, self._session, connection.client, crew)
        try:
            yield from run.outcomes()
        finally:
            run.stop()
            if run.n_open:
                self.close()

    def log(self) -> str:
        """The text that the children wrote."""
        return "".join(self._session.log)

    def close(self) -> None:
        """End the children, and the cluster if it was started here."""
        if self._open is None:
            return
        (connection, crew), self._open = self._open, None
        with contextlib.suppress(UnreachableError):  # a child that cannot be reached ends by itself
            run_on(connection.client, list(crew.members), end_session, self._session.name)
        connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connect(self) -> tuple[Connection, Crew]:
        if self._open is None:
            connection = self._cluster.connect()
            self._open = connection, Crew(self._cluster, connection)
        return self._open
