"""Whatever part of a cluster is lost: no stored result is, and the rows are those of an undisturbed run."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest
from distributed import LocalCluster

from bench.errors import WorkerError
from bench.execute import Executor, Task
from bench.execute.child import IDLE_S
from bench.execute.clusters import RunningCluster
from bench.execute.executor_registry import dask_executor
from bench.store import Store
from tests.execute.dask_clusters import empty_scheduler, python, scheduler, wait_for_line, wait_for_mark, worker
from tests.execute.proxy import Proxy
from tests.execute.tiny_study import prepare, stored, train_study, undisturbed, write_images

__all__ = ["empty_scheduler"]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def expected(images: Path, tmp_path_factory: pytest.TempPathFactory) -> list[pd.DataFrame]:
    return undisturbed(tmp_path_factory.mktemp("undisturbed"), images)


def on(address: str) -> Callable[[], Executor]:
    return lambda: dask_executor(RunningCluster(address), prepare)


def n_done(folder: Path) -> int:
    with Store.open_existing(folder) as store:
        return store.counts().done


def assert_equal(found: list[pd.DataFrame], expected: list[pd.DataFrame]) -> None:
    for one, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@contextlib.contextmanager
def training(folder: Path, address: str, images: Path) -> Iterator[None]:
    """A study that trains in a thread while the block interferes."""
    failures: list[BaseException] = []

    def train() -> None:
        try:
            train_study(folder, on(address), images)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=train)
    thread.start()
    try:
        yield
    finally:
        thread.join(timeout=120)
    assert not thread.is_alive()
    if failures:
        raise failures[0]


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that gives a scheduler up after seconds."""
    for module in ("clusters", "crew", "scheduler_calls"):
        monkeypatch.setattr(f"bench.execute.{module}.CALL_S", 3.0)


def test_a_killed_worker_costs_nothing(
    empty_scheduler: str, images: Path, expected: list[pd.DataFrame], marks: Path, tmp_path: Path
) -> None:
    with (
        worker(empty_scheduler, tmp_path / "node", BENCH_TEST_MARKS=str(marks)),
        training(tmp_path / "study", empty_scheduler, images),
    ):
        child = psutil.Process(wait_for_mark(marks, 3))
        psutil.Process(child.ppid()).kill()
        child.wait(20)

    assert_equal(stored(tmp_path / "study"), expected)


@pytest.mark.slow
def test_a_killed_nanny_ends_its_worker_and_child_and_another_worker_goes_on(
    empty_scheduler: str, images: Path, expected: list[pd.DataFrame], marks: Path, tmp_path: Path
) -> None:
    with (
        contextlib.ExitStack() as others,
        worker(empty_scheduler, tmp_path / "node", BENCH_TEST_MARKS=str(marks)) as nanny,
        training(tmp_path / "study", empty_scheduler, images),
    ):
        child = psutil.Process(wait_for_mark(marks, 3))
        nanny.kill()
        child.wait(20)
        others.enter_context(worker(empty_scheduler, tmp_path / "other"))

    assert_equal(stored(tmp_path / "study"), expected)


@pytest.mark.slow
def test_a_killed_scheduler_ends_the_run_in_one_line_and_a_rerun_completes_it(
    impatient: None, images: Path, expected: list[pd.DataFrame], marks: Path, tmp_path: Path
) -> None:
    study = tmp_path / "study"

    def lose() -> None:
        with (
            scheduler(tmp_path / "first") as (process, address),
            worker(address, tmp_path / "node", BENCH_TEST_MARKS=str(marks)),
            training(study, address, images),
        ):
            wait_for_mark(marks, 4)
            process.kill()

    with pytest.raises(WorkerError, match=r"must stay reachable; tcp://\S+ has not answered for 3 s") as refused:
        lose()
    assert "\n" not in str(refused.value)
    kept = n_done(study)
    assert 0 < kept < len(expected[0])

    with scheduler(tmp_path / "second") as (_, address), worker(address, tmp_path / "node"):
        train_study(study, on(address), images)

    assert_equal(stored(study), expected)


@pytest.mark.slow
def test_a_network_that_drops_between_worker_and_scheduler_costs_nothing(
    empty_scheduler: str, images: Path, expected: list[pd.DataFrame], marks: Path, tmp_path: Path
) -> None:
    with (
        Proxy(empty_scheduler) as between,
        contextlib.ExitStack() as others,
        worker(between.address, tmp_path / "node", BENCH_TEST_MARKS=str(marks)),
        training(tmp_path / "study", empty_scheduler, images),
    ):
        child = psutil.Process(wait_for_mark(marks, 3))
        between.drop()
        child.wait(20)
        others.enter_context(worker(empty_scheduler, tmp_path / "other"))  # Dask ends a worker that is cut off

    assert_equal(stored(tmp_path / "study"), expected)


