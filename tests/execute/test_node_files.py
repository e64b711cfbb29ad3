"""Files of the driver on machines that cannot see them: here, a worker in another folder, and relative paths."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

from bench.errors import WorkerError
from bench.execute.clusters import RunningCluster
from bench.execute.executor_registry import dask_executor
from bench.execute.node_files import NodeFile, discard, find, finish, receive
from bench.execute.scheduler_calls import run_on
from bench.files import DamagedFileError, write_with_checksum
from tests.execute.dask_clusters import empty_scheduler, scheduler_address, worker
from tests.execute.tiny_study import prepare, stored, train_study, undisturbed, write_images

__all__ = ["empty_scheduler", "scheduler_address"]

CHUNK_BYTES = 500


@pytest.fixture
def driver_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of the driver; its cache and temporary files have paths that mean nothing elsewhere."""
    folder = tmp_path / "driver"
    (folder / "scratch").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("BENCH_CACHE_DIR", "cache")
    monkeypatch.setattr("tempfile.tempdir", "scratch")
    monkeypatch.setattr("bench.execute.delivery.CHUNK_BYTES", CHUNK_BYTES)
    return folder


def test_files_are_sent_once_per_machine_in_chunks_and_the_rows_are_the_same(
    empty_scheduler: str, driver_folder: Path, tmp_path: Path
) -> None:
    images, node = write_images(Path("cache")), tmp_path / "node"
    expected = undisturbed(tmp_path / "undisturbed", images)
    with worker(empty_scheduler, node, "--nworkers", "2", BENCH_CACHE_DIR=str(node / "cache")):
        train_study(tmp_path / "study", lambda: dask_executor(RunningCluster(empty_scheduler), prepare), images)

    for one, other in zip(stored(tmp_path / "study"), expected, strict=True):
        assert one.equals(other)
    assert (node / "cache" / images.name).read_bytes() == images.read_bytes()
    assert [path.name for path in (node / "cache").iterdir()] == [images.name]
    first = n_received(node)
    with worker(empty_scheduler, node, BENCH_CACHE_DIR=str(node / "cache")):
        train_study(tmp_path / "again", lambda: dask_executor(RunningCluster(empty_scheduler), prepare), images)
    splits = n_received(node) - first  # of one worker: the images were there, but for the splits of the run

    assert splits > 0
    assert first - 2 * splits == -(-images.stat().st_size // CHUNK_BYTES) > 2


def n_received(node: Path) -> int:
    """How many chunks the workers of a machine have received."""
    return (node / "output").read_text().count("'receive'")


@pytest.fixture
def client(scheduler_address: str) -> Iterator[Client]:
    with Client(scheduler_address, set_as_default=False) as client:
        yield client


def node_file(folder: Path) -> tuple[NodeFile, bytes]:
    """A file that workers do not see, and its bytes."""
    path = folder / "elsewhere" / "images.npy"
    path.parent.mkdir()
    write_with_checksum(path, [np.random.default_rng(0).bytes(1000)])
    file, content = NodeFile.of(path), path.read_bytes()
    path.unlink()
    return file, content


def ask(client: Client, function: Callable[..., Any], *arguments: object) -> Any:
    """The answer of one worker."""
    (address, *_) = client.scheduler_info()["workers"]
    return run_on(client, [address], function, *arguments)[address]


def test_a_file_that_is_damaged_on_its_way_is_refused_and_removed(client: Client, tmp_path: Path) -> None:
    file, content = node_file(tmp_path)
    damaged = bytearray(content)
    damaged[500] ^= 1
    ask(client, receive, file, 0, bytes(damaged), "sender")

    answer = ask(client, finish, file, "sender")

    assert isinstance(answer, DamagedFileError)
    assert ask(client, find, [file]) == [None]


def test_a_copy_that_was_damaged_later_is_not_found(client: Client, tmp_path: Path) -> None:
    file, content = node_file(tmp_path)
    ask(client, receive, file, 0, content[:600], "sender")
    ask(client, receive, file, 600, content[600:], "sender")
    copy = ask(client, finish, file, "sender")
    assert ask(client, find, [file]) == [copy]

    damaged = bytearray(content)
    damaged[500] ^= 1
    copy.write_bytes(bytes(damaged))

    assert ask(client, find, [file]) == [None]
    copy.unlink()


def test_what_was_received_of_a_file_that_is_not_wanted_any_more_is_removed(client: Client, tmp_path: Path) -> None:
    file, content = node_file(tmp_path)
    ask(client, receive, file, 0, content[:600], "sender")

    ask(client, discard, file, "sender")

    assert isinstance(ask(client, finish, file, "sender"), DamagedFileError)


def test_a_worker_that_cannot_keep_the_images_is_named_in_one_line(
    empty_scheduler: str, driver_folder: Path, tmp_path: Path
) -> None:
    images, node = write_images(Path("cache")), tmp_path / "node"
    with (
        worker(empty_scheduler, node, "--no-nanny", BENCH_CACHE_DIR="/proc/none"),
        pytest.raises(WorkerError, match=r"every worker must have the images; .*/proc/none") as refused,
    ):
        train_study(tmp_path / "study", lambda: dask_executor(RunningCluster(empty_scheduler), prepare), images)

    assert "\n" not in str(refused.value)
