"""The format of a folder of images: ``CLASS/FILE``, or described by ``manifest.csv``."""

import csv
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from bench.data.data_format import DataFormat
from bench.data.dataset import BadFile, Dataset, FileSource, printable
from bench.errors import BadFileError, DataError

MANIFEST = "manifest.csv"

_LEFT_BY_FILE_MANAGERS = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX"})


@dataclass(frozen=True, order=True)
class _Labelled:
    file: str
    label: str
    patient: str = ""


_Refuse = Callable[[str, BadFileError], None]


def open_folder(folder: Path, skip_bad: bool = False) -> Dataset:
    """Open a folder: the files that ``manifest.csv`` lists if it exists, else every ``CLASS/FILE``.

    The manifest has the columns ``file`` (relative to the folder, and inside it), ``label`` and, optionally,
    ``patient``. Further columns are ignored. Without a manifest, every sub-folder is a class and every file in it an
    image, except hidden files and files that file managers create. Files next to the sub-folders are ignored. Rows are
    sorted by file name. No image is decoded here, and nothing outside the folder is read.

    Args:
        folder: contains the images.
        skip_bad: leave out, instead of raising, entries that do not exist, lie outside the folder, or have names that
            are not UTF-8. They are listed in ``Dataset.left_out``.

    Raises:
        DataError: naming the file, folder or manifest line that breaks one of these rules.
    """
    name = printable(folder.resolve().name)
    manifest = folder / MANIFEST
    left_out: list[BadFile] = []

    def refuse(file: str, error: BadFileError) -> None:
        if not skip_bad:
            raise error
        left_out.append(BadFile(printable(file), error.problem, error.cause))

    if os.path.lexists(manifest):
        _require_manifest(folder, manifest)
        images = sorted(_from_manifest(folder, manifest, refuse))
        class_names = tuple(sorted({image.label for image in images}))
    else:
        class_folders = {_class_name(entry): entry for entry in _visible(folder) if entry.is_dir()}
        images = sorted(_from_class_folders(folder, class_folders, refuse))
        class_names = tuple(sorted(class_folders))
    files = tuple(image.file for image in images)
    row_of_class = {class_name: index for index, class_name in enumerate(class_names)}
    return Dataset(
        name=name,
        class_names=class_names,
        labels=np.array([row_of_class[image.label] for image in images], dtype=np.int64),
        files=files,
        source=FileSource(folder, files),
        patients=tuple(image.patient for image in images) if images and images[0].patient else None,
        left_out=tuple(left_out),
    )


def _visible(folder: Path) -> list[Path]:
    return [
        entry
        for entry in sorted(folder.iterdir())
        if not entry.name.startswith(".") and entry.name not in _LEFT_BY_FILE_MANAGERS
    ]


def _class_name(folder: Path) -> str:
    if printable(folder.name) != folder.name:
        raise DataError(f"the name of a class folder is UTF-8; received {printable(str(folder))}; rename it")
    return folder.name


def _from_class_folders(folder: Path, class_folders: dict[str, Path], refuse: _Refuse) -> Iterator[_Labelled]:
    for label, class_folder in class_folders.items():
        for entry in _visible(class_folder):
            file = PurePosixPath(label, entry.name)
            try:
                _require_inside(folder, file, f"{folder}")
                if entry.is_dir():
                    raise BadFileError(
                        "a folder",
                        f"a class folder holds images only; {entry} is a folder; move its images "
                        f"up, or list them in {MANIFEST}",
                    )
                _require_file(folder, file, f"{folder}")
            except BadFileError as error:
                refuse(str(file), error)
            else:
                yield _Labelled(str(file), label)


def _require_manifest(folder: Path, manifest: Path) -> None:
    """Refuse a link out of the folder, and a device or pipe, which could be read without end."""
    try:
        _require_file(folder, PurePosixPath(MANIFEST), f"{folder}")
        _require_inside(folder, PurePosixPath(MANIFEST), f"{folder}")
    except BadFileError as error:
        raise DataError(
            f"a manifest is a file in the data folder; {manifest} is {error.problem}; put the file itself there, or "
            "remove it to use the folders as classes"
        ) from error


def _from_manifest(folder: Path, manifest: Path, refuse: _Refuse) -> Iterator[_Labelled]:
    line_of_file: dict[Path, int] = {}
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.DictReader(text, strict=True)
            columns = rows.fieldnames or []
            for column in ("file", "label"):
                if column not in columns:
                    raise DataError(
                        "a manifest has the columns file, label and, optionally, patient; "
                        f"{manifest} has no column "
                        f"{column} (its columns: {', '.join(columns) or 'none'}); add it to the first line"
                    )
            for row in rows:
                line = rows.line_num
                where = f"{manifest} line {line}"
                values = {
                    column: (row[column] or "").strip() for column in _Labelled.__match_args__ if column in columns
                }
                for column, value in values.items():
                    if not value:
                        raise DataError(
                            f"every manifest row needs a {column}; {where} has none; fill it in or remove the row"
                        )
                file = PurePosixPath(values["file"])
                try:
                    resolved = _require_inside(folder, file, where)
                    _require_file(folder, file, where)
                except BadFileError as error:
                    refuse(str(file), error)
                    continue
                if resolved in line_of_file:
                    raise DataError(
                        f"a manifest lists each file once; {where} lists {file} again, after line "
                        f"{line_of_file[resolved]}; remove one of the two rows"
                    )
                line_of_file[resolved] = line
                yield _Labelled(str(file), values["label"], values.get("patient", ""))
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(
            f"a manifest is UTF-8 text with comma-separated values; {manifest} is not ({error}); save it as such"
        ) from error


def _require_inside(folder: Path, file: PurePosixPath, where: str) -> Path:
    name = printable(str(file))
    if name != str(file):
        raise BadFileError("no UTF-8 name", f"the name of a file is UTF-8; {where}: received {name}; rename it")
    try:
        resolved = (folder / file).resolve()
    except (RuntimeError, ValueError, OSError) as error:  # a loop of links (before Python 3.13), a NUL, a name too long
        reason = getattr(error, "strerror", None) or error
        raise BadFileError(
            "no file",
            f"every image must be a file; {where}: {_excerpt(name)}: {reason}; remove the link or correct it",
            str(reason).replace(str(folder), "."),
        ) from error
    if file.is_absolute() or not resolved.is_relative_to(folder.resolve()):
        raise BadFileError(
            "outside the folder",
            f"every image must lie inside the data folder; {where}: {name} leads out of it; "
            "copy the image into the folder",
        )
    return resolved


def _require_file(folder: Path, file: PurePosixPath, where: str) -> None:
    path = folder / file
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        raise BadFileError(
            "no file",
            f"every image must be an existing file; {where}: there is no file {_excerpt(str(path))}; "
            "correct the name or remove it",
        )


def _excerpt(name: str) -> str:
    return name if len(name) <= 300 else f"{name[:150]}...{name[-100:]}"


FOLDER = DataFormat(f"a folder CLASS/FILE, a folder with {MANIFEST}", Path.is_dir, open_folder)
