"""One sheet of sample pictures per class, as in figure 15 of Bakti and Firdaus."""

import stat
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench.data import Dataset
from bench.data.decode import fit
from bench.files import refuse_link, whole_file, writable
from bench.seeds import generator

FOLDER = "samples"
"""The study's folder for the sheets. Git ignores it, since many data sets may not be redistributed."""

_ROWS, _COLUMNS, _SIDE, _GAP = 4, 6, 160, 4
_CAPTION, _NAME = 28, 20
"""The heights of the caption and of a picture's name, in pixels."""
_CAPTION_FONT, _NAME_FONT = (ImageFont.load_default(points) for points in (16, 11))


def sheet_paths(dataset: Dataset, folder: Path) -> list[Path]:
    """The files of ``write_sheets``, in the order of classes."""
    safe = (
        "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)[:60]
        for name in dataset.class_names
    )
    return [folder / FOLDER / f"{index}-{name}.png" for index, name in enumerate(safe)]


def write_sheets(dataset: Dataset, folder: Path) -> list[Path]:
    """Write ``samples/<number>-<class>.png`` for each class: up to 24 of its pictures, drawn at random, with names.

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
    sheet = Image.new("RGB", (_COLUMNS * (_SIDE + _GAP), _CAPTION + n_rows * (_SIDE + _NAME)), "white")
    write = ImageDraw.Draw(sheet)
    caption = (
        f"{dataset.class_names[class_number]}: {len(drawn)} of {len(rows):,} images, drawn at random; "
        f"stretched to {_SIDE}x{_SIDE} pixels"
    )
    write.text((_GAP, _GAP), _fitted(caption, sheet.width, _CAPTION_FONT), "black", font=_CAPTION_FONT)
    for place, row in enumerate(drawn.tolist()):
        down, across = divmod(place, _COLUMNS)
        left, top = across * (_SIDE + _GAP), _CAPTION + down * (_SIDE + _NAME)
        picture = np.rint(fit(dataset.read(row), (_SIDE, _SIDE, 3)) * 255).astype(np.uint8)
        sheet.paste(Image.fromarray(picture), (left, top))
        name = _fitted(dataset.files[row].rpartition("/")[2], _SIDE, _NAME_FONT)
        write.text((left, top + _SIDE + 2), name, "black", font=_NAME_FONT)
    return sheet


def _fitted(text: str, pixels: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """The text, or as much of its beginning and end as fits."""
    whole, kept = text, len(text)
    while font.getlength(whole) > pixels and kept > 2:
        kept -= 1
        whole = f"{text[: (kept + 1) // 2]}...{text[len(text) - kept // 2 :]}"
    return whole
