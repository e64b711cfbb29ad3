"""What an audit measures of each picture: one pass over the files, each decoded once, and kept by content.

Pictures are measured by chunks. A chunk's measurements lie in the cache under the hash of its contents, so an audit
that was stopped goes on where it was, and one of a set that was measured before reads them. Memory holds one picture a
core, and the numbers; thumbnails stay on disk and are mapped.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.audit.kept_parts import save, write_whole
from bench.data import BadFile, Dataset
from bench.data.decode import DECODING_VERSION, fit
from bench.data.image_cache import unwritable
from bench.errors import BadFileError

THUMB_SIDE = 64
"""Thumbnails are gray, stretched to a square of this side, and to the full scale of 8 bits."""

MEASURING_VERSION = 1
"""Part of every cache file's name. Raised by one whenever a change of this module changes a measurement."""

_CHUNK_PICTURES = 256


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, measured. Where ``problem`` is set it could not be, and everything below is empty.

    ``content_hash`` is of the file, ``pixel_hash`` of the decoded pixels (SHA-256, 32 hexadecimal digits). Intensities
    are of the gray picture, in [0, 1].
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
    """What was measured of a data set's pictures, in its order.

    ``thumbnails`` holds an array (m, 64, 64) for each 256 of them, mapped from the cache.
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
        """Those of these rows only, in this order, with their thumbnails read into chunks of their own."""
        if rows == list(range(len(self.pictures))):
            return self
        numbers = np.array(rows, dtype=np.int64)
        starts = range(0, len(rows), _CHUNK_PICTURES)
        chunks = tuple(self.read_thumbnails(numbers[start : start + _CHUNK_PICTURES]) for start in starts)
        return Measurements(tuple(self.pictures[row] for row in rows), chunks)


def measure(dataset: Dataset, cache_dir: Path, advance: Callable[[], None] = lambda: None) -> Measurements:
    """Measure every picture of a data set; those that cannot be read or decoded are measured as such.

    Args:
        dataset: whose pictures.
        cache_dir: where measurements are kept, under ``audit-v<version>``.
        advance: told of every picture.

    Raises:
        DataError: the cache cannot be written.
    """
    folder = cache_dir / f"audit-v{MEASURING_VERSION}.{DECODING_VERSION}"
    pictures: list[Picture] = []
    thumbnails = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
            warnings.simplefilter("ignore")  # Pillow's; what matters is measured as a problem
            for start in range(0, len(dataset), _CHUNK_PICTURES):
                rows = range(start, min(start + _CHUNK_PICTURES, len(dataset)))
                of_chunk, mapped = _chunk(dataset, rows, folder, pool, advance)
                pictures += of_chunk
                thumbnails.append(mapped)
    except OSError as error:
        raise unwritable(cache_dir, error) from error
    return Measurements(tuple(pictures), tuple(thumbnails))


def _chunk(
    dataset: Dataset, rows: range, folder: Path, pool: ThreadPoolExecutor, advance: Callable[[], None]
) -> tuple[list[Picture], NDArray[np.uint8]]:
    contents = list(pool.map(lambda row: _content(dataset, row), rows))
    name = hashlib.sha256(json.dumps(contents).encode()).hexdigest()[:32]
    table, images = folder / f"{name}.json", folder / f"{name}.npy"
    kept = _kept(table, images)
    # What was wrong with a picture may have been the machine, such as a lack of memory: it is looked at again.
    if kept is not None and all(
        _picture(dataset, rows[place], picture.content_hash)[0] == picture
        for place, picture in enumerate(kept[0])
        if picture.problem
    ):
        for _ in rows:
            advance()
        return kept
    thumbnails = np.zeros((len(rows), THUMB_SIDE, THUMB_SIDE), dtype=np.uint8)
    pictures = []
    for place, (picture, thumbnail) in enumerate(
        pool.map(lambda row, content: _picture(dataset, row, content), rows, contents)
    ):
        pictures.append(picture)
        thumbnails[place] = thumbnail
        advance()
    write_whole(images, lambda part: save(part, thumbnails))
    write_whole(table, lambda part: part.write_text(json.dumps([asdict(picture) for picture in pictures])))
    return pictures, np.load(images, mmap_mode="r")


def _kept(table: Path, images: Path) -> tuple[list[Picture], NDArray[np.uint8]] | None:
    """A chunk as it was kept; None where it was not, whose table was written last, or is damaged."""
    try:
        return [Picture(**values) for values in json.loads(table.read_text())], np.load(images, mmap_mode="r")
    except (OSError, ValueError, TypeError):
        return None


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
    digest = hashlib.sha256(f"{image.shape} ".encode())
    digest.update(np.ascontiguousarray(image).data)
    gray = fit(image, (*image.shape[:2], 1))[..., 0] if image.shape[2] == 3 else image[..., 0]
    return Picture(
        content,
        pixel_hash=digest.hexdigest()[:32],
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
    ), thumbnail(gray)


def thumbnail(gray: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A gray picture (h, w) in [0, 1] as (64, 64) of 8 bits, stretched to the full scale."""
    small = Image.fromarray(gray).resize((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BILINEAR)
    pixels = np.asarray(small)
    low, high = float(pixels.min()), float(pixels.max())
    scaled = (pixels - low) * (255 / max(high - low, 1e-6))
    return np.rint(scaled).astype(np.uint8)
