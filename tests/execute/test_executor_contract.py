"""What every executor promises (see ``bench.execute.executor.Executor``), checked of each registered one."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.errors import UnknownNameError
from bench.execute import EXECUTORS, Executor, Task
from bench.execute.clusters import RunningCluster
from bench.execute.executor_registry import dask_executor
from tests.execute.dask_clusters import scheduler_address

__all__ = ["scheduler_address"]

N_WORKERS = 2


def prepare(*, workers: int) -> dict[str, int]:
    return {"pid": os.getpid(), "workers": workers}


def square(x: int) -> int:
    return x * x


def refuse(x: int) -> int:
    raise ValueError(f"no {x}")


def note(file: Path, text: str) -> str:
    with file.open("a") as opened:
        opened.write(f"{text}\n")
    return text


def sleep(marker: Path, seconds: float) -> None:
    marker.write_text(str(os.getpid()))
    time.sleep(seconds)


def make_executor(name: str, request: pytest.FixtureRequest) -> Executor:
    if name == "dask":  # starting a cluster for each test would take minutes
        return dask_executor(RunningCluster(request.getfixturevalue("scheduler_address"), N_WORKERS), prepare)
    return EXECUTORS.get(name)(N_WORKERS, prepare, ())


@pytest.fixture(params=EXECUTORS.names())
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with make_executor(request.param, request) as executor:
        yield executor


def workers_of(executor: Executor) -> set[int]:
    """The processes that the executor runs tasks in."""
    return {outcome.prepared["pid"] for outcome in executor.run([Task(time.sleep, (0.05,))] * 8)}


def assert_gone(pids: set[int]) -> None:
    """No process but this one runs tasks any more."""
    deadline = time.monotonic() + 10
    for pid in pids - {os.getpid()}:
        while psutil.pid_exists(pid):
            assert time.monotonic() < deadline, f"worker {pid} was left behind"
            time.sleep(0.02)


def test_every_task_has_exactly_one_outcome_with_its_value(executor: Executor) -> None:
    outcomes = list(executor.run([Task(square, (x,), affinity=str(x % 3)) for x in range(20)]))

    assert sorted(outcome.index for outcome in outcomes) == list(range(20))
    assert all(outcome.value == outcome.index**2 and outcome.attempts == 1 for outcome in outcomes)


def test_every_task_is_run_exactly_once(executor: Executor, tmp_path: Path) -> None:
    list(executor.run([Task(note, (tmp_path / "notes", str(x)), affinity=str(x % 3)) for x in range(20)]))

    assert sorted(map(int, (tmp_path / "notes").read_text().split())) == list(range(20))


def test_a_worker_starts_tasks_of_one_affinity_in_their_order(executor: Executor) -> None:
    outcomes = executor.run([Task(time.monotonic, affinity=str(x % 2)) for x in range(12)])

    started: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for outcome in outcomes:
        of_worker = started.setdefault((outcome.prepared["pid"], outcome.index % 2), [])
        of_worker.append((outcome.value, outcome.index))
    for tasks in started.values():
        in_time = [index for _, index in sorted(tasks)]
        assert in_time == sorted(in_time)


def test_an_exception_is_the_outcome_of_its_task_and_the_others_go_on(executor: Executor) -> None:
    outcomes = {
        outcome.index: outcome for outcome in executor.run([Task(square, (2,)), Task(refuse, (3,)), Task(square, (4,))])
    }

    assert isinstance(outcomes[1].error, ValueError)
    assert str(outcomes[1].error) == "no 3"
    assert (outcomes[0].value, outcomes[2].value) == (4, 16)


def test_every_outcome_carries_what_preparing_its_process_gave(executor: Executor) -> None:
    outcomes = list(executor.run([Task(os.getpid), Task(refuse, (3,)), Task(os.getpid)]))

    assert len(outcomes) == 3
    for outcome in outcomes:
        assert outcome.prepared["workers"] == executor.n_workers
        if outcome.error is None:
            assert outcome.prepared["pid"] == outcome.value


def test_no_more_tasks_run_side_by_side_than_there_are_workers(executor: Executor) -> None:
    assert len(workers_of(executor)) <= executor.n_workers <= N_WORKERS


def test_a_second_run_uses_the_same_workers(executor: Executor) -> None:
    first = workers_of(executor)

    assert workers_of(executor) & first


def test_no_tasks_give_no_outcomes(executor: Executor) -> None:
    assert list(executor.run([])) == []


def test_closing_leaves_no_worker_behind_and_twice_is_harmless(executor: Executor) -> None:
    workers = workers_of(executor)

    executor.close()
    executor.close()

    assert_gone(workers)


def test_leaving_the_block_leaves_no_worker_behind(executor: Executor) -> None:
    with executor:
        workers = workers_of(executor)

    assert_gone(workers)


def test_an_exception_in_the_block_leaves_no_worker_behind(executor: Executor) -> None:
    def interrupted() -> None:
        with executor:
            workers.update(workers_of(executor))
            raise KeyboardInterrupt

    workers: set[int] = set()
    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert_gone(workers)


def test_abandoning_the_outcomes_ends_running_tasks_and_leaves_no_worker_behind(
    executor: Executor, tmp_path: Path
) -> None:
    workers = workers_of(executor)
    marker = tmp_path / "started"
    outcomes = executor.run([Task(os.getpid), *[Task(sleep, (marker, 600.0))] * 3])
    workers.add(next(outcomes).value)
    if executor.n_workers > 1:
        workers.add(int(wait_for(marker)))

    del outcomes

    assert_gone(workers)


def test_closing_from_another_place_ends_running_tasks(executor: Executor, tmp_path: Path) -> None:
    if executor.n_workers == 1:
        pytest.skip("nothing runs beside the caller")
    marker = tmp_path / "started"
    outcomes = executor.run([Task(os.getpid), Task(sleep, (marker, 600.0))])
    next(outcomes)
    worker = int(wait_for(marker))

    executor.close()

    assert_gone({worker})


def test_a_run_after_closing_works(executor: Executor) -> None:
    list(executor.run([Task(square, (2,))]))
    executor.close()

    assert [outcome.value for outcome in executor.run([Task(square, (3,))])] == [9]


def test_a_run_after_an_abandoned_one_works(executor: Executor) -> None:
    abandoned = executor.run([Task(square, (2,)), Task(square, (3,))])
    next(abandoned)
    del abandoned

    assert [outcome.value for outcome in executor.run([Task(square, (4,))])] == [16]


def test_a_name_that_is_not_registered_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"received 'pol', did you mean pool\?; registered: pool, inline"):
        EXECUTORS.get("pol")


def wait_for(marker: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if marker.exists() and (text := marker.read_text()):
            return text
        time.sleep(0.02)
    raise TimeoutError(marker)
