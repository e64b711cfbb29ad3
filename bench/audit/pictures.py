"""Measures every picture in one pass over the files. Each file is decoded once, and results are cached by content.

Pictures are measured in chunks. The cache key of a chunk contains the contents of its files and everything that the
measurements depend on (``_chunk_key``), so a stopped audit can resume, and a second audit of a set reads the cache.
Memory holds one picture per core, and the numbers. Thumbnails stay on disk and are mapped.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.audit.cached_parts import Note, damaged, npy_bytes
from bench.data import BadFile, Dataset
from bench.data.decode import decoder
from bench.data.fingerprint import gray_picture, pixel_hash, thumbnail
from bench.data.image_cache import unwritable
from bench.errors import BadFileError
from bench.files import DamagedFileError, check, read_with_checksum, write_with_checksum

THUMB_SIDE = 64
"""Pixels. Thumbnails are gray, stretched to a square of this side and to the full scale of 8 bits."""

MEASURING_VERSION = 1
"""Part of every cache key. Raised by one whenever a change of this module changes a measurement."""

_CHUNK_PICTURES = 256


@dataclass(frozen=True, slots=True)
class Picture:
    """The measurements of one picture. If ``problem`` is set, it could not be measured, and the rest is empty.

    ``content_hash`` is the hash of the file, ``pixel_hash`` that of the decoded pixels (SHA-256, 32 hexadecimal
    digits). Intensities are those of the gray picture, in [0, 1].
    """

    content_hash: str
    problem: str = ""
    cause: str = ""
    pixel_hash: str = ""
    width: int = 0
    height: int = 0
    format: str = ""
    mode: str = ""
    n_frames: int = 0
    n_bytes: int = 0
    mean: float = 0.0
    sd: float = 0.0
    darkest: float = 0.0
    brightest: float = 0.0
    is_gray: bool = False


@dataclass(frozen=True)
class Measurements:
    """The measurements of a data set's pictures, in its order.

    ``thumbnails`` holds one array (m, 64, 64) per 256 pictures, mapped from the cache.
    """

    pictures: tuple[Picture, ...]
    thumbnails: tuple[NDArray[np.uint8], ...]

    def read_thumbnails(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Thumbnails (m, 64, 64) of rows (m,)."""
        chunks, places = np.divmod(rows, _CHUNK_PICTURES)
        read = np.empty((len(rows), THUMB_SIDE, THUMB_SIDE), dtype=np.uint8)
        for chunk in np.unique(chunks).tolist():
            here = chunks == chunk
            read[here] = self.thumbnails[chunk][places[here]]
        return read

    def bad(self, dataset: Dataset) -> dict[int, BadFile]:
        """The pictures that could not be measured, by row."""
        return {
            row: BadFile(dataset.files[row], picture.problem, picture.cause)
            for row, picture in enumerate(self.pictures)
            if picture.problem
        }

    def take(self, rows: list[int]) -> "Measurements":
        """The measurements of these rows only, in this order, with their thumbnails read into new chunks."""
        if rows == list(range(len(self.pictures))):
            return self
        numbers = np.array(rows, dtype=np.int64)
        starts = range(0, len(rows), _CHUNK_PICTURES)
        chunks = tuple(self.read_thumbnails(numbers[start : start + _CHUNK_PICTURES]) for start in starts)
        return Measurements(tuple(self.pictures[row] for row in rows), chunks)


def measurements_key() -> str:
    """Everything that the measurements of a picture depend on, apart from its file."""
    return json.dumps([MEASURING_VERSION, THUMB_SIDE, [field.name for field in fields(Picture)], decoder()])


