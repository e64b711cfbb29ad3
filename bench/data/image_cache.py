"""Decoded images on disk: one file per data set and input shape. Every worker maps it without a copy."""

import io
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import platformdirs
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from bench.data.dataset import Dataset
from bench.data.decode import decoder, fit
from bench.errors import DataError
from bench.files import DamagedFileError, check, remove_unfinished, write_with_checksum

SECONDS_BEFORE_A_NOTE = 1.0
_CHUNK_IMAGES = 64


def default_cache_dir(environ: Mapping[str, str]) -> Path:
    """``BENCH_CACHE_DIR``, else ``param-scaling-bench`` in the user's cache folder (``~/.cache`` on Linux).

    Raises:
        DataError: ``~`` or ``~name`` begins the path, and that user has no home folder.
    """
    if chosen := environ.get("BENCH_CACHE_DIR"):
        try:
            return Path(chosen).expanduser()
        except RuntimeError as error:
            raise DataError(
                f"BENCH_CACHE_DIR must be a path whose home folder is known; received {chosen}; write the whole path"
            ) from error
    return platformdirs.user_cache_path("param-scaling-bench")


def unwritable(cache_dir: Path, error: OSError) -> DataError:
    """The error for a cache that cannot be written."""
    return DataError(
        f"the image cache must be writable; {cache_dir}: {error.strerror or error}; free space, or set BENCH_CACHE_DIR "
        "to a writable folder"
    )


def cached_images(
    dataset: Dataset,
    input_shape: tuple[int, int, int],
    cache_dir: Path,
    progress: Callable[[int], None] | None = None,
    note: Callable[[str], None] = lambda _line: None,
) -> Path:
    """The file with all images decoded to one shape. The first call writes it; later calls find it.

    The file is a NumPy ``.npy`` of float32 (n, height, width, channels), followed by the SHA-256 of everything before.
    A damaged file is written again. If several processes need the file at the same time, one decodes and the others
    wait. Memory use is one chunk of decoded images and one picture per core.

    Args:
        dataset: the images, in its row order.
        input_shape: (height, width, channels), channels being 1 or 3.
        cache_dir: created if missing; holds ``<data hash>-<HxWxC>-<decoder>.npy``.
        progress: called in the calling thread with the number of images decoded so far.
        note: called with one line if another process has to be waited for.

    Returns:
        The file's path, for ``open_images``.

    Raises:
        DataError: an image does not decode (the first such file in row order is named), or the folder cannot be
            written to. No cache file is left behind.
    """
    shape = "x".join(map(str, input_shape))
    path = cache_dir / f"{dataset.data_hash}-{shape}-{decoder()}.npy"
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with _lock(cache_dir, note):
            remove_unfinished(path)
            if not _is_intact(path):
                write_with_checksum(path, _file_bytes(dataset, input_shape, progress))
    except OSError as error:
        raise unwritable(cache_dir, error) from error
    return path


@contextmanager
def _lock(cache_dir: Path, note: Callable[[str], None]) -> Iterator[None]:
    """Decode alone. The kernel releases the lock (``flock``) when the process ends."""
    lock = FileLock(cache_dir / ".lock")
    try:
        lock.acquire(timeout=SECONDS_BEFORE_A_NOTE)
    except Timeout:
        note(f"waiting for another process that decodes images into {cache_dir}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def open_images(path: Path) -> "np.memmap[tuple[int, ...], np.dtype[np.float32]]":
    """Map a file made by ``cached_images``: float32 (n, height, width, channels), aligned to 64 bytes.

    The mapping is copy-on-write: all processes share the file's pages, and the file cannot be changed through it.
    NumPy still flags the array as writable. DLPack requires this of an array that another library uses without a copy.
    """
    return np.lib.format.open_memmap(path, mode="c")


def _is_intact(path: Path) -> bool:
    try:
        check(path)
    except (FileNotFoundError, DamagedFileError):
        return False
    return True


def _file_bytes(
    dataset: Dataset, input_shape: tuple[int, int, int], progress: Callable[[int], None] | None
) -> Iterator[bytes]:
    header = io.BytesIO()
    shape = (len(dataset), *input_shape)
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    yield header.getvalue()
    for done, image in enumerate(_decoded(dataset, input_shape), start=1):
        yield image.astype("<f4").tobytes()
        if progress is not None:
            progress(done)


def _decoded(dataset: Dataset, input_shape: tuple[int, int, int]) -> Iterator[NDArray[np.float32]]:
    """Images in row order, decoded in chunks on all cores (Pillow releases the interpreter's lock)."""
    with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        # decode() reports errors with the file's name, so Pillow's warnings add nothing.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        for start in range(0, len(dataset), _CHUNK_IMAGES):
            rows = range(start, min(start + _CHUNK_IMAGES, len(dataset)))
            yield from pool.map(lambda row: fit(dataset.read(row), input_shape), rows)
