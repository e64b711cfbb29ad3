"""A long computation in parts, on all cores. Each part is cached, so a stopped computation can resume."""

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.files import DamagedFileError, read_with_checksum, write_with_checksum

PartCache = Callable[[str, Callable[[], NDArray[Any]]], NDArray[Any]]
"""(name, compute) -> the array cached under that name, or the result of ``compute()``."""

Note = Callable[[str], None]
"""Prints one line."""


def parts_in(folder: Path, note: Note) -> PartCache:
    """Cache parts as ``<name>.npy`` in a folder. A damaged part is computed again.

    Another process may finish the same search and remove the folder. A part that cannot be written for this reason is
    returned uncached.

    Args:
        folder: created if missing.
        note: called with a line about each damaged file.
    """

    def cached(name: str, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        path = folder / f"{name}.npy"
        try:
            part: NDArray[Any] = np.load(io.BytesIO(read_with_checksum(path)))
        except FileNotFoundError:
            part = compute()
        except DamagedFileError:
            note(damaged(path))
            part = compute()
        else:
            return part
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            write_with_checksum(path, [npy_bytes(part)])
        return part

    return cached


def damaged(path: Path) -> str:
    """The note about a cache file that does not match its checksum."""
    return f"the cache file {path} is damaged and is made again"


def npy_bytes(array: NDArray[Any]) -> bytes:
    """An array in NumPy's ``.npy`` format."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def in_parts(
    name: str,
    n: int,
    size: int,
    compute: Callable[[NDArray[np.int64]], NDArray[Any]],
    cache: PartCache,
    advance: Callable[[int], None],
) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    """Compute something for each part of n rows; yield each part's rows and result, in order.

    Args:
        name: the parts are cached as ``<name>-<first row>-<number of rows>``.
        n: number of rows.
        size: rows per part.
        compute: called with the rows of one part, in a thread.
        cache: caches the parts.
        advance: called with the number of rows of each finished part.
    """
    parts = list(split(np.arange(n), size))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        computed = pool.map(lambda rows: cache(f"{name}-{rows[0]}-{len(rows)}", partial(compute, rows)), parts)
        for rows, values in zip(parts, computed, strict=True):
            yield rows, values
            advance(len(rows))


def split(rows: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """Consecutive rows, at most ``size`` at a time."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
