"""Writes files atomically and, in caches, with a checksum that reveals damage. Refuses links in a study's folder."""

import fcntl
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bench.errors import StudyError

_CHECKSUM_BYTES = hashlib.sha256().digest_size
_BYTES_AT_ONCE = 1 << 24
_SCRATCH_PREFIX = "param-scaling-bench-run-"
"""Not that of earlier versions, whose folders are not locked: a run of one may be using its own."""
_SECONDS_TO_LOCK = 5.0
"""How long a new scratch folder may be without its lock."""


class DamagedFileError(Exception):
    """A cache file whose content differs from what was written. The reader computes the content again."""


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that replaces ``path`` when the block ends without an error.

    The block writes to a new hidden file in the same folder, ``.<name>.<random>.part``, which is synced to the disk
    before it is renamed. After a crash ``path`` therefore has either its old or its new content. The umask sets the
    permissions.

    Raises:
        OSError: the folder cannot be written to. ``path`` is unchanged.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A new, empty folder that replaces ``target`` when the block ends without an error.

    It stands beside ``target`` under a hidden name. An older ``target`` is removed afterwards, or put back if the move
    fails. If the block raises, ``target`` is unchanged.

    Raises:
        OSError: the folder of ``target`` cannot be written to.
    """
    scratch = _hidden_beside(target)
    try:
        yield scratch
        _swap(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _hidden_beside(target: Path) -> Path:
    made = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    made.chmod(0o755)  # mkdtemp makes folders that only their owner can read
    return made


def _swap(scratch: Path, target: Path) -> None:
    if not target.exists():
        scratch.rename(target)
        return
    beside = _hidden_beside(target)
    replaced = beside / target.name
    try:
        target.rename(replaced)
        scratch.rename(target)
    except BaseException:
        if replaced.exists():
            replaced.rename(target)
        beside.rmdir()
        raise
    shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """A block that writes into a study's folder, which is created if it is missing.

    Raises:
        StudyError: the system refuses a write of the block, such as on a full disk.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise StudyError(
            f"a study's folder must be writable; {folder}: {error.strerror or error}; "
            "free space, change permissions, or copy the study elsewhere"
        ) from error


def refuse_link(path: Path, is_expected: Callable[[int], bool] = stat.S_ISREG) -> None:
    """Refuse a path of a study's folder that is a link, or of another kind than expected. No link is followed.

    A study's folder may come from somebody else, and a write through its link would change a file elsewhere.

    Args:
        path: may be missing.
        is_expected: of the mode of a file that may stand there; by default a regular file.

    Raises:
        StudyError: something else stands there. It is not changed.
    """
    try:
        mode = path.lstat().st_mode
    except OSError:
        return  # missing, or using it reports the error
    if not is_expected(mode):
        kind = "folder" if is_expected(stat.S_IFDIR) else "regular file"
        raise StudyError(f"in a study's folder, {path.name} is a {kind}; {path} is not; remove it")


class ScratchFolder(tempfile.TemporaryDirectory[str]):
    """A temporary folder that its process locks; it is removed when the block ends.

    A killed process cannot remove its folder. The next one removes it: a folder of this kind that nobody locks.
    """

    def __init__(self) -> None:
        for path in Path(tempfile.gettempdir()).glob(f"{_SCRATCH_PREFIX}*"):
            if _is_abandoned(path):
                shutil.rmtree(path, ignore_errors=True)
        super().__init__(prefix=_SCRATCH_PREFIX)
        self._held: int | None = os.open(self.name, os.O_RDONLY)
        _lock(self._held)

    def cleanup(self) -> None:
        """Remove the folder and end its lock; a second call does nothing."""
        super().cleanup()
        if self._held is not None:
            os.close(self._held)
            self._held = None


def _is_abandoned(path: Path) -> bool:
    try:
        if time.time() - path.stat().st_mtime < _SECONDS_TO_LOCK:
            return False
        opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # it has gone, is no folder, or is another user's
        return False
    try:
        return _lock(opened)
    finally:
        os.close(opened)


def _lock(opened: int) -> bool:
    """Whether an open folder could be locked; not on a file system without locks."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def remove_unfinished(path: Path) -> None:
    """Delete unfinished files of ``path`` left by killed processes. The caller ensures that no process writes to it."""
    for temporary in path.parent.glob(f".{path.name}.*.part"):
        temporary.unlink(missing_ok=True)


def write_with_checksum(path: Path, chunks: Iterable[bytes]) -> None:
    """Write these bytes as a whole file, followed by their SHA-256 (32 bytes).

    Raises:
        OSError: see ``whole_file``.
    """
    digest = hashlib.sha256()
    with whole_file(path) as file:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
        file.write(digest.digest())


def check(path: Path) -> None:
    """Compare a file with the checksum at its end, without loading it into memory.

    Raises:
        DamagedFileError: the file does not end with the checksum of the rest.
        OSError: the file does not exist or cannot be read.
    """
    digest = hashlib.sha256()
    n_left = path.stat().st_size - _CHECKSUM_BYTES
    with path.open("rb") as file:
        while n_left > 0 and (chunk := file.read(min(_BYTES_AT_ONCE, n_left))):
            digest.update(chunk)
            n_left -= len(chunk)
        if n_left != 0 or file.read() != digest.digest():
            raise DamagedFileError(f"a cache file ends with the SHA-256 of its content; {path} does not; delete it")


def stored_checksum(path: Path) -> bytes:
    """The checksum at the end of a file of ``write_with_checksum``: 32 bytes.

    Raises:
        OSError: the file does not exist, cannot be read, or is shorter.
    """
    with path.open("rb") as file:
        file.seek(-_CHECKSUM_BYTES, os.SEEK_END)
        return file.read()


def read_with_checksum(path: Path) -> bytes:
    """The content that ``write_with_checksum`` wrote.

    Raises:
        DamagedFileError, OSError: see ``check``.
    """
    check(path)
    return path.read_bytes()[:-_CHECKSUM_BYTES]
