"""Files that tasks need on the machine of a Dask worker: found by content, else received from the driver in chunks."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bench.data import default_cache_dir
from bench.files import DamagedFileError, check, stored_checksum

if TYPE_CHECKING:
    from distributed import Worker


@dataclass(frozen=True, slots=True)
class NodeFile:
    """A file of the driver.

    Attributes:
        path: on the driver's machine.
        size: in bytes.
        checksum: its last bytes, which name its content.
        is_cached: whether it is kept in the cache of each machine, for later runs.
    """

    path: Path
    size: int
    checksum: bytes
    is_cached: bool

    @classmethod
    def of(cls, path: Path) -> Self:
        """The file of a path.

        Raises:
            OSError: it cannot be read.
        """
        is_cached = path.is_relative_to(default_cache_dir(os.environ))
        return cls(path, path.stat().st_size, stored_checksum(path), is_cached)


async def find(files: Sequence[NodeFile], dask_worker: "Worker") -> list[Path | None]:
    """The path of each file on this machine: the driver's own, on a shared file system, or that of a whole copy."""
    places: list[Path | None] = []
    for file in files:
        copy = _copy(file, dask_worker)
        if _is_content(file.path, file):
            places.append(file.path)
        else:
            places.append(copy if await asyncio.to_thread(_is_whole, copy, file) else None)
    return places


def receive(file: NodeFile, offset: int, chunk: bytes, sender: str, dask_worker: "Worker") -> None:
    """Write one chunk of a file.

    Raises:
        OSError: it cannot be written.
    """
    part = _part(file, sender, dask_worker)
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("r+b" if offset else "wb") as opened:
        opened.seek(offset)
        opened.write(chunk)


async def finish(file: NodeFile, sender: str, dask_worker: "Worker") -> Path:
    """Check a received file and put it in its place.

    Raises:
        DamagedFileError: it is not the file of the driver. It is removed.
        OSError: it cannot be written.
    """
    part, path = _part(file, sender, dask_worker), _copy(file, dask_worker)
    try:
        if not await asyncio.to_thread(_is_whole, part, file):
            raise DamagedFileError(f"{file.path.name} was damaged on its way")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def discard(file: NodeFile, sender: str, dask_worker: "Worker") -> None:
    """Remove what was received of a file."""
    _part(file, sender, dask_worker).unlink(missing_ok=True)


def _copy(file: NodeFile, worker: "Worker") -> Path:
    folder = default_cache_dir(os.environ) if file.is_cached else Path(worker.local_directory)
    return folder / file.path.name


def _part(file: NodeFile, sender: str, worker: "Worker") -> Path:
    copy = _copy(file, worker)
    return copy.with_name(f".{copy.name}.{sender}.part")


def _is_content(path: Path, file: NodeFile) -> bool:
    """Whether a file has the size and the checksum; its bytes are not read."""
    try:
        return path.stat().st_size == file.size and stored_checksum(path) == file.checksum
    except OSError:
        return False


def _is_whole(path: Path, file: NodeFile) -> bool:
    """Whether every byte of a copy is that of the file."""
    if not _is_content(path, file):
        return False
    try:
        check(path)
    except (DamagedFileError, OSError):
        return False
    return True
