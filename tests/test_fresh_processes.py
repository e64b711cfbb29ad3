"""Each task is measured in a process of its own; processes are prepared side by side and measured one at a time."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.fresh_processes import BYTES_PER_PROCESS, FreshProcesses
from bench.records import Network, Protocol, TimedPart
from bench.timing import TimingTask

CORE = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


def task(width: float, *, with_costs: bool = False, architecture: str = "paper_small") -> TimingTask:
    return TimingTask(
        network=Network(architecture=architecture, width=width, input_shape=(16, 16, 1), n_classes=2),
        protocol=Protocol(batch_size=2),
        parts=(TimedPart.STEP,),
        threads=1,
        cpus=(CORE,),
        batch_size=2,
        n_samples=3,
        with_costs=with_costs,
    )


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, which must be empty at the end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert [path for path in tmp_path.iterdir() if path.name.startswith("param-scaling-bench-")] == []


def workers() -> int:
    """Processes that the fork server has started and that have not ended."""
    children = psutil.Process().children()
    servers = [child for child in children if "forkserver" in " ".join(child.cmdline())]
    return sum(len(server.children()) for server in servers)


def test_announced_tasks_are_prepared_together_and_each_process_ends_after_its_answer(scratch: Path) -> None:
    before = workers()
    tasks = [task(0.125), task(0.25), task(0.5)]
    outcomes = []
    with FreshProcesses(lambda: 8 * BYTES_PER_PROCESS) as isolated:
        isolated.prepare(tasks)
        for n_left, each in zip((2, 1, 0), tasks, strict=True):
            outcomes.append(isolated.measure(each))
            assert workers() - before == n_left
    for outcome in outcomes:
        (times,) = outcome.value
        assert len(times.samples_ns) == 3
        assert "trace_s" not in times.figures  # traced beside others, so its time would say nothing


def test_no_more_processes_wait_than_memory_allows(scratch: Path) -> None:
    before = workers()
    tasks = [task(0.125), task(0.25), task(0.5)]
    with FreshProcesses(lambda: BYTES_PER_PROCESS) as isolated:
        isolated.prepare(tasks)
        for each in tasks:
            assert isolated.measure(each).error is None
            assert workers() == before


def test_a_task_that_was_not_announced_and_one_with_costs_are_prepared_alone(scratch: Path) -> None:
    with FreshProcesses(lambda: 8 * BYTES_PER_PROCESS) as isolated:
        isolated.prepare([task(0.125), task(0.25, with_costs=True)])
        for each in (task(0.25, with_costs=True), task(0.5)):
            (times,) = isolated.measure(each).value
            assert times.figures["trace_s"] > 0


def test_what_is_wrong_with_a_network_is_the_outcome_of_its_own_measurement(scratch: Path) -> None:
    good, bad = task(0.125), task(0.25, architecture="nobody_knows")
    with FreshProcesses(lambda: 8 * BYTES_PER_PROCESS) as isolated:
        isolated.prepare([bad, good])
        assert "nobody_knows" in str(isolated.measure(bad).error)
        assert isolated.measure(good).error is None


def test_leaving_ends_the_processes_that_wait(scratch: Path) -> None:
    before = workers()
    with FreshProcesses(lambda: 8 * BYTES_PER_PROCESS) as isolated:
        isolated.prepare([task(0.125), task(0.25)])
        isolated.measure(task(0.125))
        assert workers() == before + 1
    assert workers() == before
