"""A labelled image set, from any source."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.decode import DECODING_VERSION, FileMetadata, decode, read_metadata
from bench.errors import BadFileError, DataError

LAST_UNHASHED_DECODING = 2
"""Data hashes contain ``DECODING_VERSION`` only above this value, so published studies keep their trial keys."""


class ImageSource(Protocol):
    """Pictures by row number: the interface between a data set and the storage of its pictures."""

    def read(self, row: int) -> NDArray[np.float32]:
        """Picture ``row`` as float32 (h, w, c) in [0, 1], with c = 1 or 3."""

    def content_hash(self, row: int) -> str:
        """SHA-256, hexadecimal, of the bytes from which picture ``row`` is decoded."""

    def metadata(self, row: int) -> FileMetadata:
        """The header of picture ``row``."""

    def take(self, rows: Sequence[int]) -> Self:
        """The source of these rows only, in this order."""


@dataclass(frozen=True, eq=False)
class ArraySource:
    """Pictures in memory: (n, h, w) or (n, h, w, c) with c = 1 or 3; unsigned integers, or floats in [0, 1]."""

    images: NDArray[np.generic]

    def read(self, row: int) -> NDArray[np.float32]:
        """See ``ImageSource``."""
        image = self.images[row]
        full_scale = np.iinfo(image.dtype).max if np.issubdtype(image.dtype, np.unsignedinteger) else 1
        scaled: NDArray[np.float32] = image.astype(np.float32) / np.float32(full_scale)
        return scaled[..., np.newaxis] if scaled.ndim == 2 else scaled

    def content_hash(self, row: int) -> str:
        """See ``ImageSource``."""
        image = self.images[row].astype(self.images.dtype.newbyteorder("<"))
        return hashlib.sha256(f"{image.dtype.str} {image.shape} ".encode() + image.tobytes()).hexdigest()

    def metadata(self, row: int) -> FileMetadata:
        """See ``ImageSource``."""
        height, width, *channels = self.images.shape[1:]
        mode = "RGB" if channels == [3] else "L"
        return FileMetadata(width, height, "array", mode, 1, int(self.images[row].nbytes))

    def take(self, rows: Sequence[int]) -> "ArraySource":
        """See ``ImageSource``."""
        return ArraySource(self.images[list(rows)])


@dataclass(frozen=True)
class FileSource:
    """Pictures in files: ``files`` are relative POSIX names under ``root``."""

    root: Path
    files: tuple[str, ...]

    def read(self, row: int) -> NDArray[np.float32]:
        """See ``ImageSource``; raises ``BadFileError`` naming a file that does not decode."""
        return decode(self.root / self.files[row])

    def content_hash(self, row: int) -> str:
        """See ``ImageSource``: the hash of the file's bytes."""
        path = self.root / self.files[row]
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise BadFileError(
                "unreadable",
                f"every image must be readable; {path}: {error.strerror}; correct or remove it",
                error.strerror or "",
            ) from error

    def metadata(self, row: int) -> FileMetadata:
        """See ``ImageSource``; raises ``BadFileError`` naming a file that is not an image."""
        return read_metadata(self.root / self.files[row])

    def take(self, rows: Sequence[int]) -> "FileSource":
        """See ``ImageSource``."""
        return FileSource(self.root, tuple(self.files[row] for row in rows))


def as_files(dataset: "Dataset", folder: Path) -> tuple[Path, tuple[str, ...]]:
    """A folder that holds every image of a data set as a file, and the names of the files in row order.

    A data set of files returns its own files. Pictures in memory are written as 8-bit PNG.

    Args:
        dataset: the images.
        folder: an empty folder, used if images have to be written.
    """
    if isinstance(dataset.source, FileSource):
        return dataset.source.root, dataset.source.files
    names = tuple(f"{row}.png" for row in range(len(dataset)))
    for row, name in enumerate(names):
        pixels = np.round(dataset.read(row) * 255).astype(np.uint8)
        Image.fromarray(pixels.squeeze(axis=2) if pixels.shape[2] == 1 else pixels).save(folder / name)
    return folder, names


def printable(name: str) -> str:
    """A file name that can be printed and stored: bytes that are not UTF-8 are written as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that was left out of a data set: its name, its problem in a few words, and the library's message."""

    file: str
    problem: str
    cause: str = ""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with their labels and, if known, their patients. Row ``i`` is the same image in every field.

    Attributes:
        name: ``digits``, ``phantom``, or the folder's or file's own name.
        class_names: sorted; ``labels`` index them.
        labels: (n,) int64.
        files: n unique relative POSIX names; such as ``digits/0001`` if the images are not files.
        source: the pictures.
        patients: n names; no fold may divide the images of one patient. None where unknown.
        best_accuracy: the best accuracy that any classifier can expect, if it is known.
        left_out: files that cannot be used.

    Raises:
        DataError: fewer than two classes, or a class without an image.
    """

    name: str
    class_names: tuple[str, ...]
    labels: NDArray[np.int64]
    files: tuple[str, ...]
    source: ImageSource
    patients: tuple[str, ...] | None = None
    best_accuracy: float | None = None
    left_out: tuple[BadFile, ...] = ()

    def __post_init__(self) -> None:
        if len(self.class_names) < 2:
            raise DataError(
                f"a data set needs at least two classes; {self.name} has {len(self.class_names)} "
                f"({', '.join(self.class_names) or 'none'}); add images of another class"
            )
        for class_name, count in zip(self.class_names, self.class_counts, strict=True):
            if count == 0:
                raise DataError(
                    f"every class needs an image; class {class_name} of {self.name} has none; "
                    "add images or remove the class"
                )

    def __len__(self) -> int:
        return len(self.files)

    @property
    def class_counts(self) -> tuple[int, ...]:
        """Images per class, in the order of ``class_names``."""
        return tuple(np.bincount(self.labels, minlength=len(self.class_names)).tolist())

    @cached_property
    def data_hash(self) -> str:
        """16 hexadecimal digits over class names, labels, file names, patients and the bytes of every image file.

        It is part of every trial key. It hashes files, not decoded pixels. It contains decoding versions after
        ``LAST_UNHASHED_DECODING``, so a change of the decoded pixels changes trial keys. It does not depend on the
        absolute path, the order of files on disk or of rows in the manifest, or the input shape.
        """
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            contents = list(pool.map(self.source.content_hash, range(len(self))))
        fields: list[object] = [self.class_names, self.labels.tolist(), self.files, self.patients, contents]
        if DECODING_VERSION > LAST_UNHASHED_DECODING:
            fields.append(DECODING_VERSION)
        return hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()[:16]

    def read(self, row: int) -> NDArray[np.float32]:
        """Picture ``row`` in its own size: float32 (h, w, c) in [0, 1], with c = 1 or 3.

        Raises:
            DataError: its file does not decode; the message names it.
        """
        return self.source.read(row)

    def subset(self, rows: Sequence[int]) -> "Dataset":
        """The data set of these rows only, with the same name and classes."""
        return replace(
            self,
            labels=self.labels[list(rows)],
            files=tuple(self.files[row] for row in rows),
            source=self.source.take(rows),
            patients=None if self.patients is None else tuple(self.patients[row] for row in rows),
        )

    def without(self, bad: Mapping[int, BadFile]) -> "Dataset":
        """The data set without these rows, which are added to ``left_out``."""
        if not bad:
            return self
        kept = self.subset([row for row in range(len(self)) if row not in bad])
        return replace(kept, left_out=(*self.left_out, *(bad[row] for row in sorted(bad))))
