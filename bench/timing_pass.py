"""Times networks in rounds. Each measurement runs in a new process and is stored as soon as it exists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol as Interface
from typing import TypeVar

from bench.environment import cpu_model, usable_cpus
from bench.execute import Outcome, lacked_memory
from bench.progress import Progress
from bench.records import InputShape, Measurement, Network, Protocol, TimedPart
from bench.store import Store
from bench.timing import FIT_PARTS, FitData, TimingTask, check_cpus


class Isolated(Interface):
    """Measures in fresh processes; ``Outcome.prepared`` is the ``Environment`` of the process."""

    def prepare(self, tasks: Sequence[TimingTask]) -> None:
        """Announce the next tasks, in their order. Processes may be prepared before the first is measured."""
        ...

    def measure(self, task: TimingTask) -> Outcome:
        """Measure a task, announced or not, in a process of its own; nothing else runs meanwhile."""
        ...


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TimingSchedule:
    """How a pass measures: the number of rounds, the samples of each part in each round, the cores.

    The pass of ``run`` takes 3 rounds of 17 samples of the training step. ``time`` measures every part.
    """

    parts: tuple[TimedPart, ...] = (TimedPart.STEP,)
    threads: tuple[int, ...] = (1,)
    cpus: tuple[int, ...] = (0,)
    n_rounds: int = 3
    n_samples: int = 17
    with_costs: bool = False


@dataclass(frozen=True, slots=True)
class Remarks:
    """The remarks about a pass: one line per failed measurement, and one per halved batch."""

    failed: tuple[str, ...]
    halved: tuple[str, ...]


def time_networks(
    engines: Sequence[tuple[Network, Protocol]], store: Store, progress: Progress, isolated: Isolated
) -> Remarks:
    """Time the training step of each network without a stored time on this machine; nothing else runs."""
    cpus = check_cpus((), None, usable_cpus())
    schedule = TimingSchedule(threads=(len(cpus),), cpus=cpus)
    timed = store.timed_engines(len(cpus), cpu_model(), schedule.n_rounds)
    missing = [(network, protocol) for network, protocol in engines if (network.key, protocol) not in timed]
    return measure(missing, schedule, {}, store, progress, isolated)


def measure(
    engines: Sequence[tuple[Network, Protocol]],
    schedule: TimingSchedule,
    fit_data: Mapping[InputShape, FitData],
    store: Store,
    progress: Progress,
    isolated: Isolated,
) -> Remarks:
    """Measure every network in every round, with networks interleaved; nothing else of the harness runs meanwhile.

    A step that does not fit into memory is tried again with half the batch, which is reported and recorded. All rounds
    of one figure have the same batch size: if a batch first fails to fit in a later round, all rounds of that network
    are measured again, in another pass. A batch holds no more examples than the study has images.

    Args:
        engines: the networks and protocols to time.
        schedule: rounds, samples, parts and cores.
        fit_data: by input shape, if ``schedule.parts`` has a part of ``timing.FIT_PARTS``.
        store: their trials are registered in it.
        progress: reports the stage.
        isolated: measures in fresh processes.
    """
    n_images = sum(store.study().class_counts)
    tasks = [
        replace(task, batch_size=min(task.batch_size, n_images))
        for pair in engines
        for task in _tasks(*pair, schedule, fit_data.get(pair[0].input_shape))
    ]
    failed: list[str] = []
    halved: list[str] = []
    while tasks:
        one_pass = _Pass(tasks, schedule, store, isolated)
        with progress.stage("timing", len(tasks) * schedule.n_rounds) as stage:
            for round_, order in enumerate(rounds(range(len(tasks)), schedule.n_rounds)):
                one_pass.prepare(round_, order)
                for index in order:
                    reason = one_pass.take(round_, index)
                    if reason is not None:
                        task = tasks[index]
                        failed.append(f"{task.network.label}, {', '.join(task.parts)}, round {round_ + 1}: {reason}")
                    stage.advance(failed=reason is not None)
        halved += one_pass.halved
        tasks = one_pass.again()
    return Remarks(tuple(failed), tuple(halved))


class _Pass:
    """One timing pass.

    Attributes:
        halved: one line per task whose batch did not fit into memory.
    """

    def __init__(self, tasks: Sequence[TimingTask], schedule: TimingSchedule, store: Store, isolated: Isolated) -> None:
        self.halved: list[str] = []
        self._fitting = list(tasks)
        self._given_up: set[tuple[Network, Protocol]] = set()
        self._has_samples = [False] * len(tasks)
        self._with_costs = schedule.with_costs
        self._number = store.last_pass() + 1
        self._position = 0
        self._store = store
        self._isolated = isolated

    def prepare(self, round_: int, order: Sequence[int]) -> None:
        """Announce the tasks of a round, in their order."""
        self._isolated.prepare([self._task(round_, index) for index in order if not self._is_given_up(index)])

    def take(self, round_: int, index: int) -> str | None:
        """Measure one task in one round and store its samples; return the reason if this failed, else None."""
        before = self._fitting[index]
        if self._is_given_up(index):
            return None
        task, outcome = self._measured(self._task(round_, index))
        self._fitting[index] = task
        if task.batch_size < before.batch_size:
            self.halved.append(
                f"{task.network.label}: a batch of {before.batch_size} did not fit into memory; "
                f"measured with {task.batch_size}"
            )
            if self._has_samples[index]:
                self._given_up.add((task.network, task.protocol))
                return None
        for times in outcome.value or ():
            measurement = Measurement(
                network_key=task.network.key,
                protocol=task.protocol,
                part=times.part,
                threads=task.threads,
                cpus=task.cpus,
                batch_size=task.batch_size,
                pass_number=self._number,
                round=round_,
                position=self._position,
                warmup_ns=times.warmup_ns,
                samples_ns=times.samples_ns,
                counters=times.counters,
                figures=times.figures,
            )
            self._store.record_measurement(measurement, outcome.prepared)
            self._position += 1
            self._has_samples[index] = True
        if outcome.death is not None:
            return outcome.death.reason
        return None if outcome.error is None else str(outcome.error)

    def again(self) -> list[TimingTask]:
        """The tasks, with batches that fit, of networks whose batch was halved after samples were stored."""
        return [task for task in self._fitting if (task.network, task.protocol) in self._given_up]

    def _task(self, round_: int, index: int) -> TimingTask:
        return replace(self._fitting[index], with_costs=self._with_costs and round_ == 0)

    def _is_given_up(self, index: int) -> bool:
        task = self._fitting[index]
        return (task.network, task.protocol) in self._given_up

    def _measured(self, task: TimingTask) -> tuple[TimingTask, Outcome]:
        """The task with the largest batch that fits into memory (its own, half of it and so on), and its outcome."""
        while True:
            outcome = self._isolated.measure(task)
            if outcome.death is not None and not lacked_memory(outcome):
                # Something killed the process, but there is no evidence about the batch.
                outcome = self._isolated.measure(task)
            if not lacked_memory(outcome) or task.batch_size == 1:
                return task, outcome
            task = replace(task, batch_size=task.batch_size // 2)


def rounds(items: Sequence[T], n_rounds: int) -> Iterator[Sequence[T]]:
    """The items of each round in their order, so that a drift of the machine affects all items alike.

    The order is reversed from round to round (A B C, C B A, A B C, ...), which balances drifts within rounds as well.
    """
    for round_ in range(n_rounds):
        yield items if round_ % 2 == 0 else items[::-1]


def _tasks(
    network: Network, protocol: Protocol, schedule: TimingSchedule, fit_data: FitData | None
) -> Iterator[TimingTask]:
    resident = tuple(part for part in schedule.parts if part not in FIT_PARTS)
    groups = [*([resident] if resident else []), *((part,) for part in schedule.parts if part in FIT_PARTS)]
    for threads in schedule.threads:
        for parts in groups:
            yield TimingTask(
                network=network,
                protocol=protocol,
                parts=parts,
                threads=threads,
                cpus=schedule.cpus[:threads],
                batch_size=protocol.batch_size,
                n_samples=schedule.n_samples,
                fit_data=fit_data if parts[0] in FIT_PARTS else None,
            )
