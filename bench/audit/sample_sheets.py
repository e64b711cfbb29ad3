"""One sheet of sample pictures per class, as in figure 15 of Bakti and Firdaus."""

from pathlib import Path

import numpy as np
from PIL import Image

from bench.data import Dataset
from bench.data.decode import fit
from bench.seeds import generator

FOLDER = "samples"
"""The study's folder for the sheets. Git ignores it, since many data sets may not be redistributed."""

_ROWS, _COLUMNS, _SIDE, _GAP = 4, 6, 160, 4


def write_sheets(dataset: Dataset, folder: Path) -> list[Path]:
    """Write ``samples/<number>-<class>.png`` for each class: up to 24 of its pictures, drawn at random.

    Args:
        dataset: the images; every one must decode.
        folder: the study's folder.
    """
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for index, name in enumerate(dataset.class_names):
        rows = np.flatnonzero(dataset.labels == index)
        drawn = np.sort(generator(0, index, "samples").permutation(rows)[: _ROWS * _COLUMNS])
        n_rows = -(-len(drawn) // _COLUMNS)
        sheet = np.full((n_rows * (_SIDE + _GAP), _COLUMNS * (_SIDE + _GAP), 3), 255, dtype=np.uint8)
        for place, row in enumerate(drawn.tolist()):
            top, left = (number * (_SIDE + _GAP) for number in divmod(place, _COLUMNS))
            picture = np.rint(fit(dataset.read(row), (_SIDE, _SIDE, 3)) * 255).astype(np.uint8)
            sheet[top : top + _SIDE, left : left + _SIDE] = picture
        safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)[:60]
        path = target / f"{index}-{safe}.png"
        Image.fromarray(sheet).save(path)
        written.append(path)
    return written
