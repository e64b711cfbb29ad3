"""Rounds over networks with a process that is played: order, storing, memory, failures."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.execute import Outcome, WorkerDeath
from bench.progress import Progress
from bench.records import Counters, Protocol, TimedPart
from bench.store import Store
from bench.study.summary import latest_steps
from bench.timing import TimingTask
from bench.timing.network_times import PartTimes
from bench.timing_pass import Isolated, TimingSchedule, measure, rounds
from tests.store.planted import ENVIRONMENT
from tests.store.planted import SMALL as TWO_NETWORKS

SMALL = replace(TWO_NETWORKS, protocols=(Protocol(epochs=3, batch_size=12),))

COUNTERS = Counters(wall_s=1.0, own_cpu_s=1.0, involuntary_switches=0, n_cores=2)


def timed(task: TimingTask) -> tuple[PartTimes, ...]:
    return tuple(PartTimes(part, (9,), (5, 6), COUNTERS) for part in task.parts)


class Played:
    """Takes announcements, and answers as a function does."""

    def __init__(self, answer: Callable[[TimingTask], Outcome]) -> None:
        self.measure: Callable[[TimingTask], Outcome] = answer
        self.announced: list[list[TimingTask]] = []

    def prepare(self, tasks: Sequence[TimingTask]) -> None:
        self.announced.append(list(tasks))


class PlayedProcess(Played):
    """Answers each task at once; batches of more than ``fits`` images do not fit into its memory."""

    def __init__(self, fits: int = 10**9, lack: Outcome | None = None) -> None:
        self.tasks: list[TimingTask] = []
        self._fits = fits
        self._lack = lack or Outcome(0, 1, error=MemoryError())
        super().__init__(self._answer)

    def _answer(self, task: TimingTask) -> Outcome:
        self.tasks.append(task)
        if task.batch_size > self._fits:
            return self._lack
        return Outcome(0, 1, value=timed(task), prepared=ENVIRONMENT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create_or_open(tmp_path) as store:
        SMALL.register(store)
        yield store


def take(store: Store, process: Isolated, schedule: TimingSchedule) -> tuple[str, ...]:
    engines = [(network, SMALL.protocols[0]) for network in SMALL.networks]
    remarks = measure(engines, schedule, {}, store, Progress(io.StringIO()), process)
    return (*remarks.failed, *remarks.halved)


def test_networks_take_turns_over_rounds_and_everything_is_stored_with_round_and_order(store: Store) -> None:
    process = PlayedProcess()
    parts = (TimedPart.STEP, TimedPart.FORWARD, TimedPart.KERAS)
    schedule = TimingSchedule(parts, threads=(1, 2), cpus=(4, 5), n_rounds=3)

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


def test_each_pass_has_a_number_of_its_own(store: Store) -> None:
    for expected in (1, 2):
        take(store, PlayedProcess(), TimingSchedule(n_rounds=1))
        assert store.last_pass() == expected


def test_costs_are_asked_for_once(store: Store) -> None:
    process = PlayedProcess()
    take(store, process, TimingSchedule(n_rounds=3, with_costs=True))
    assert [task.with_costs for task in process.tasks] == [True] * 2 + [False] * 4


@pytest.mark.parametrize(
    "lack",
    [
        Outcome(0, 1, error=MemoryError()),
        Outcome(0, 1, error=RuntimeError("ResourceExhaustedError: OOM when allocating")),
        Outcome(0, 1, death=WorkerDeath("the worker process was ended by SIGKILL", out_of_memory=True)),
    ],
    ids=["python", "tensorflow", "kernel"],
)
def test_out_of_memory_halves_the_batch_says_so_once_and_records_it(store: Store, lack: Outcome) -> None:
    process = PlayedProcess(fits=5, lack=lack)

    remarks = take(store, process, TimingSchedule(n_rounds=2))

    assert len(remarks) == 2
    assert all("a batch of 12 did not fit into memory; measured with 3" in remark for remark in remarks)
    stored = store.measurements()
    assert set(stored["batch_size"]) == {3}
    assert set(stored["protocol_batch_size"]) == {12}
    # The second round begins with what fitted.
    assert [task.batch_size for task in process.tasks] == [12, 6, 3] * 2 + [3] * 2


def test_no_batch_holds_more_than_the_images_of_the_study(store: Store) -> None:
    process = PlayedProcess()
    engines = [(network, Protocol(batch_size=1_000_000)) for network in SMALL.networks]

    remarks = measure(engines, TimingSchedule(n_rounds=1), {}, store, Progress(io.StringIO()), process)

    assert remarks.halved == ()
    assert {task.batch_size for task in process.tasks} == {len(SMALL.labels)}


def test_a_measurement_that_fails_is_a_line_and_the_others_go_on(store: Store) -> None:
    first = next(iter(SMALL.networks))

    def process(task: TimingTask) -> Outcome:
        if task.network == first:
            return Outcome(0, 1, error=ValueError("no such layer"))
        return PlayedProcess().measure(task)

    remarks = take(store, Played(process), TimingSchedule(n_rounds=1))

    (remark,) = remarks
    assert remark == f"{first.label}, step, round 1: no such layer"
    assert len(store.measurements()) == 1


STRAY_KILL = Outcome(0, 1, death=WorkerDeath("the worker process was ended by SIGKILL"))


class Scripted(Played):
    """Answers the first tasks as the script has it (None: with samples), and all others with samples."""

    def __init__(self, script: Sequence[Outcome | None]) -> None:
        self.tasks: list[TimingTask] = []
        self._script = list(script)
        super().__init__(self._answer)

    def _answer(self, task: TimingTask) -> Outcome:
        self.tasks.append(task)
        answer = self._script.pop(0) if self._script else None
        return answer or Outcome(0, 1, value=timed(task), prepared=ENVIRONMENT)


def take_one(store: Store, process: Isolated, n_rounds: int) -> tuple[str, ...]:
    """A pass over the first network alone."""
    first = next(iter(SMALL.networks))
    schedule = TimingSchedule(n_rounds=n_rounds)
    remarks = measure([(first, SMALL.protocols[0])], schedule, {}, store, Progress(io.StringIO()), process)
    return (*remarks.failed, *remarks.halved)


def test_a_process_that_something_killed_is_measured_again_with_the_same_batch(store: Store) -> None:
    process = Scripted([STRAY_KILL])

    assert take_one(store, process, n_rounds=2) == ()

    assert [task.batch_size for task in process.tasks] == [12, 12, 12]
    assert set(store.measurements()["batch_size"]) == {12}
    assert len(store.measurements()) == 2


def test_a_process_that_is_killed_twice_is_a_failed_measurement_and_not_a_smaller_batch(store: Store) -> None:
    process = Scripted([STRAY_KILL, STRAY_KILL])

    (remark,) = take_one(store, process, n_rounds=2)

    assert "round 1: the worker process was ended by SIGKILL" in remark
    assert [task.batch_size for task in process.tasks] == [12, 12, 12]


def test_a_batch_that_first_lacks_memory_in_a_later_round_has_all_its_rounds_taken_again(store: Store) -> None:
    process = Scripted([None, Outcome(0, 1, error=MemoryError())])

    (remark,) = take_one(store, process, n_rounds=3)

    assert "a batch of 12 did not fit into memory; measured with 6" in remark
    assert [task.batch_size for task in process.tasks] == [12, 12, 6, 6, 6, 6]
    reported = latest_steps(store.step_times())
    assert set(reported["batch_size"]) == {6}
    assert set(reported["round"]) == {0, 1, 2}


def test_the_other_networks_keep_their_samples_where_one_is_taken_again(store: Store) -> None:
    first, second = list(SMALL.networks)[:2]

    def process(task: TimingTask) -> Outcome:
        seen.append(task)
        is_too_large = task.network == first and task.batch_size == 12 and len(seen) > 2
        return Outcome(0, 1, error=MemoryError()) if is_too_large else PlayedProcess().measure(task)

    seen: list[TimingTask] = []
    take(store, Played(process), TimingSchedule(n_rounds=2))

    reported = latest_steps(store.step_times()).groupby("network_key")["batch_size"].unique()
    assert {key: tuple(sizes) for key, sizes in reported.items()} == {first.key: (6,), second.key: (12,)}
    assert set(store.measurements().query("network_key == @second.key")["pass_number"]) == {1}


@given(st.lists(st.integers(), unique=True, max_size=9), st.integers(1, 6))
def test_every_item_is_measured_once_in_each_round_and_neighbours_take_turns_in_going_first(
    items: list[int], n_rounds: int
) -> None:
    order = [list(of_round) for of_round in rounds(items, n_rounds)]

    assert order == [items if round_ % 2 == 0 else items[::-1] for round_ in range(n_rounds)]


def test_the_tasks_of_a_round_are_announced_in_their_order_before_the_first_is_measured(store: Store) -> None:
    process = PlayedProcess()
    take(store, process, TimingSchedule(n_rounds=2))

    first, second = process.announced
    assert first + second == process.tasks
    assert second == first[::-1]


def test_a_network_that_is_given_up_is_announced_no_more(store: Store) -> None:
    process = Scripted([None, Outcome(0, 1, error=MemoryError())])
    take_one(store, process, n_rounds=3)

    # Rounds 1 and 2 of the first pass, its third round without the network, and three rounds of the second pass.
    assert [len(tasks) for tasks in process.announced] == [1, 1, 0, 1, 1, 1]
