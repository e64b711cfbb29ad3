"""``DaskRun``: one run of tasks on a Dask cluster."""

import itertools
import pickle
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from bench.errors import WorkerError
from bench.execute.child import AbandonedError
from bench.execute.crew import POLL_S, Crew, CrewMember
from bench.execute.dask_worker import Answer, run_in_child
from bench.execute.delivery import Delivery
from bench.execute.executor import Outcome, Task, WorkerDeath
from bench.execute.scheduler_calls import UnreachableError, gathered
from bench.execute.task_queue import TaskQueue

if TYPE_CHECKING:
    from distributed import Client, Future

MAX_ATTEMPTS = 2
"""A task whose child process dies is tried once more, as in the pool."""

MAX_LOSSES = 3
"""A task ends as failed when this many workers were lost while it ran."""

MAX_FAILED_STARTS = 3
"""The run ends when this many child processes in a row died before they were ready."""

_WINDOW = 2
"""A worker has a second task waiting, to start it without a round trip, if both are short."""

PREFETCH_BELOW_S = 5.0
"""A task of fewer seconds is short."""


RETIREMENT_S = 30.0
"""A worker that leaves so long before its time is over, or later, leaves as planned."""


@dataclass(slots=True)
class Session:
    """What the runs of one executor share.

    Attributes:
        prepare: the pickled preparation of a child process.
        name: no other executor has it.
        log: what children wrote.
        pace: the slowest pace so far of the tasks of each affinity, in seconds per weight.
        n_failed_starts: children that died before they were ready, since the last that did not.
    """

    prepare: bytes
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    log: list[str] = field(default_factory=list)
    pace: dict[str, float] = field(default_factory=dict)
    n_failed_starts: int = 0
    numbers: Iterator[int] = field(default_factory=itertools.count)


@dataclass(slots=True, eq=False)
class _Sent:
    index: int
    member: CrewMember
    future: "Future[Answer]"
    at: float


