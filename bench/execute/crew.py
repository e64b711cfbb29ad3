"""``Crew``: the workers of a Dask cluster, as the scheduler lists them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.environment import package_version
from bench.errors import WorkerError
from bench.execute.clusters import Cluster, Connection
from bench.execute.dask_worker import Description, describe_worker
from bench.execute.scheduler_calls import CALL_S, UnreachableError, listed_workers, run_on

POLL_S = 2.0
"""How often the scheduler is asked for its workers."""


@dataclass(slots=True, eq=False)
class CrewMember:
    """A worker.

    Attributes:
        address: of the worker.
        process: a name that another process at the same address does not have.
        description: as the worker describes itself.
        joined: when it was first seen, by the driver's clock.
        deadline: when it reaches its ``--lifetime`` or its job ends; infinite if it has no such limit.
        affinity: of its last task.
        tasks: the indices of the tasks that were sent to it, the running one first.
    """

    address: str
    process: str
    description: Description
    joined: float
    deadline: float
    affinity: str | None = None
    tasks: list[int] = field(default_factory=list)


class Crew:
    """Keeps track of the workers.

    Attributes:
        members: the workers by address.
        longest_life_s: the most time that a worker had left when it joined.

    Args:
        cluster: where they come from.
        connection: to the cluster.
        clock: seconds, monotonic.
    """

    def __init__(self, cluster: Cluster, connection: Connection, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster = cluster
        self._connection = connection
        self._clock = clock
        self._next_look = clock()
        self._answered = self._manned = clock()
        self.members: dict[str, CrewMember] = {}
        self.longest_life_s = 0.0

    def look(self) -> list[CrewMember]:
        """Ask the scheduler for the workers, once per ``POLL_S``.

        Returns:
            The workers that are gone.

        Raises:
            WorkerError: the scheduler has not answered for ``CALL_S``, there has been no worker for the cluster's
                ``wait_s``, or a worker runs another version of this package.
        """
        now = self._clock()
        if now < self._next_look:
            return []
        self._next_look = now + POLL_S
        listed = self._listed(now)
        if listed is None:
            return []
        gone = [member for member in self.members.values() if listed.get(member.address) != member.process]
        for member in gone:
            del self.members[member.address]
        room = None if self._cluster.n_workers is None else self._cluster.n_workers - len(self.members)
        new = [address for address in listed if address not in self.members][:room]
        self._enlist({address: listed[address] for address in new})
        if self.members:
            self._manned = now
        elif now - self._manned > self._cluster.wait_s:
            raise WorkerError(
                f"a cluster must have a worker; {self._cluster.name} has had none for {self._cluster.wait_s:.0f} s; "
                "look at its queue and the logs of its workers, then rerun the same command to resume"
            )
        if self._cluster.n_workers is not None and len(self.members) < self._cluster.n_workers:
            self._connection.keep(self._cluster.n_workers)
        return gone

    def _listed(self, now: float) -> dict[str, str] | None:
        """The process of each address, or None if the scheduler does not answer."""
        try:
            workers = listed_workers(self._connection.client)
        except UnreachableError as error:
            if self._connection.client.status == "closed" or self._clock() - self._answered > CALL_S:
                raise WorkerError(
                    f"the Dask scheduler must stay reachable; {self._cluster.name} has not answered for "
                    f"{CALL_S:.0f} s; finished trials are stored; rerun the same command to resume"
                ) from error
            return None
        self._answered = now
        return {
            address: str(worker["local_directory"])
            for address, worker in workers.items()
            if worker["status"] in ("running", "paused")
        }

    def _enlist(self, processes: dict[str, str]) -> None:
        if not processes:
            return
        try:
            answers = run_on(self._connection.client, list(processes), describe_worker)
        except UnreachableError:  # they are listed again when it answers
            return
        for address, process in processes.items():
            answer = answers.get(address)
            if isinstance(answer, Exception | None):
                if isinstance(answer, OSError | None):  # it left meanwhile
                    continue
                raise WorkerError(
                    f"every Dask worker must have param-scaling-bench {package_version()} installed; {address}: "
                    f"{answer}; install it in the environment of the workers"
                )
            if answer.version != package_version():
                raise WorkerError(
                    f"every Dask worker must have param-scaling-bench {package_version()} installed; {address} on "
                    f"{answer.host} has {answer.version}; install the same version"
                )
            lasts_s = float("inf") if answer.remaining_s is None else answer.remaining_s
            now = self._clock()
            self.members[address] = CrewMember(address, process, answer, now, now + lasts_s)
            self.longest_life_s = max(self.longest_life_s, lasts_s)
