"""A long computation in parts: on every core, and each part kept, so that one that was stopped goes on where it was."""

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keep = Callable[[str, Callable[[], NDArray[Any]]], NDArray[Any]]
"""(name, what computes it) -> an array that was kept under that name, or is computed now."""


def kept_in(folder: Path) -> Keep:
    """Keep parts as ``<name>.npy`` in a folder, each whole or not at all; a damaged one is computed anew.

    Another process may end the same search and take the folder away: what is not kept then is not needed any more.
    """

    def keep(name: str, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        path = folder / f"{name}.npy"
        with contextlib.suppress(FileNotFoundError, ValueError, EOFError):
            kept: NDArray[Any] = np.load(path)
            return kept
        computed = compute()
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            write_whole(path, lambda part: save(part, computed))
        return computed

    return keep


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file so that it appears whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def save(path: Path, array: NDArray[Any]) -> None:
    """Write an array as ``.npy``, whatever the file's name ends in."""
    with path.open("wb") as file:
        np.save(file, array)


def in_parts(
    name: str,
    n: int,
    size: int,
    compute: Callable[[NDArray[np.int64]], NDArray[Any]],
    keep: Keep,
    advance: Callable[[int], None],
) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    """What is computed of each part of ``size`` of n rows, with those rows, in order.

    Args:
        name: that parts are kept under, with their first row.
        n: number of rows.
        size: rows a part.
        compute: runs in a thread of its own.
        keep: the parts.
        advance: told of how many rows have ended.
    """
    parts = list(split(np.arange(n), size))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        computed = pool.map(lambda rows: keep(f"{name}-{rows[0]}", partial(compute, rows)), parts)
        for rows, values in zip(parts, computed, strict=True):
            yield rows, values
            advance(len(rows))


def split(rows: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """Consecutive rows, at most ``size`` at a time."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
