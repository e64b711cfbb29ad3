"""Dask clusters for tests, of real processes where a test ends some.

A cluster in this process ends with its module: its threads draw from Python's global random numbers, from which Keras
seeds layers, so that a training in the same process would get other bits.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def scheduler_address() -> Iterator[str]:
    """A cluster of two workers that are threads of this process. Their children are processes, as everywhere."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def empty_scheduler() -> Iterator[str]:
    """A scheduler without workers, in this process."""
    with LocalCluster(n_workers=0, processes=False, protocol="tcp://", dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


@contextlib.contextmanager
def python(*arguments: str, folder: Path, **variables: str) -> Iterator[psutil.Process]:
    """A Python process in a folder of its own; it and all its children are killed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    with (folder / "output").open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, *arguments], cwd=folder, env=environ, stdout=output, stderr=subprocess.STDOUT
        )
    root = psutil.Process(started.pid)
    try:
        yield root
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            for each in [*root.children(recursive=True), root]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
        started.wait()


@contextlib.contextmanager
def scheduler(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    """A scheduler in a process of its own, and its address."""
    file = folder / "scheduler.json"
    arguments = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    with python("-m", "distributed.cli.dask_scheduler", *arguments, folder=folder) as process:
        wait_for_line(file)
        yield process, json.loads(file.read_text())["address"]


def worker(
    address: str, folder: Path, *arguments: str, **variables: str
) -> contextlib.AbstractContextManager[psutil.Process]:
    """A Dask worker under its nanny, whose process is the context."""
    return python(
        *("-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard", *arguments),
        folder=folder,
        **variables,
    )


def wait_for_line(file: Path, n_lines: int = 1, within_s: float = 60.0) -> list[str]:
    """The lines of a file, once there are so many."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if file.exists() and len(lines := file.read_text().splitlines()) >= n_lines:
            return lines
        time.sleep(0.05)
    raise TimeoutError(file)


def wait_for_mark(folder: Path, n: int = 1, within_s: float = 60.0) -> int:
    """The process that left the last of ``n`` marks in a folder."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        marks = sorted(folder.iterdir(), key=lambda path: path.name.rpartition("-")[2]) if folder.exists() else []
        if len(marks) >= n and (text := marks[-1].read_text()):
            return int(text)
        time.sleep(0.02)
    raise TimeoutError(folder)
