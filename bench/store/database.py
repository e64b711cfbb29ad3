"""Opens the file of a store; transactions; one-line messages for SQLite's errors.

With write-ahead logging, a report can read while a run writes. ``synchronous=FULL`` syncs the log at every commit, so a
result survives a power cut. It survives ``kill -9`` without syncing. A sync takes milliseconds, a training seconds.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import StudyError
from bench.files import refuse_link
from bench.store.checksums import seal_writes, verify
from bench.store.schema import bring_up_to_date

SECONDS_TO_WAIT_FOR_A_WRITER = 10.0

_NO_LOCKS = "its file system lacks locks or shared memory: copy the folder to another one, or choose another --results"
_FIXES = {
    "SQLITE_FULL": "free some disk space and run the same command again; what is stored is safe",
    "SQLITE_BUSY": f"it was not free within {SECONDS_TO_WAIT_FOR_A_WRITER:g} s: wait for the process that is writing "
    "to it, or stop it; on a network file system without locks, use --results on another one",
    "SQLITE_PROTOCOL": _NO_LOCKS,
    "SQLITE_IOERR_LOCK": _NO_LOCKS,
    "SQLITE_IOERR_RDLOCK": _NO_LOCKS,
    "SQLITE_IOERR_SHM": _NO_LOCKS,
    "SQLITE_IOERR_WRITE": "the system refused a write: raise the limit of file sizes (ulimit -f) or the quota, or "
    "check the disk, and run the same command again; what is stored is safe",
    "SQLITE_NOTADB": "it is not a store; move it away or choose another --study",
    "SQLITE_CORRUPT": "restore it from a copy, or remove it and run again",
    "SQLITE_CANTOPEN": "make its folder writable, or copy the folder to where it is",
    "SQLITE_READONLY": "make the file and its folder writable, or copy the folder to where it is",
}


class Database:
    """An open store file, migrated to the current version.

    A file that may not be written, or whose folder may not, is read into memory: reading it needs no permission to
    write, and writes to it are refused.

    Raises:
        StudyError: the file is not a store, or was written by a newer version; it is not changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        refuse_link(path)
        with one_line(path):
            self._connection = _connected(path)
            try:
                bring_up_to_date(self._connection, path)
                seal_writes(self._connection)
                self._inode = path.stat().st_ino
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all writes of the block are stored when it ends, or none if it raises.

        Raises:
            StudyError: SQLite fails, or the file is no longer in its place.
        """
        self._require_in_place()
        if not _is_writable(self.path):
            raise StudyError(f"a study's store must be writable; {self.path} is not; {_FIXES['SQLITE_READONLY']}")
        with one_line(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def reading(self, *tables: str) -> Iterator[sqlite3.Connection]:
        """A connection for statements that read, once the rows of these tables have been compared with their checksums.

        Raises:
            StudyError: SQLite fails, a stored record was changed or is invalid, or the file is no longer in its place.
        """
        self._require_in_place()
        with one_line(self.path):
            try:
                verify(self._connection, tables)
                yield self._connection
            except ValueError as error:  # pydantic's, json's and numpy's, of a record that was changed or damaged
                reason = " ".join(str(error).split())[:200]
                raise StudyError(
                    f"a study's store must hold valid records; {self.path}: {reason}; "
                    "restore it from a copy, or remove it and run again"
                ) from error

    def _require_in_place(self) -> None:
        """Refuse to go on if the file was deleted or moved: SQLite would write to a file that nobody can find."""
        try:
            is_in_place = self.path.stat().st_ino == self._inode
        except OSError:
            is_in_place = False
        if not is_in_place:
            raise StudyError(
                f"a study's store must stay in its place; {self.path} was deleted, moved or replaced while it was in "
                "use; move it back, or run the same command again to begin anew"
            )

    def close(self) -> None:
        """Write the log back into the file and close it."""
        with one_line(self.path):
            self._connection.close()


def _connected(path: Path) -> sqlite3.Connection:
    if _is_writable(path):
        return sqlite3.connect(path, SECONDS_TO_WAIT_FOR_A_WRITER, isolation_level=None)
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise StudyError(
            f"a study's store must be writable to merge its log; {log} holds results and {path.parent} is not "
            "writable; copy the folder, and use the copy"
        )
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as stored:
        loaded = sqlite3.connect(":memory:", isolation_level=None)
        stored.backup(loaded)
    return loaded


def _is_writable(path: Path) -> bool:
    """Whether the file may be written; SQLite also writes files beside it."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


@contextmanager
def one_line(path: Path) -> Iterator[None]:
    """Turn an error of SQLite in the block into a ``StudyError`` that names the file and the fix."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or type(error).__name__
        fix = next((fix for code, fix in _FIXES.items() if name.startswith(code)), "restore it from a copy")
        reason = " ".join(str(error).split())
        raise StudyError(f"a study's store must be readable and writable; {path}: {reason} ({name}); {fix}") from error
