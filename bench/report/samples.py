"""The sheets of sample pictures in a study's folder as small pictures for its page."""

import io
from collections.abc import Sequence
from pathlib import Path

from bench.audit.sample_sheets import FOLDER
from bench.errors import StudyError
from bench.pages.document import Picture

_WIDTH = 240
"""In pixels: six pictures beside each other."""
_COLOURS = 64


def read_samples(folder: Path, class_names: Sequence[str]) -> tuple[Picture, ...]:
    """One small picture per class, of the sheets that a run or an audit writes.

    Args:
        folder: the study's folder.
        class_names: in the order of the sheets' numbers.

    Raises:
        StudyError: there are no sheets.
    """
    sheets = {int(path.name.partition("-")[0]): path for path in sorted((folder / FOLDER).glob("[0-9]*-*.png"))}
    if not sheets:
        raise StudyError(
            f"samples are shown from the sheets that a run writes; {folder / FOLDER} has none; rerun the study's "
            "command with its images, or leave out --with-samples"
        )
    return tuple(
        Picture(_small(sheets[number]), f"Samples of {name}")
        for number, name in enumerate(class_names)
        if number in sheets
    )


def _small(sheet: Path) -> bytes:
    from PIL import Image

    with Image.open(sheet) as picture:
        height = round(picture.height * _WIDTH / picture.width)
        small = picture.convert("RGB").resize((_WIDTH, height), Image.Resampling.LANCZOS).quantize(_COLOURS)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
