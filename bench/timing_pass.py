"""How times are taken: rounds over networks, each measurement in a process of its own, stored the moment it exists."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bench.execute import Outcome, PoolExecutor, Task
from bench.progress import Progress
from bench.records import Environment, InputShape, Measurement, Network, Protocol, TimedPart
from bench.store import Store
from bench.timing import FIT_PARTS, FitData, TimingTask, interleaved, measure_network, prepare_process

Isolated = Callable[[TimingTask], Outcome]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a pass measures: so many rounds, so many samples of each part in each round, on these cores.

    A study's own pass takes 3 rounds of 17 samples of the training step; ``bench time`` more, of every part.
    """

    parts: tuple[TimedPart, ...] = (TimedPart.STEP,)
    threads: tuple[int, ...] = (1,)
    cpus: tuple[int, ...] = (0,)
    n_rounds: int = 3
    n_samples: int = 17
    with_costs: bool = False


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is to be said of a pass: a line on each measurement that failed, and on each batch that was halved."""

    failed: tuple[str, ...]
    halved: tuple[str, ...]


def measure(
    engines: Sequence[tuple[Network, Protocol]],
    schedule: Schedule,
    fit_data: Mapping[InputShape, FitData],
    store: Store,
    environments: Mapping[int, Environment],
    progress: Progress,
    isolated: Isolated,
) -> Remarks:
    """One timing pass: every network in every round, architectures interleaved, nothing of ours beside a measurement.

    A step that does not fit into memory is tried again with half the batch, which is said and recorded; later rounds
    begin with what fitted.

    Args:
        engines: what to time.
        schedule: how.
        fit_data: by input shape, where ``schedule.parts`` has a part of ``timing.FIT_PARTS``.
        store: their trials are registered in it.
        environments: by number of threads, what measurements are stored with.
        progress: told of the stage.
        isolated: measures in a fresh process.
    """
    tasks = [task for pair in engines for task in _tasks(*pair, schedule, fit_data.get(pair[0].input_shape))]
    pass_number = store.last_pass() + 1
    position = 0
    fitting = list(tasks)
    failed, halved = [], []
    with progress.stage("timing", len(tasks) * schedule.n_rounds) as stage:
        for round_, index in interleaved(range(len(tasks)), schedule.n_rounds):
            task, tried = tasks[index], fitting[index]
            tried = replace(tried, with_costs=schedule.with_costs and round_ == 0)
            outcome = isolated(tried)
            while _lacked_memory(outcome) and tried.batch_size > 1:
                tried = replace(tried, batch_size=tried.batch_size // 2)
                outcome = isolated(tried)
            if tried.batch_size < fitting[index].batch_size:
                halved.append(
                    f"{task.network.label}: a batch of {task.batch_size} did not fit into memory; "
                    f"measured with {tried.batch_size}"
                )
            fitting[index] = tried
            reason = outcome.death.reason if outcome.death is not None else outcome.error
            if reason is not None:
                failed.append(f"{task.network.label}, {', '.join(task.parts)}, round {round_ + 1}: {reason}")
            for times in outcome.value or ():
                measurement = Measurement(
                    network_key=task.network.key,
                    protocol=task.protocol,
                    part=times.part,
                    threads=task.threads,
                    cpus=task.cpus,
                    batch_size=tried.batch_size,
                    pass_number=pass_number,
                    round=round_,
                    position=position,
                    warmup_ns=times.warmup_ns,
                    samples_ns=times.samples_ns,
                    counters=times.counters,
                    figures=times.figures,
                )
                store.record_measurement(measurement, environments[task.threads])
                position += 1
            stage.advance(failed=reason is not None)
    return Remarks(tuple(failed), tuple(halved))


def in_fresh_process(task: TimingTask) -> Outcome:
    """Measure in a process that the fork server has just made, bound to the task's cores; it ends with the answer."""
    prepare = partial(prepare_process, task.threads, task.cpus, task.parts[0] in FIT_PARTS)
    with PoolExecutor(1, prepare, max_attempts=1) as alone:
        (outcome,) = alone.run([Task(measure_network, (task,))])
        return outcome


def _tasks(network: Network, protocol: Protocol, schedule: Schedule, fit_data: FitData | None) -> Iterator[TimingTask]:
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
                with_costs=schedule.with_costs,
                fit_data=fit_data if parts[0] in FIT_PARTS else None,
            )


def _lacked_memory(outcome: Outcome) -> bool:
    if outcome.death is not None:
        return "SIGKILL" in outcome.death.reason
    # TensorFlow's errors do not survive pickling: they arrive as a RuntimeError that begins with their name.
    return isinstance(outcome.error, MemoryError) or "ResourceExhaustedError" in str(outcome.error)
