"""Rounds over networks with a process that is played: order, storing, memory, failures."""

import io
from pathlib import Path

import pytest

from bench.execute import Outcome, WorkerDeath
from bench.progress import Progress
from bench.records import Counters, TimedPart
from bench.store import Store
from bench.timing import TimingTask
from bench.timing.network_times import PartTimes
from bench.timing_pass import Isolated, Schedule, measure
from tests.store.planted import ENVIRONMENT, SMALL

COUNTERS = Counters(wall_s=1.0, own_cpu_s=1.0, involuntary_switches=0, n_cores=2)


class PlayedProcess:
    """Answers each task at once; batches of more than ``fits`` images do not fit into its memory."""

    def __init__(self, fits: int = 10**9, lack: Outcome | None = None) -> None:
        self.tasks: list[TimingTask] = []
        self._fits = fits
        self._lack = lack or Outcome(0, 1, error=MemoryError())

    def __call__(self, task: TimingTask) -> Outcome:
        self.tasks.append(task)
        if task.batch_size > self._fits:
            return self._lack
        return Outcome(0, 1, value=tuple(PartTimes(part, (9,), (5, 6), COUNTERS) for part in task.parts))


@pytest.fixture
def store(tmp_path: Path):
    with Store.create_or_open(tmp_path) as store:
        SMALL.register(store)
        yield store


def take(store: Store, process: Isolated, schedule: Schedule) -> tuple[str, ...]:
    engines = [(network, SMALL.protocols[0]) for network in SMALL.networks]
    environments = dict.fromkeys(schedule.threads, ENVIRONMENT)
    remarks = measure(engines, schedule, {}, store, environments, Progress(io.StringIO()), process)
    return (*remarks.failed, *remarks.halved)


def test_networks_take_turns_over_rounds_and_everything_is_stored_with_round_and_order(store):
    process = PlayedProcess()
    parts = (TimedPart.STEP, TimedPart.FORWARD, TimedPart.KERAS)
    schedule = Schedule(parts, threads=(1, 2), cpus=(4, 5), n_rounds=3)

    assert take(store, process, schedule) == ()

    stored = store.measurements()
    assert len(process.tasks) == 2 * 2 * 2 * 3  # networks, thread counts, processes (resident parts, fit), rounds
    assert len(stored) == 2 * 2 * 3 * 3
    assert stored["position"].tolist() == list(range(len(stored)))
    assert set(stored["pass_number"]) == {1}
    for round_ in range(3):
        assert len(stored[stored["round"] == round_]) == 12
    first_round, second_round = ([task.network for task in process.tasks[start : start + 8]] for start in (0, 8))
    assert second_round == first_round[::-1]
    assert {(task.threads, task.cpus) for task in process.tasks} == {(1, (4,)), (2, (4, 5))}


def test_each_pass_has_a_number_of_its_own(store):
    for expected in (1, 2):
        take(store, PlayedProcess(), Schedule(n_rounds=1))
        assert store.last_pass() == expected


def test_costs_are_asked_for_once(store):
    process = PlayedProcess()
    take(store, process, Schedule(n_rounds=3, with_costs=True))
    assert [task.with_costs for task in process.tasks] == [True] * 2 + [False] * 4


@pytest.mark.parametrize(
    "lack",
    [
        Outcome(0, 1, error=MemoryError()),
        Outcome(0, 1, error=RuntimeError("ResourceExhaustedError: OOM when allocating")),
        Outcome(0, 1, death=WorkerDeath("the worker process was ended by SIGKILL (out of memory is the usual cause)")),
    ],
    ids=["python", "tensorflow", "kernel"],
)
def test_out_of_memory_halves_the_batch_says_so_once_and_records_it(store, lack):
    process = PlayedProcess(fits=10, lack=lack)

    remarks = take(store, process, Schedule(n_rounds=2))

    assert len(remarks) == 2
    assert all("a batch of 32 did not fit into memory; measured with 8" in remark for remark in remarks)
    stored = store.measurements()
    assert set(stored["batch_size"]) == {8}
    assert set(stored["protocol_batch_size"]) == {32}
    # The second round begins with what fitted.
    assert [task.batch_size for task in process.tasks] == [32, 16, 8] * 2 + [8] * 2


def test_a_measurement_that_fails_is_a_line_and_the_others_go_on(store):
    first = next(iter(SMALL.networks))

    def process(task: TimingTask) -> Outcome:
        if task.network == first:
            return Outcome(0, 1, error=ValueError("no such layer"))
        return PlayedProcess()(task)

    remarks = take(store, process, Schedule(n_rounds=1))

    (remark,) = remarks
    assert remark == f"{first.label}, step, round 1: no such layer"
    assert len(store.measurements()) == 1
