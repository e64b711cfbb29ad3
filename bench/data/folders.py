"""A folder of images, laid out as ``CLASS/FILE`` or described by ``manifest.csv``."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from bench.data.dataset import Dataset, FileSource
from bench.errors import DataError

MANIFEST = "manifest.csv"

_LEFT_BY_FILE_MANAGERS = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX"})


@dataclass(frozen=True, order=True)
class _Labelled:
    file: str
    label: str
    patient: str = ""


def open_folder(folder: Path) -> Dataset:
    """The data set in a folder: what ``manifest.csv`` lists where there is one, else every ``CLASS/FILE``.

    The manifest has the columns ``file`` (relative to the folder, and inside it), ``label`` and, optionally,
    ``patient``; further columns are ignored. Without a manifest every sub-folder is a class and every file in
    it an image, hidden files and those that file managers leave behind excepted; files beside the sub-folders
    are ignored. Rows are sorted by file name. No image is decoded here.

    Raises:
        DataError: naming the file, folder or manifest line that breaks one of these rules.
    """
    name = folder.resolve().name
    manifest = folder / MANIFEST
    if manifest.exists():
        images = sorted(_from_manifest(folder, manifest))
        class_names = tuple(sorted({image.label for image in images}))
    else:
        class_folders = {entry.name: entry for entry in _visible(folder) if entry.is_dir()}
        images = sorted(_from_class_folders(folder, class_folders))
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
    )


def _visible(folder: Path) -> list[Path]:
    return [
        entry
        for entry in sorted(folder.iterdir())
        if not entry.name.startswith(".") and entry.name not in _LEFT_BY_FILE_MANAGERS
    ]


def _from_class_folders(folder: Path, class_folders: dict[str, Path]) -> Iterator[_Labelled]:
    for label, class_folder in class_folders.items():
        for entry in _visible(class_folder):
            if entry.is_dir():
                raise DataError(
                    f"a class folder holds images only; {entry} is a folder; move its images "
                    f"up, or list them in {MANIFEST}"
                )
            file = PurePosixPath(label, entry.name)
            _require_inside(folder, file, f"{folder}")
            yield _Labelled(str(file), label)


def _from_manifest(folder: Path, manifest: Path) -> Iterator[_Labelled]:
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
                resolved = _require_inside(folder, file, where)
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
    path = folder / file
    try:
        resolved = path.resolve()
    except RuntimeError as error:  # a loop of links, before Python 3.13
        raise DataError(f"every image must be a file; {where}: {file}: {error}; remove the link") from error
    if file.is_absolute() or not resolved.is_relative_to(folder.resolve()):
        raise DataError(
            f"every image must lie inside the data folder; {where}: {file} leads out of it; "
            "copy the image into the folder"
        )
    if not path.is_file():
        raise DataError(
            f"every image must be an existing file; {where}: there is no file {path}; correct the name or remove it"
        )
    return resolved
