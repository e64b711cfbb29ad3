from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MakeFolder = Callable[[Mapping[str, int]], Path]


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """Make ``images/CLASS/N.png``: the given number of random gray images of 9x7 per class."""

    def make(counts: Mapping[str, int]) -> Path:
        rng = np.random.default_rng(0)
        folder = tmp_path / "images"
        for label, count in counts.items():
            (folder / label).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (9, 7), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / label / f"{number}.png")
        return folder

    return make