class DaskRun:
    """Sends tasks to workers and collects their outcomes.

    Args:
        tasks: each once.
        session: of the executor.
        client: of the cluster.
        crew: its workers.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        session: Session,
        client: "Client",
        crew: Crew,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.n_open = len(tasks)
        self._tasks = tasks
        self._session = session
        self._client = client
        self._crew = crew
        self._clock = clock
        self._queue = TaskQueue(tasks)
        self._attempts = [0] * len(tasks)
        self._n_losses = [0] * len(tasks)
        self._sent: dict[str, _Sent] = {}
        self._refused: list[Outcome] = []
        self._ended: SimpleQueue[str | None] = SimpleQueue()
        files = list(dict.fromkeys(file for task in tasks for file in task.files))
        self._delivery = Delivery(files, client, session.name, lambda: self._ended.put(None))

    def outcomes(self) -> Iterator[Outcome]:
        """Each outcome as its task ends."""
        while self.n_open:
            for member in self._crew.look():
                yield from self._lose(member)
            for member in self._crew.members.values():
                self._hand_out(member)
            self._check_refusals()
            while self._refused:
                self.n_open -= 1
                yield self._refused.pop()
            for sent, answer in self._collect():
                outcome = self._settle(sent, answer)
                self._hand_out(sent.member)  # before the caller stores this result
                if outcome is not None:
                    self.n_open -= 1
                    yield outcome

    def stop(self) -> None:
        """Cancel the tasks that run; their children end."""
        self._delivery.stop()
        for sent in self._sent.values():
            sent.future.release()
        self._sent.clear()
        for member in self._crew.members.values():
            member.tasks.clear()

    def _hand_out(self, member: CrewMember) -> None:
        if self._crew.members.get(member.address) is not member:
            return
        places = self._delivery.places_at(member)
        if places is None:
            return
        while len(member.tasks) < _WINDOW:
            others = {other.affinity for other in self._crew.members.values() if other is not member}
            index = self._queue.take(member.affinity, others)
            if index is None:
                return
            if self._forecast_s(index) > self._crew.longest_life_s:
                self._refused.append(self._refusal(index))
                continue
            if not self._should_start(index, member):
                self._queue.put_back(index)
                return
            task = self._tasks[index]
            member.affinity = task.affinity
            member.tasks.append(index)
            key = f"bench-{self._session.name}-{next(self._session.numbers)}"
            future = self._client.submit(
                run_in_child,
                self._session.name,
                self._session.prepare,
                pickle.dumps((task.function, tuple(_placed(argument, places) for argument in task.arguments))),
                key=key,
                workers=[member.address],
                pure=False,
            )
            self._sent[key] = _Sent(index, member, future, self._clock())
            future.add_done_callback(lambda ended: self._ended.put(str(ended.key)))

    def _check_refusals(self) -> None:
        members = self._crew.members.values()
        refusals = self._delivery.refusals
        if members and all(member in refusals for member in members):
            raise WorkerError(
                f"every worker must have the images; {refusals[next(iter(members))]}; free space there, or set "
                "BENCH_CACHE_DIR of the workers to a folder with room"
            )

    def _should_start(self, index: int, member: CrewMember) -> bool:
        """Whether a worker has time for a task, and the task would not wait there while it could run elsewhere."""
        forecasts = [self._forecast_s(each) for each in (*member.tasks, index)]
        may_wait = all(0 < each < PREFETCH_BELOW_S for each in forecasts)
        return (may_wait or not member.tasks) and self._clock() + sum(forecasts) < member.deadline

    def _forecast_s(self, index: int) -> float:
        """The seconds that a task takes, by the slowest of its affinity so far; 0 before there is one."""
        task = self._tasks[index]
        return self._session.pace.get(task.affinity, 0.0) * task.weight

    def _refusal(self, index: int) -> Outcome:
        reason = (
            f"a trial must end within the walltime of a worker; it takes about {self._forecast_s(index):.0f} s, and a "
            f"worker has {self._crew.longest_life_s:.0f} s; ask for jobs with more time"
        )
        return Outcome(index, self._attempts[index], error=TimeoutError(reason))

    def _collect(self) -> list[tuple[_Sent, Answer | Exception]]:
        """The tasks that have ended; waits for the first of them, ``POLL_S`` at most."""
        keys: list[str | None] = []
        try:
            keys.append(self._ended.get(timeout=POLL_S))
            while True:
                keys.append(self._ended.get_nowait())
        except Empty:
            pass
        ended = [sent for key in keys if key is not None and (sent := self._sent.pop(key, None))]
        if not ended:
            return []
        finished = [sent for sent in ended if sent.future.status == "finished"]
        try:
            answers = iter(gathered(self._client, [sent.future for sent in finished]))
            collected = [(sent, next(answers) if sent in finished else _error(sent.future)) for sent in ended]
        except UnreachableError as error:  # a worker or the scheduler left before its answers were fetched
            collected = [(sent, error) for sent in ended]
        for sent in ended:
            sent.future.release()
        return collected

    def _settle(self, sent: _Sent, answer: Answer | Exception) -> Outcome | None:
        """The outcome of a task that ended, or None if it runs again."""
        index, session = sent.index, self._session
        if index in sent.member.tasks:
            sent.member.tasks.remove(index)
        if isinstance(answer, Exception):
            self._settle_error(sent, answer)
            return None
        session.log.append(answer.log)
        if answer.prepared is None:
            self._fail_start(sent, answer.death.reason if answer.death else "", answer.log)
            return None
        session.n_failed_starts = 0
        self._attempts[index] += 1
        prepared = pickle.loads(answer.prepared)
        if answer.message is not None:
            task = self._tasks[index]
            session.pace[task.affinity] = max(session.pace.get(task.affinity, 0.0), answer.seconds / task.weight)
            value, error = pickle.loads(answer.message)
            return Outcome(index, self._attempts[index], value=value, error=error, prepared=prepared)
        if self._attempts[index] < MAX_ATTEMPTS:
            self._queue.put_back(index)
            return None
        return Outcome(index, self._attempts[index], death=answer.death, prepared=prepared)

    def _settle_error(self, sent: _Sent, error: Exception) -> None:
        """Put back a task whose worker did not run it to its end; none of that is the task's fault."""
        lost = AbandonedError, CancelledError, UnreachableError, OSError
        if not isinstance(error, lost) and type(error).__name__ != "KilledWorker":
            self._fail_start(sent, str(error), "")
        self._queue.put_back(sent.index)

    def _fail_start(self, sent: _Sent, reason: str, log: str) -> None:
        self._session.n_failed_starts += 1
        if self._session.n_failed_starts == MAX_FAILED_STARTS:
            last_line = (log.strip() or "it wrote nothing").splitlines()[-1]
            raise WorkerError(
                f"a worker process must start before it can take a trial; {MAX_FAILED_STARTS} in a row did not, the "
                f"last on {sent.member.description.host}: {reason}; it wrote: {last_line}"
            )

    def _lose(self, member: CrewMember) -> Iterator[Outcome]:
        """Put back the tasks of a worker that is gone, and charge the one that ran.

        A worker whose time was over leaves as planned. That is charged only to a task that had most of its time.
        """
        lost = [key for key, sent in self._sent.items() if sent.member is member]
        started = min((self._sent[key].at for key in lost), default=0.0)
        for key in lost:
            self._sent.pop(key).future.release()
        for index in reversed(member.tasks[1:]):
            self._queue.put_back(index)
        for index in member.tasks[:1]:
            was_planned = self._clock() > member.deadline - RETIREMENT_S
            had_most = self._clock() - started > (member.deadline - member.joined) / 2
            if not was_planned or had_most:
                self._n_losses[index] += 1
                self._attempts[index] += 1
            if self._n_losses[index] < MAX_LOSSES:
                self._queue.put_back(index)
                continue
            self.n_open -= 1
            reason = f"{MAX_LOSSES} Dask workers ended while they ran it, the last on {member.description.host}"
            if was_planned:
                reason += f" at its walltime, {self._clock() - started:.0f} s after the trial had started"
            yield Outcome(index, self._attempts[index], death=WorkerDeath(reason))


def _error(future: "Future[Answer]") -> Exception:
    error = future.exception()
    return error if isinstance(error, Exception) else CancelledError()


def _placed(argument: object, places: Mapping[Path, Path]) -> object:
    return places.get(argument, argument) if isinstance(argument, Path) else argument