def measure(
    dataset: Dataset, cache_dir: Path, note: Note = lambda line: None, advance: Callable[[], None] = lambda: None
) -> Measurements:
    """Measure every picture of a data set. If a picture cannot be read or decoded, its problem is recorded.

    Args:
        dataset: the pictures.
        cache_dir: measurements are cached in its folder ``pictures``.
        note: called with a line about each damaged cache file.
        advance: called once per picture.

    Raises:
        DataError: the cache cannot be written.
    """
    folder = cache_dir / "pictures"
    pictures: list[Picture] = []
    thumbnails = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
            warnings.simplefilter("ignore")  # of Pillow; a picture's problem is measured
            for start in range(0, len(dataset), _CHUNK_PICTURES):
                rows = range(start, min(start + _CHUNK_PICTURES, len(dataset)))
                of_chunk, mapped = _chunk(dataset, rows, folder, pool, note, advance)
                pictures += of_chunk
                thumbnails.append(mapped)
    except OSError as error:
        raise unwritable(cache_dir, error) from error
    return Measurements(tuple(pictures), tuple(thumbnails))


def _chunk(
    dataset: Dataset,
    rows: range,
    folder: Path,
    pool: ThreadPoolExecutor,
    note: Note,
    advance: Callable[[], None],
) -> tuple[list[Picture], NDArray[np.uint8]]:
    contents = list(pool.map(lambda row: _content(dataset, row), rows))
    name = _chunk_key(contents)
    table, images = folder / f"{name}.json", folder / f"{name}.npy"
    cached = _cached(table, images, note)
    # The machine may have caused a problem, such as a lack of memory, so pictures with a problem are measured again.
    if cached is not None and all(
        _picture(dataset, rows[place], picture.content_hash)[0] == picture
        for place, picture in enumerate(cached[0])
        if picture.problem
    ):
        for _ in rows:
            advance()
        return cached
    thumbnails = np.zeros((len(rows), THUMB_SIDE, THUMB_SIDE), dtype=np.uint8)
    pictures = []
    for place, (picture, small) in enumerate(
        pool.map(lambda row, content: _picture(dataset, row, content), rows, contents)
    ):
        pictures.append(picture)
        thumbnails[place] = small
        advance()
    write_with_checksum(images, [npy_bytes(thumbnails)])
    write_with_checksum(table, [json.dumps([asdict(picture) for picture in pictures]).encode()])
    return pictures, np.load(images, mmap_mode="r")


def _chunk_key(contents: list[str]) -> str:
    return hashlib.sha256(json.dumps([measurements_key(), contents]).encode()).hexdigest()[:32]


def _cached(table: Path, images: Path, note: Note) -> tuple[list[Picture], NDArray[np.uint8]] | None:
    """A chunk from the cache; None if it is missing or damaged. The table is written last."""
    for path in (table, images):
        try:
            check(path)
        except FileNotFoundError:
            return None
        except DamagedFileError:
            note(damaged(path))
            return None
    pictures = [Picture(**values) for values in json.loads(read_with_checksum(table))]
    return pictures, np.load(images, mmap_mode="r")


def _content(dataset: Dataset, row: int) -> str:
    try:
        return dataset.source.content_hash(row)[:32]
    except BadFileError as error:
        return f"{error.problem}: {error.cause}"


def _picture(dataset: Dataset, row: int, content: str) -> tuple[Picture, NDArray[np.uint8]]:
    try:
        metadata, image = dataset.source.metadata(row), dataset.read(row)
    except BadFileError as error:
        return Picture(content, error.problem, error.cause), np.zeros((THUMB_SIDE, THUMB_SIDE), dtype=np.uint8)
    gray = gray_picture(image)
    return Picture(
        content,
        pixel_hash=pixel_hash(image),
        width=metadata.width,
        height=metadata.height,
        format=metadata.format,
        mode=metadata.mode,
        n_frames=metadata.n_frames,
        n_bytes=metadata.n_bytes,
        mean=float(gray.mean(dtype=np.float64)),
        sd=float(gray.std(dtype=np.float64)),
        darkest=float(gray.min()),
        brightest=float(gray.max()),
        is_gray=metadata.is_gray,
    ), thumbnail(gray, THUMB_SIDE)
