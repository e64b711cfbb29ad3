"""Decoded images on disk, each in one file that every worker maps and none copies."""

import fcntl
import hashlib
import io
import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset
from bench.data.decode import DECODING_VERSION, fit
from bench.errors import DataError

_CHUNK_IMAGES = 64
_HASH_BYTES = 1 << 24


def default_cache_dir(environ: Mapping[str, str]) -> Path:
    """``BENCH_CACHE_DIR``, else ``param-scaling-bench`` under ``XDG_CACHE_HOME``, else under ``~/.cache``."""
    if chosen := environ.get("BENCH_CACHE_DIR"):
        return Path(chosen).expanduser()
    base = Path(environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "param-scaling-bench"


def unwritable(cache_dir: Path, error: OSError) -> DataError:
    """What is said where the cache cannot be written."""
    return DataError(
        f"the image cache must be writable; {cache_dir}: {error.strerror or error}; set BENCH_CACHE_DIR to a folder "
        "that is"
    )


def cached_images(
    dataset: Dataset,
    input_shape: tuple[int, int, int],
    cache_dir: Path,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """The file that holds all images decoded to one shape; made by the first call, found by every later one.

    The file is a NumPy ``.npy`` of float32 (n, height, width, channels), followed by the SHA-256 of its
    pixels. A file that is short or damaged is made anew. It appears whole or not at all, and of two processes
    that want it at once one decodes and the other waits. Memory stays bounded: a chunk of decoded images, and
    one picture a core.

    Args:
        dataset: what to decode, in its row order.
        input_shape: (height, width, channels), channels being 1 or 3.
        cache_dir: created where missing; holds ``<data hash>-<HxWxC>-v<decoding version>.npy``.
        progress: called in the calling thread with the number of images decoded so far.

    Returns:
        The file's path, for ``open_images``.

    Raises:
        DataError: an image does not decode (the first such file, in row order, is named), or the folder
            cannot be written. No cache file is left behind.
    """
    shape = "x".join(map(str, input_shape))
    path = cache_dir / f"{dataset.data_hash}-{shape}-v{DECODING_VERSION}.npy"
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with _locked(cache_dir):
            if not _is_intact(path, (len(dataset), *input_shape)):
                _write(dataset, input_shape, path, progress)
    except OSError as error:
        raise unwritable(cache_dir, error) from error
    return path


def open_images(path: Path) -> "np.memmap[tuple[int, ...], np.dtype[np.float32]]":
    """Map a file made by ``cached_images``: float32 (n, height, width, channels), aligned to 64 bytes.

    The mapping is copy-on-write. All processes share the file's pages, the file cannot be changed through it,
    and yet NumPy calls the array writable, which DLPack demands of an array that another library is to use
    without a copy.
    """
    return np.lib.format.open_memmap(path, mode="c")


@contextmanager
def _locked(cache_dir: Path) -> Iterator[None]:
    with (cache_dir / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file closes, be it by the process's death
        yield


def _header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return header.getvalue()


def _is_intact(path: Path, shape: tuple[int, ...]) -> bool:
    header = _header(shape)
    n_pixel_bytes = math.prod(shape) * np.dtype(np.float32).itemsize
    digest = hashlib.sha256()
    if not path.exists() or path.stat().st_size != len(header) + n_pixel_bytes + digest.digest_size:
        return False
    with path.open("rb") as file:
        if file.read(len(header)) != header:
            return False
        for start in range(0, n_pixel_bytes, _HASH_BYTES):
            digest.update(file.read(min(_HASH_BYTES, n_pixel_bytes - start)))
        return file.read() == digest.digest()


def _write(
    dataset: Dataset, input_shape: tuple[int, int, int], path: Path, progress: Callable[[int], None] | None
) -> None:
    # One name suffices under the lock, and a killed process leaves at most this one file.
    part = path.with_suffix(".part")
    digest = hashlib.sha256()
    try:
        with part.open("wb") as file:
            file.write(_header((len(dataset), *input_shape)))
            for done, image in enumerate(_decoded(dataset, input_shape), start=1):
                pixels = image.astype("<f4").tobytes()
                file.write(pixels)
                digest.update(pixels)
                if progress is not None:
                    progress(done)
            file.write(digest.digest())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _decoded(dataset: Dataset, input_shape: tuple[int, int, int]) -> Iterator[NDArray[np.float32]]:
    """Images in row order, decoded by chunks on all cores (Pillow releases the interpreter's lock)."""
    with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        # decode() refuses what matters, with the file's name; Pillow's warnings would only come on top.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        for start in range(0, len(dataset), _CHUNK_IMAGES):
            rows = range(start, min(start + _CHUNK_IMAGES, len(dataset)))
            yield from pool.map(lambda row: fit(dataset.read(row), input_shape), rows)
