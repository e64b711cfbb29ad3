import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bench.audit.inspection import Inspection, inspect
from bench.data import open_dataset
from bench.progress import Progress

SIDE = 128
Inspect = Callable[..., Inspection]


def scene(number: int) -> Image.Image:
    """A gray picture with detail of every size, unlike that of any other number."""
    draw = np.random.default_rng([3, number])
    field = np.zeros((SIDE, SIDE), dtype=np.float32)
    for cells, strength in ((4, 1.0), (8, 0.5), (16, 0.35), (32, 0.25), (64, 0.15)):
        octave = Image.fromarray(draw.normal(0, strength, (cells, cells)).astype(np.float32))
        field += np.asarray(octave.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return Image.fromarray(np.clip(127 + 50 * field, 0, 255).astype(np.uint8))


def cropped(picture: Image.Image, top: float, bottom: float, left: float, right: float) -> Image.Image:
    """The image without these shares of its sides."""
    width, height = picture.size
    box = (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    return picture.crop(box)


def write_manifest(folder: Path, rows: Sequence[Sequence[str]]) -> None:
    (folder / "manifest.csv").write_text("file,label,patient\n" + "".join(",".join(row) + "\n" for row in rows))


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """A folder with 20 different scenes in each of two classes, all of the same size and format."""
    folder = tmp_path / "scenes"
    for index, label in enumerate(("left", "right")):
        (folder / label).mkdir(parents=True)
        for number in range(20):
            scene(100 * index + number).save(folder / label / f"{number:02d}.png")
    return folder


@pytest.fixture
def look(tmp_path: Path) -> Inspect:
    def inspect_folder(folder: Path, most_left_out: float = 1.0) -> Inspection:
        dataset = open_dataset(str(folder), skip_bad=True)
        return inspect(dataset, tmp_path / "cache", Progress(io.StringIO()), most_left_out)

    return inspect_folder


def noisy(picture: Image.Image, seed: int = 0) -> Image.Image:
    pixels: NDArray[np.float64] = np.asarray(picture) + np.random.default_rng(seed).normal(0, 4, picture.size[::-1])
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
