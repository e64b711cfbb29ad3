"""Trials as jobs of a real SLURM, which each test module starts and stops."""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from bench.execute import Executor
from bench.execute.clusters import cluster_of_file
from bench.execute.executor_registry import dask_executor
from tests.execute.dask_clusters import wait_for_mark
from tests.execute.slurm_cluster import cancel, jobs, missing_programs, slurm
from tests.execute.tiny_study import prepare, stored, train_study, undisturbed, write_images

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(bool(missing_programs()), reason="SLURM is missing: apt-get install slurm-wlm munge"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with slurm(tmp_path_factory.mktemp("slurm")) as environ:
        yield environ


@pytest.fixture
def marks(tmp_path: Path, cluster: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which each trial leaves its process. Jobs get the variables of this process."""
    folder = tmp_path / "marks"
    folder.mkdir()
    for name, value in {**cluster, "BENCH_TEST_MARKS": str(folder), "PYTHONPATH": str(Path.cwd())}.items():
        monkeypatch.setenv(name, value)
    return folder


def cluster_file(folder: Path, n_workers: int, walltime: str = "00:10:00", lifetime: str | None = None) -> Path:
    extra = [] if lifetime is None else ["--lifetime", lifetime]
    path = folder / "slurm.toml"
    path.write_text(
        f"""
class = "dask_jobqueue.SLURMCluster"
workers = {n_workers}
wait_minutes = 2

[options]
queue = "test"
cores = 1
memory = "1GB"
walltime = "{walltime}"
interface = "lo"
python = "{sys.executable}"
log_directory = "{folder / "logs"}"
local_directory = "{folder / "scratch"}"
worker_extra_args = {extra!r}
"""
    )
    return path


def on(file: Path) -> Executor:
    return dask_executor(cluster_of_file(file, None), prepare)


def assert_equal(found: list[pd.DataFrame], expected: list[pd.DataFrame]) -> None:
    for one, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def expected(images: Path, tmp_path_factory: pytest.TempPathFactory) -> list[pd.DataFrame]:
    return undisturbed(tmp_path_factory.mktemp("undisturbed"), images)


def test_a_cancelled_job_costs_nothing_and_the_jobs_end_with_the_run(
    marks: Path,
    cluster: dict[str, str],
    images: Path,
    expected: list[pd.DataFrame],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BENCH_TEST_TRIAL_S", "1")
    ctrl_c = signal.getsignal(signal.SIGINT)
    file, study = cluster_file(tmp_path, n_workers=2), tmp_path / "study"
    cancelled: list[str] = []

    def cancel_one() -> None:
        wait_for_mark(marks, 3)
        cancelled.extend(jobs(cluster)[:1])
        cancel(cluster, cancelled[0])

    thread = threading.Thread(target=cancel_one)
    thread.start()
    train_study(study, lambda: on(file), images)
    thread.join()

    assert cancelled
    assert signal.getsignal(signal.SIGINT) is ctrl_c, "dask-jobqueue replaces it when it is imported"
    assert_equal(stored(study), expected)
    assert jobs(cluster) == []


def test_jobs_that_retire_before_their_walltime_are_replaced_and_fail_no_trial(
    marks: Path, images: Path, expected: list[pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_TEST_TRIAL_S", "1")
    study = tmp_path / "study"

    train_study(study, lambda: on(cluster_file(tmp_path, n_workers=1, lifetime="12s")), images)

    assert_equal(stored(study), expected)
    assert len({path.read_text() for path in marks.iterdir()}) > 1, "one job trained it all within its walltime"


@pytest.mark.slow
def test_jobs_that_slurm_ends_at_their_walltime_are_replaced_and_fail_no_trial(
    marks: Path, images: Path, expected: list[pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_TEST_TRIAL_S", "7")
    study = tmp_path / "study"

    train_study(study, lambda: on(cluster_file(tmp_path, n_workers=1, walltime="00:01:00")), images)

    assert_equal(stored(study), expected)
    assert len({path.read_text() for path in marks.iterdir()}) > 1, "one job trained it all within its walltime"