@pytest.mark.slow
def test_a_network_that_drops_between_driver_and_scheduler_costs_nothing(
    empty_scheduler: str, images: Path, expected: list[pd.DataFrame], marks: Path, tmp_path: Path
) -> None:
    with (
        Proxy(empty_scheduler) as between,
        worker(empty_scheduler, tmp_path / "node", BENCH_TEST_MARKS=str(marks)),
        training(tmp_path / "study", between.address, images),
    ):
        wait_for_mark(marks, 3)
        between.drop()

    assert_equal(stored(tmp_path / "study"), expected)


@pytest.mark.slow
def test_a_network_that_swallows_everything_ends_the_run_in_one_line_and_keeps_its_results(
    impatient: None, empty_scheduler: str, images: Path, marks: Path, tmp_path: Path
) -> None:
    def lose() -> None:
        with (
            Proxy(empty_scheduler) as between,
            worker(empty_scheduler, tmp_path / "node", BENCH_TEST_MARKS=str(marks)),
            training(tmp_path / "study", between.address, images),
        ):
            wait_for_mark(marks, 4)
            between.swallow()

    with pytest.raises(WorkerError, match="must stay reachable"):
        lose()

    assert n_done(tmp_path / "study") > 0


@pytest.mark.slow
def test_a_killed_driver_leaves_no_child_and_a_rerun_completes_the_study(
    empty_scheduler: str, images: Path, expected: list[pd.DataFrame], marks: Path, tmp_path: Path
) -> None:
    study = tmp_path / "study"
    with worker(empty_scheduler, tmp_path / "node", BENCH_TEST_MARKS=str(marks), BENCH_TEST_TRIAL_S="1"):
        program = ("-c", "from tests.execute.tiny_study import main; main()", str(study), empty_scheduler)
        with python(*program, folder=tmp_path / "driver") as driver:
            printed = wait_for_line(tmp_path / "driver" / "output", 3)
            child = psutil.Process(wait_for_mark(marks, 4))
            driver.kill()
        child.wait(IDLE_S + 20)  # at once in the middle of a trial, later between two
        with Store.open_existing(study) as store:
            assert set(printed) <= set(store.trials().query("state == 'DONE'")["trial_key"])

        train_study(study, on(empty_scheduler), images)

    assert_equal(stored(study), expected)


@pytest.mark.slow
def test_a_worker_that_reaches_its_walltime_fails_no_trial(
    empty_scheduler: str, images: Path, expected: list[pd.DataFrame], marks: Path, tmp_path: Path
) -> None:
    walltime = ("--lifetime", "20s", "--lifetime-restart")
    marked = {"BENCH_TEST_MARKS": str(marks), "BENCH_TEST_TRIAL_S": "2"}
    with worker(empty_scheduler, tmp_path / "node", *walltime, **marked):
        train_study(tmp_path / "study", on(empty_scheduler), images)

    assert_equal(stored(tmp_path / "study"), expected)
    assert len({path.read_text() for path in marks.iterdir()}) > 1, "one worker trained it all within its walltime"


def test_a_cluster_that_never_gets_a_worker_is_one_line(empty_scheduler: str, images: Path, tmp_path: Path) -> None:
    cluster = RunningCluster(empty_scheduler, wait_s=2.0)

    with pytest.raises(
        WorkerError, match=r"must have a worker; tcp://\S+ has had none for 2 s; look at its queue"
    ) as line:
        train_study(tmp_path / "study", lambda: dask_executor(cluster, prepare), images)

    assert "\n" not in str(line.value)


def test_a_trial_that_takes_longer_than_any_walltime_is_refused_with_the_numbers() -> None:
    tasks = [Task(time.sleep, (0.1,), weight=1.0), Task(time.sleep, (100,), weight=100_000.0)]
    with (
        LocalCluster(n_workers=1, processes=False, protocol="tcp://", dashboard_address=":0", lifetime="2h") as cluster,
        on(cluster.scheduler_address)() as executor,
    ):
        outcomes = {outcome.index: outcome for outcome in executor.run(tasks)}

    assert outcomes[0].error is None
    assert isinstance(outcomes[1].error, TimeoutError)
    assert re.search(r"takes about 1\d{4} s, and a worker has [67]\d{3} s", str(outcomes[1].error))
