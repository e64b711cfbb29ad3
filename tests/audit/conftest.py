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
from tests.audit.random_field import random_field

SIDE = 128
Inspect = Callable[..., Inspection]


def scene(number: int) -> Image.Image:
    """A gray picture with detail of every size, unlike that of any other number."""
    return random_field(number, SIDE, stream=3)


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
