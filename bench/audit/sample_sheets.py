"""One sheet of sample pictures per class, as in figure 15 of Bakti and Firdaus."""

import stat
from pathlib import Path

import numpy as np
from PIL import Image

from bench.data import Dataset
from bench.data.decode import fit
from bench.files import refuse_link, whole_file, writable
from bench.seeds import generator

FOLDER = "samples"
"""The study's folder for the sheets. Git ignores it, since many data sets may not be redistributed."""

_ROWS, _COLUMNS, _SIDE, _GAP = 4, 6, 160, 4


def sheet_paths(dataset: Dataset, folder: Path) -> list[Path]:
    """The files of ``write_sheets``, in the order of classes."""
    safe = (
        "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)[:60]
        for name in dataset.class_names
    )
    return [folder / FOLDER / f"{index}-{name}.png" for index, name in enumerate(safe)]


def write_sheets(dataset: Dataset, folder: Path) -> list[Path]:
    """Write ``samples/<number>-<class>.png`` for each class: up to 24 of its pictures, drawn at random.

    Args:
        dataset: the images; every one must decode.
        folder: the study's folder.

    Raises:
        StudyError: the folder cannot be written to, or ``samples`` is not a folder.
    """
    paths = sheet_paths(dataset, folder)
    refuse_link(folder / FOLDER, stat.S_ISDIR)
    with writable(folder / FOLDER):
        for index, path in enumerate(paths):
            with whole_file(path) as file:
                _sheet(dataset, index).save(file, "PNG")
    return paths


def _sheet(dataset: Dataset, class_number: int) -> Image.Image:
    rows = np.flatnonzero(dataset.labels == class_number)
    drawn = np.sort(generator(0, class_number, "samples").permutation(rows)[: _ROWS * _COLUMNS])
    n_rows = -(-len(drawn) // _COLUMNS)
    sheet = np.full((n_rows * (_SIDE + _GAP), _COLUMNS * (_SIDE + _GAP), 3), 255, dtype=np.uint8)
    for place, row in enumerate(drawn.tolist()):
        top, left = (number * (_SIDE + _GAP) for number in divmod(place, _COLUMNS))
        picture = np.rint(fit(dataset.read(row), (_SIDE, _SIDE, 3)) * 255).astype(np.uint8)
        sheet[top : top + _SIDE, left : left + _SIDE] = picture
    return Image.fromarray(sheet)
