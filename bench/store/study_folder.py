"""The study's folder: checks that it can be one, and locks it for one process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import StudyError

LOCK_NAME = "study.lock"


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot hold a study. Writes nothing.

    Raises:
        StudyError: the path, or a parent of it, is a file, or may not be written to.
    """
    try:
        nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    except OSError as error:
        raise StudyError(
            f"a study's folder must be reachable; {folder}: {error.strerror}; choose another --study or --results"
        ) from error
    if not nearest.is_dir():
        raise StudyError(f"a study needs a folder; {nearest} is a file; choose another --study or --results")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise StudyError(
            f"a study's folder must be writable; {nearest} is not; change its permissions or choose another --results"
        )


def make_folder(folder: Path) -> None:
    """Create the folder with its parents where it is missing.

    Raises:
        StudyError: see ``check_folder``; or the system refuses.
    """
    check_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(
            f"a study's folder must be creatable; {folder}: {error.strerror}; choose another --results"
        ) from error


@contextmanager
def study_lock(folder: Path) -> Iterator[None]:
    """Keep every other process from writing to the study while the block runs. Reading needs no lock.

    The kernel holds the lock (``flock`` on ``study.lock``), so it ends with the process, however that ends. The file
    stays, since removing it would let two processes lock two files of one name.

    Raises:
        StudyError: another process holds it; or the folder cannot be one.
    """
    make_folder(folder)
    path = folder / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StudyError(
            f"a study's folder must be writable; {path}: {error.strerror}; choose another --results"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise StudyError(
                f"one process at a time may run a study; process {holder} is running {folder}; "
                "wait for it, stop it, or choose another --study"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
