"""A study's folder: checks whether it can be used, and locks it for one process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bench.errors import StudyError
from bench.files import refuse_link

LOCK_NAME = "study.lock"


def check_name(name: str) -> None:
    """Refuse a study name that is not the name of one folder, such as ``..`` or an absolute path.

    Control characters and bytes that are not UTF-8 are refused as well, since they could be stored but not read back.

    Raises:
        StudyError: it is not.
    """
    if name in ("", ".", "..") or Path(name).name != name or not name.isprintable():
        raise StudyError(
            f"a study's name must be one folder's name, of printable characters; received {name!r}; "
            "choose another --study"
        )


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot hold a study. Nothing is written.

    Raises:
        StudyError: the path or one of its parents is a file or is not writable, or the folder contains a link, through
            which a run would write elsewhere.
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
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_symlink():
                raise StudyError(f"a study's folder contains no links; {path} is one; remove it")


def make_folder(folder: Path) -> None:
    """Create the folder and its parents if they are missing.

    Raises:
        StudyError: see ``check_folder``; or the folder cannot be created.
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
    """Lock the study: no other process can write to it while the block runs. Reading needs no lock.

    The kernel holds the lock (``flock`` on ``study.lock``), so it ends with the process, even if that is killed. The
    file is kept: if it were removed, two processes could lock two files with the same name. It contains the process id.

    Raises:
        StudyError: another process holds the lock, ``study.lock`` is not a regular file (it is not changed), or the
            folder cannot be used.
    """
    make_folder(folder)
    path = folder / LOCK_NAME
    lock = FileLock(path, timeout=0, fallback_to_soft=False, preserve_lock_file=True, on_acquired=_write_process_id)
    refuse_link(path)
    try:
        lock.acquire()
    except Timeout as error:
        raise StudyError(
            f"one process at a time may run a study; process {_holder(path)} is running {folder}; "
            "wait for it, stop it, or choose another --study"
        ) from error
    except OSError as error:
        raise StudyError(
            f"a study's folder must allow writing and locking; {path}: {error.strerror or error}; "
            "choose another --results"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _write_process_id(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _holder(path: Path) -> str:
    try:
        with path.open(errors="replace") as file:
            return file.read(32).strip() or "unknown"
    except OSError:
        return "unknown"
